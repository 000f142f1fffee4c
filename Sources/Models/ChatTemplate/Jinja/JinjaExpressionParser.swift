/// Tokens of one tag → an expression, with Jinja's precedences.
struct JinjaExpressionParser {
    private let tokens: [JinjaToken]
    private let line: Int
    private var at = 0
    private var depth = 0

    private static let maximumDepth = 32
    /// Highest tree; evaluation recurses as deep.
    private static let maximumHeight = 96

    init(_ tokens: [JinjaToken], line: Int) {
        self.tokens = tokens
        self.line = line
    }

    var isAtEnd: Bool { at == tokens.count }

    mutating func take(_ symbol: String) -> Bool {
        guard at < tokens.count, tokens[at] == .symbol(symbol) else { return false }
        at += 1
        return true
    }

    mutating func takeWord(_ word: String) -> Bool {
        guard at < tokens.count, tokens[at] == .name(word) else { return false }
        at += 1
        return true
    }

    mutating func name() throws(JinjaError) -> String {
        guard at < tokens.count, case .name(let name) = tokens[at] else { throw failure("a name") }
        at += 1
        return name
    }

    mutating func expect(_ symbol: String) throws(JinjaError) {
        guard take(symbol) else { throw failure("'\(symbol)'") }
    }

    mutating func end() throws(JinjaError) {
        guard isAtEnd else { throw failure("the end of the tag") }
    }

    func failure(_ expected: String) -> JinjaError {
        let found = at < tokens.count ? "\(shown(tokens[at]))" : "the end of the tag"
        return JinjaError(line: line, problem: "expected \(expected), found \(found)")
    }

    private func shown(_ token: JinjaToken) -> String {
        switch token {
        case .name(let text), .symbol(let text): "'\(text)'"
        case .text: "a string"
        case .int, .double: "a number"
        }
    }

