/// Runs a template, within bounds on work and output.
struct JinjaInterpreter {
    enum Flow { case onward, leaveLoop, nextTurn }

    private(set) var output = TaggedText()
    private var scopes: [[String: JinjaValue]]
    private(set) var line = 1
    /// What is left to spend: a step costs 32, a byte written or copied 1.
    private var budget: Int
    /// No text grows longer than this.
    let maximumText: Int

    /// Mappings are lists that are searched: those of templates are small.
    static let maximumMembers = 256

    /// - Parameters:
    ///   - messages: how many there are, and `bytes` in all: a template may work as much as its conversation is long, and no more
    init(globals: [String: JinjaValue], messages: Int, bytes: Int) {
        budget = 1 << 24 + messages << 13 + bytes << 6
        maximumText = 1 << 20 + bytes << 3
        var globals = globals
        for name in ["raise_exception", "namespace", "range", "dict"] { globals[name] = .function(name) }
        scopes = [globals]
    }

    mutating func run(_ nodes: [JinjaNode]) throws(JinjaError) -> Flow {
        for node in nodes {
            line = node.line
            try spend(32)
            switch node.kind {
            case .text(let text): try write(TaggedText(text))
            case .output(let expression):
                let value = try evaluate(expression)
                guard let text = value.printed else { throw failure("printing \(value.kindName) is not supported") }
                try write(text)
            case .choice(let cases, let otherwise):
                var chosen = otherwise
                for (condition, body) in cases where try evaluate(condition).isTrue {
                    chosen = body
                    break
                }
                let flow = try run(chosen)
                if flow != .onward { return flow }
            case .loop(let names, let source, let condition, let body, let otherwise):
                try loop(names, source, condition, body, otherwise)
            case .set(let names, let expression): try bind(names, try evaluate(expression))
            case .setMember(let name, let member, let expression):
                guard case .namespace(let space) = look(up: name) else {
                    throw failure("'\(name)' is no namespace, so '\(name).\(member)' cannot be set")
                }
                space.members[member] = try stored(evaluate(expression))
            case .setBlock(let name, let body):
                let outer = output
                output = TaggedText()
                let flow = try run(body)
                set(name, .text(output))
                output = outer
                if flow != .onward { return flow }
            case .leaveLoop: return .leaveLoop
            case .nextTurn: return .nextTurn
            }
        }
        return .onward
    }

    func failure(_ problem: String, mend: String? = nil) -> JinjaError {
        JinjaError(line: line, problem: problem, mend: mend)
    }

    mutating func spend(_ cost: Int) throws(JinjaError) {
        budget -= cost
        guard budget >= 0 else { throw failure("the template does too much work") }
    }

    private mutating func write(_ text: TaggedText) throws(JinjaError) {
        try spend(text.bytes.count)
        guard output.bytes.count + text.bytes.count <= maximumText else {
            throw failure("the template writes more than \(maximumText) bytes")
        }
        output.append(text)
    }

    func look(up name: String) -> JinjaValue {
        for scope in scopes.reversed() {
            if let value = scope[name] { return value }
        }
        return .undefined(name)
    }

    private mutating func set(_ name: String, _ value: JinjaValue) { scopes[scopes.count - 1][name] = value }

    private mutating func bind(_ names: [String], _ value: JinjaValue) throws(JinjaError) {
        guard names.count > 1 else { return set(names[0], value) }
        guard case .list(let values) = value, values.count == names.count else {
            throw failure("expected \(names.count) values, found \(value.kindName)")
        }
        for (name, part) in zip(names, values) { set(name, part) }
    }

    /// The elements that a loop or filter goes through: of a list, the keys of a mapping, the characters of a text.
    mutating func elements(of value: JinjaValue) throws(JinjaError) -> [JinjaValue] {
        switch value {
        case .list(let values):
            try spend(values.count)
            return values
        case .dict(let members):
            try spend(members.count)
            return members.map { .text($0.key) }
        case .text(let text):
            try spend(text.bytes.count * 32)
            let starts = text.scalarStarts
            return zip(starts, starts.dropFirst()).map { .text(TaggedText(text, $0..<$1)) }
        case .undefined: return []
        default: throw failure("\(value.kindName) has no elements")
        }
    }

    private mutating func loop(
        _ names: [String], _ source: JinjaExpression, _ condition: JinjaExpression?, _ body: [JinjaNode],
        _ otherwise: [JinjaNode]
    ) throws(JinjaError) {
        var values = try elements(of: evaluate(source))
        scopes.append([:])
        defer { scopes.removeLast() }
        if let condition {
            var kept: [JinjaValue] = []
            for value in values {
                try spend(32)
                try bind(names, value)
                if try evaluate(condition).isTrue { kept.append(value) }
            }
            values = kept
        }
        if values.isEmpty {
            _ = try run(otherwise)
            return
        }
        for (index, value) in values.enumerated() {
            try spend(64)
            scopes[scopes.count - 1] = [:]
            try bind(names, value)
            set(
                "loop",
                .dict([
                    ("index", .int(index + 1)), ("index0", .int(index)), ("first", .bool(index == 0)),
                    ("last", .bool(index == values.count - 1)), ("length", .int(values.count)),
                    ("revindex", .int(values.count - index)), ("revindex0", .int(values.count - index - 1)),
                    ("previtem", index > 0 ? values[index - 1] : .undefined("loop.previtem")),
                    ("nextitem", index + 1 < values.count ? values[index + 1] : .undefined("loop.nextitem")),
                ]))
            if try run(body) == .leaveLoop { break }
        }
    }
}
