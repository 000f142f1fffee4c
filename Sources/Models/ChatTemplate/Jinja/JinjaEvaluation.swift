extension JinjaInterpreter {
    mutating func evaluate(_ expression: JinjaExpression) throws(JinjaError) -> JinjaValue {
        try spend(32)
        switch expression {
        case .text(let text): return .text(text)
        case .int(let value): return .int(value)
        case .double(let value): return .double(value)
        case .bool(let value): return .bool(value)
        case .none: return .none
        case .name(let name): return look(up: name)
        case .list(let parts): return try stored(.list(evaluate(all: parts)))
        case .dict(let members):
            var result: [(key: String, value: JinjaValue)] = []
            for (key, value) in members {
                let name = try text(evaluate(key)).string
                guard result.count < JinjaInterpreter.maximumMembers else {
                    throw failure("a mapping has more than \(JinjaInterpreter.maximumMembers) members")
                }
                result.removeAll { $0.key == name }
                result.append((name, try evaluate(value)))
            }
            return try stored(.dict(result))
        case .member(let base, let name): return try member(evaluate(base), name)
        case .item(let base, let index): return try item(evaluate(base), evaluate(index))
        case .slice(let base, let from, let to, let step):
            return try slice(evaluate(base), try bound(from), try bound(to), try bound(step) ?? 1)
        case .call(let callee, let arguments, let named):
            return try call(evaluate(callee), evaluate(all: arguments), try evaluate(named))
        case .filter(let base, let name, let arguments, let named):
            return try filter(evaluate(base), name, evaluate(all: arguments), try evaluate(named))
        case .test(let base, let name, let argument, let negated):
            let result = try test(evaluate(base), name, argument.map { (x) throws(JinjaError) in try evaluate(x) })
            return .bool(result != negated)
        case .not(let value): return .bool(!(try evaluate(value).isTrue))
        case .minus(let value):
            switch try evaluate(value) {
            case .int(let number) where number != Int.min: return .int(-number)
            case .double(let number): return .double(-number)
            case let other: throw failure("\(other.kindName) has no negative")
            }
        case .and(let left, let right):
            let value = try evaluate(left)
            return value.isTrue ? try evaluate(right) : value
        case .or(let left, let right):
            let value = try evaluate(left)
            return value.isTrue ? value : try evaluate(right)
        case .compare(let first, let rest):
            var left = try evaluate(first)
            for (symbol, expression) in rest {
                let right = try evaluate(expression)
                guard try compare(left, symbol, right) else { return .bool(false) }
                left = right
            }
            return .bool(true)
        case .arithmetic(let symbol, let left, let right):
            return try arithmetic(symbol, evaluate(left), evaluate(right))
        case .concatenate(let parts):
            var result = TaggedText()
            for part in parts { try append(text(evaluate(part)), to: &result) }
            return .text(result)
        case .choose(let value, let condition, let otherwise):
            if try evaluate(condition).isTrue { return try evaluate(value) }
            guard let otherwise else { return .undefined("an if without else") }
            return try evaluate(otherwise)
        }
    }

    /// A value that goes into another, or into a namespace: nested at most 32 deep, and without namespaces in it,
    /// so that no cycle and no chain too long to walk can arise.
    mutating func stored(_ value: JinjaValue) throws(JinjaError) -> JinjaValue {
        guard let nesting = value.nesting, nesting.depth <= 32 else {
            throw failure("a value is nested too deep, or holds a namespace")
        }
        try spend(8 * nesting.count)
        return value
    }

    private mutating func evaluate(all expressions: [JinjaExpression]) throws(JinjaError) -> [JinjaValue] {
        var values: [JinjaValue] = []
        for expression in expressions { values.append(try evaluate(expression)) }
        return values
    }

    private mutating func evaluate(
        _ named: [(String, JinjaExpression)]
    ) throws(JinjaError) -> [String: JinjaValue] {
        var values: [String: JinjaValue] = [:]
        for (name, expression) in named { values[name] = try evaluate(expression) }
        return values
    }

    private mutating func bound(_ expression: JinjaExpression?) throws(JinjaError) -> Int? {
        guard let expression else { return nil }
        switch try evaluate(expression) {
        case .none: return nil
        case let value:
            guard let number = value.integer else {
                throw failure("a slice needs whole numbers, not \(value.kindName)")
            }
            return number
        }
    }

    /// The value as text, as printing would show it.
    func text(_ value: JinjaValue) throws(JinjaError) -> TaggedText {
        guard let text = value.printed else { throw failure("expected text, found \(value.kindName)") }
        return text
    }

    /// Joins two texts within the bound on their size.
    mutating func append(_ part: TaggedText, to text: inout TaggedText) throws(JinjaError) {
        try spend(text.bytes.count / 8 + part.bytes.count)
        guard text.bytes.count + part.bytes.count <= maximumText else {
            throw failure("a text grows over \(maximumText) bytes")
        }
        text.append(part)
    }

    mutating func member(_ base: JinjaValue, _ name: String) throws(JinjaError) -> JinjaValue {
        switch base {
        case .dict(let members):
            try spend(members.count)
            if let member = members.first(where: { $0.key == name }) { return member.value }
            return ["items", "keys", "values", "get"].contains(name) ? .method(base, name) : .undefined(name)
        case .namespace(let space): return space.members[name] ?? .undefined(name)
        case .text: return .method(base, name)
        case .undefined(let missing): throw failure("'\(missing)' is undefined, so it has no '\(name)'")
        default: return .undefined(name)
        }
    }

    private mutating func item(_ base: JinjaValue, _ index: JinjaValue) throws(JinjaError) -> JinjaValue {
        switch (base, index) {
        case (.dict, .text(let name)):
            let found = try member(base, name.string)
            if case .method = found { return .undefined(name.string) }
            return found
        case (.namespace, .text(let name)): return try member(base, name.string)
        // Templates ask a text for `['type']` to see whether it is a list of parts.
        case (.list, .text(let name)), (.text, .text(let name)): return .undefined(name.string)
        case (.list(let values), _):
            guard let number = index.integer else { throw failure("a list is indexed by whole numbers") }
            let place = number < 0 ? number + values.count : number
            return values.indices.contains(place) ? values[place] : .undefined("[\(number)]")
        case (.text(let text), _):
            try spend(text.bytes.count / 4)
            guard let number = index.integer else { throw failure("a string is indexed by whole numbers") }
            let starts = text.scalarStarts
            let place = number < 0 ? number + starts.count - 1 : number
            guard place >= 0, place < starts.count - 1 else { return .undefined("[\(number)]") }
            return .text(TaggedText(text, starts[place]..<starts[place + 1]))
        case (.undefined(let missing), _): throw failure("'\(missing)' is undefined, so it has no elements")
        default: return .undefined("an element of \(base.kindName)")
        }
    }

    /// Python's slices, negative steps included.
    private mutating func slice(
        _ base: JinjaValue, _ from: Int?, _ to: Int?, _ step: Int
    ) throws(JinjaError) -> JinjaValue {
        guard step != 0, step != Int.min else { throw failure("a slice needs a step other than 0") }
        let values = try elements(of: base)
        let count = values.count
        func clamped(_ bound: Int, _ low: Int, _ high: Int) -> Int {
            min(max(bound < 0 ? bound + count : bound, low), high)
        }
        var result: [JinjaValue] = []
        if step > 0 {
            let end = clamped(to ?? count, 0, count)
            for at in stride(from: clamped(from ?? 0, 0, count), to: end, by: step) { result.append(values[at]) }
        } else {
            let end = to.map { clamped($0, -1, count - 1) } ?? -1
            let start = from.map { clamped($0, -1, count - 1) } ?? count - 1
            for at in stride(from: start, to: end, by: step) { result.append(values[at]) }
        }
        guard case .text = base else { return .list(result) }
        var text = TaggedText()
        for case .text(let part) in result { text.append(part) }
        return .text(text)
    }

    mutating func compare(_ left: JinjaValue, _ symbol: String, _ right: JinjaValue) throws(JinjaError) -> Bool {
        switch symbol {
        case "==": return try same(left, right)
        case "!=": return !(try same(left, right))
        case "in": return try contains(right, left)
        case "not in": return !(try contains(right, left))
        default: break
        }
        let isLess: Bool
        let isEqual: Bool
        if let a = left.number, let b = right.number {
            (isLess, isEqual) = (a < b, a == b)
        } else if case .text(let a) = left, case .text(let b) = right {
            (isLess, isEqual) = (a.bytes.lexicographicallyPrecedes(b.bytes), a.bytes == b.bytes)
        } else {
            throw failure("\(left.kindName) and \(right.kindName) have no order")
        }
        switch symbol {
        case "<": return isLess
        case "<=": return isLess || isEqual
        case ">": return !isLess && !isEqual
        default: return !isLess
        }
    }

    /// Whether two values are equal.
    mutating func same(_ left: JinjaValue, _ right: JinjaValue) throws(JinjaError) -> Bool {
        switch (left, right) {
        case (.text(let a), .text(let b)): try spend(min(a.bytes.count, b.bytes.count) / 16)
        case (.list, .list), (.dict, .dict): try spend(8 * (left.nesting?.count ?? 1))
        default: break
        }
        return left.equals(right)
    }

    /// Looking for one text in another compares them at every place.
    mutating func spendOnSearch(_ text: TaggedText, for needle: TaggedText) throws(JinjaError) {
        try spend(text.bytes.count + text.bytes.count * needle.bytes.count / 16)
    }

    private mutating func contains(_ whole: JinjaValue, _ part: JinjaValue) throws(JinjaError) -> Bool {
        switch (whole, part) {
        case (.text(let text), .text(let needle)):
            try spendOnSearch(text, for: needle)
            return text.firstIndex(of: needle.bytes) != nil
        case (.list(let values), _):
            for value in values {
                try spend(8)
                if try same(value, part) { return true }
            }
            return false
        case (.dict(let members), .text(let name)):
            try spend(members.count)
            return members.contains { $0.key == name.string }
        case (.undefined, _), (.dict, _): return false
        default: throw failure("'in' needs a string, a list or a mapping, found \(whole.kindName)")
        }
    }

    private mutating func arithmetic(
        _ symbol: String, _ left: JinjaValue, _ right: JinjaValue
    ) throws(JinjaError) -> JinjaValue {
        if symbol == "+", case .text(var a) = left, case .text(let b) = right {
            try append(b, to: &a)
            return .text(a)
        }
        if symbol == "+", case .list(let a) = left, case .list(let b) = right {
            try spend(32 * (a.count + b.count))
            return .list(a + b)
        }
        if symbol == "*", case .text(let text) = left, let count = right.integer {
            var result = TaggedText()
            var left = count
            while left > 0, !text.bytes.isEmpty {
                try append(text, to: &result)
                left -= 1
            }
            return .text(result)
        }
        guard let a = left.integer, let b = right.integer else {
            guard let a = left.number, let b = right.number, ["+", "-", "*"].contains(symbol) else {
                throw failure("'\(symbol)' is not defined for \(left.kindName) and \(right.kindName)")
            }
            return .double(symbol == "+" ? a + b : symbol == "-" ? a - b : a * b)
        }
        let result: (partialValue: Int, overflow: Bool)
        switch symbol {
        case "+": result = a.addingReportingOverflow(b)
        case "-": result = a.subtractingReportingOverflow(b)
        case "*": result = a.multipliedReportingOverflow(by: b)
        default:
            guard b != 0, !(a == Int.min && b == -1) else { throw failure("division by zero or overflow") }
            // Python rounds down, and the remainder has the divisor's sign.
            let remainder = a % b
            let crosses = remainder != 0 && (remainder < 0) != (b < 0)
            return symbol == "%" ? .int(crosses ? remainder + b : remainder) : .int(a / b - (crosses ? 1 : 0))
        }
        guard !result.overflow else { throw failure("a number overflows") }
        return .int(result.partialValue)
    }
}
