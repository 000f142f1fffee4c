/// What an expression yields.
indirect enum JinjaValue {
    case undefined(String)
    case none
    case bool(Bool)
    case int(Int)
    case double(Double)
    case text(TaggedText)
    case list([JinjaValue])
    case dict([(key: String, value: JinjaValue)])
    case namespace(Namespace)
    case function(String)
    case method(JinjaValue, String)

    /// The one thing in a template that changes in place.
    final class Namespace {
        var members: [String: JinjaValue] = [:]
    }

    static func text(_ text: String) -> JinjaValue { .text(TaggedText(text)) }

    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let value): value
        case .int(let value): value != 0
        case .double(let value): value != 0
        case .text(let text): !text.bytes.isEmpty
        case .list(let values): !values.isEmpty
        case .dict(let members): !members.isEmpty
        case .namespace, .function, .method: true
        }
    }

    /// Levels of lists and mappings, and values in all; nil where a namespace is among them. O(values).
    var nesting: (depth: Int, count: Int)? {
        let parts: [JinjaValue]
        switch self {
        case .namespace: return nil
        case .list(let values): parts = values
        case .dict(let members): parts = members.map(\.value)
        case .method(let base, _): parts = [base]
        default: return (1, 1)
        }
        var result = (depth: 1, count: 1)
        for part in parts {
            guard let inner = part.nesting else { return nil }
            result = (max(result.depth, inner.depth + 1), result.count + inner.count)
        }
        return result
    }

    /// What kind of thing it is, in Python's words.
    var kindName: String {
        switch self {
        case .undefined(let name): "'\(name)', which is undefined"
        case .none: "none"
        case .bool: "a boolean"
        case .int, .double: "a number"
        case .text: "a string"
        case .list: "a list"
        case .dict: "a mapping"
        case .namespace: "a namespace"
        case .function, .method: "a function"
        }
    }

    /// True and False count as 1 and 0.
    var number: Double? {
        switch self {
        case .bool(let value): value ? 1 : 0
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    var integer: Int? {
        switch self {
        case .bool(let value): value ? 1 : 0
        case .int(let value): value
        default: nil
        }
    }

    func equals(_ other: JinjaValue) -> Bool {
        if let a = integer, let b = other.integer { return a == b }
        if let a = number, let b = other.number { return a == b }
        switch (self, other) {
        case (.none, .none), (.undefined, .undefined): return true
        case (.text(let a), .text(let b)): return a.bytes == b.bytes
        case (.list(let a), .list(let b)): return a.count == b.count && zip(a, b).allSatisfy { $0.equals($1) }
        case (.dict(let a), .dict(let b)):
            return a.count == b.count
                && a.allSatisfy { member in b.contains { $0.key == member.key && $0.value.equals(member.value) } }
        default: return false
        }
    }

    /// The value as `{{ }}` prints it; nil where printing is not supported.
    var printed: TaggedText? {
        switch self {
        case .undefined: TaggedText()
        case .none: TaggedText("None")
        case .bool(let value): TaggedText(value ? "True" : "False")
        case .int(let value): TaggedText(String(value))
        case .double(let value): TaggedText(value.description)
        case .text(let text): text
        default: nil
        }
    }

    /// JSON as Python's `json.dumps(value, ensure_ascii=False)` writes it; nil for functions and undefined values.
    var json: String? {
        switch self {
        case .none: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .int(let value): return String(value)
        case .double(let value): return value.isFinite ? value.description : nil
        case .text(let text): return JinjaValue.quoted(text.string)
        case .list(let values):
            let parts = values.compactMap(\.json)
            return parts.count == values.count ? "[" + parts.joined(separator: ", ") + "]" : nil
        case .dict(let members):
            let parts = members.compactMap { member in
                member.value.json.map { JinjaValue.quoted(member.key) + ": " + $0 }
            }
            return parts.count == members.count ? "{" + parts.joined(separator: ", ") + "}" : nil
        case .undefined, .namespace, .function, .method: return nil
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{8}": result += "\\b"
            case "\u{C}": result += "\\f"
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