    mutating func expression() throws(JinjaError) -> JinjaExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= JinjaExpressionParser.maximumDepth else {
            throw JinjaError(line: line, problem: "an expression is nested too deep")
        }
        let value = try bounded(or())
        guard takeWord("if") else { return value }
        let condition = try bounded(or())
        let otherwise = takeWord("else") ? try expression() : nil
        return try bounded(.choose(value, if: condition, else: otherwise))
    }

    /// Refuses a tree that has grown too high; what it is made of is not.
    private func bounded(_ expression: JinjaExpression) throws(JinjaError) -> JinjaExpression {
        guard expression.height <= JinjaExpressionParser.maximumHeight else {
            throw JinjaError(line: line, problem: "an expression is too long")
        }
        return expression
    }

    /// A condition or iterable that no `if` may follow.
    mutating func or() throws(JinjaError) -> JinjaExpression {
        var left = try and()
        while takeWord("or") { left = try bounded(.or(left, and())) }
        return left
    }

    private mutating func and() throws(JinjaError) -> JinjaExpression {
        var left = try not()
        while takeWord("and") { left = try bounded(.and(left, not())) }
        return left
    }

    private mutating func not() throws(JinjaError) -> JinjaExpression {
        var count = 0
        while takeWord("not") { count += 1 }
        let value = try comparison()
        return count % 2 == 1 ? .not(value) : count > 0 ? .not(.not(value)) : value
    }

    private mutating func comparison() throws(JinjaError) -> JinjaExpression {
        let first = try sum()
        var rest: [(String, JinjaExpression)] = []
        while at < tokens.count {
            if case .symbol(let symbol) = tokens[at], ["==", "!=", "<", "<=", ">", ">="].contains(symbol) {
                at += 1
                rest.append((symbol, try sum()))
            } else if takeWord("in") {
                rest.append(("in", try sum()))
            } else if tokens[at] == .name("not"), at + 1 < tokens.count, tokens[at + 1] == .name("in") {
                at += 2
                rest.append(("not in", try sum()))
            } else {
                break
            }
        }
        return rest.isEmpty ? first : .compare(first, rest)
    }

    private mutating func sum() throws(JinjaError) -> JinjaExpression {
        var left = try concatenation()
        while true {
            if take("+") {
                left = try bounded(.arithmetic("+", left, concatenation()))
            } else if take("-") {
                left = try bounded(.arithmetic("-", left, concatenation()))
            } else {
                return left
            }
        }
    }

    private mutating func concatenation() throws(JinjaError) -> JinjaExpression {
        var parts = [try product()]
        while take("~") { parts.append(try product()) }
        return parts.count == 1 ? parts[0] : .concatenate(parts)
    }

    private mutating func product() throws(JinjaError) -> JinjaExpression {
        var left = try unary()
        while true {
            if take("*") {
                left = try bounded(.arithmetic("*", left, unary()))
            } else if take("//") {
                left = try bounded(.arithmetic("//", left, unary()))
            } else if take("%") {
                left = try bounded(.arithmetic("%", left, unary()))
            } else if at < tokens.count, tokens[at] == .symbol("/") || tokens[at] == .symbol("**") {
                throw JinjaError(line: line, problem: "the operator \(shown(tokens[at])) is not supported")
            } else {
                return left
            }
        }
    }

    private mutating func unary() throws(JinjaError) -> JinjaExpression {
        if take("-") { return .minus(try postfix(primary())) }
        return try postfix(primary())
    }

    private mutating func primary() throws(JinjaError) -> JinjaExpression {
        guard at < tokens.count else { throw failure("a value") }
        let token = tokens[at]
        at += 1
        switch token {
        case .int(let value): return .int(value)
        case .double(let value): return .double(value)
        case .text(var text):
            while at < tokens.count, case .text(let more) = tokens[at] {
                text += more
                at += 1
            }
            return .text(text)
        case .name("true"), .name("True"): return .bool(true)
        case .name("false"), .name("False"): return .bool(false)
        case .name("none"), .name("None"): return .none
        case .name(let name): return .name(name)
        case .symbol("("):
            let first = try expression()
            guard take(",") else {
                try expect(")")
                return first
            }
            return .list([first] + (try list(until: ")")))
        case .symbol("["): return .list(try list(until: "]"))
        case .symbol("{"):
            var members: [(JinjaExpression, JinjaExpression)] = []
            while !take("}") {
                let key = try expression()
                try expect(":")
                members.append((key, try expression()))
                if !take(",") {
                    try expect("}")
                    break
                }
            }
            return .dict(members)
        default:
            at -= 1
            throw failure("a value")
        }
    }

    private mutating func list(until close: String) throws(JinjaError) -> [JinjaExpression] {
        var values: [JinjaExpression] = []
        while !take(close) {
            values.append(try expression())
            if !take(",") {
                try expect(close)
                break
            }
        }
        return values
    }

    private mutating func arguments() throws(JinjaError) -> ([JinjaExpression], [(String, JinjaExpression)]) {
        var values: [JinjaExpression] = []
        var named: [(String, JinjaExpression)] = []
        while !take(")") {
            if at + 1 < tokens.count, case .name(let name) = tokens[at], tokens[at + 1] == .symbol("=") {
                at += 2
                named.append((name, try expression()))
            } else {
                values.append(try expression())
            }
            if !take(",") {
                try expect(")")
                break
            }
        }
        return (values, named)
    }

    private mutating func postfix(_ start: JinjaExpression) throws(JinjaError) -> JinjaExpression {
        var value = start
        while true {
            value = try bounded(value)
            if take(".") {
                if at < tokens.count, case .int(let index) = tokens[at] {
                    at += 1
                    value = .item(value, .int(index))
                } else {
                    value = .member(value, try name())
                }
            } else if take("[") {
                value = try subscripted(value)
            } else if take("(") {
                let (values, named) = try arguments()
                value = .call(value, values, named: named)
            } else if take("|") {
                let filter = try name()
                let (values, named) = take("(") ? try arguments() : ([], [])
                value = .filter(value, filter, values, named: named)
            } else if takeWord("is") {
                let negated = takeWord("not")
                let test = try name()
                var argument: JinjaExpression?
                if take("(") {
                    argument = try expression()
                    try expect(")")
                } else if at < tokens.count, startsValue(tokens[at]) {
                    argument = try primary()
                }
                value = .test(value, test, argument, negated: negated)
            } else {
                return value
            }
        }
    }

    private func startsValue(_ token: JinjaToken) -> Bool {
        switch token {
        case .text, .int, .double: true
        case .name(let name): !["and", "or", "not", "in", "is", "if", "else", "recursive"].contains(name)
        case .symbol: false
        }
    }

    private mutating func subscripted(_ value: JinjaExpression) throws(JinjaError) -> JinjaExpression {
        var parts: [JinjaExpression?] = [nil]
        var colons = 0
        while !take("]") {
            if take(":") {
                colons += 1
                parts.append(nil)
            } else {
                guard parts[parts.count - 1] == nil else { throw failure("']'") }
                parts[parts.count - 1] = try expression()
            }
            guard colons <= 2 else { throw failure("']'") }
        }
        if colons == 0 {
            guard let index = parts[0] else { throw failure("an index") }
            return .item(value, index)
        }
        return .slice(value, from: parts[0], to: parts[1], step: parts.count > 2 ? parts[2] : nil)
    }
}
