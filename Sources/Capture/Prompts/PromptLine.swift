import Models
import Store
import Tensor
import TensorFiles

/// One JSON object as a prompt, not yet compared with the others.
struct PromptLine {
    private(set) var prompt: Prompt

    init(_ json: JSONValue) throws(FileError) {
        guard json.kind == .object else { throw json.error("expected an object, found \(json.shown)") }
        var used: Set<String> = ["id"]
        let content = try PromptLine.content(json, &used)
        var metadata: [(name: String, value: MetadataValue)] = []
        var numbers: [(name: String, values: [Double])] = []
        var names: Set<String> = []
        for (key, value) in try json.members() {
            let name = try key.string()
            guard !used.contains(name), !value.isNull else { continue }
            guard !name.isEmpty, name.utf8.count <= 256, names.count < 1000 else {
                throw key.error("a line has at most 1,000 fields with names of 1 to 256 bytes")
            }
            guard names.insert(name).inserted else {
                throw key.error("another field looks the same as \(key.shown)", mend: "rename one of them")
            }
            if value.kind == .array {
                numbers.append((name, try PromptLine.tokenNumbers(value)))
            } else {
                metadata.append((name, try PromptLine.metadataValue(value)))
            }
        }
        prompt = Prompt(
            id: try PromptLine.id(json), content: content, metadata: metadata, tokenNumbers: numbers, line: 0)
    }

    private static func id(_ json: JSONValue) throws(FileError) -> String {
        guard let id = json["id"] else {
            throw json.error("has no \"id\"", mend: "give every prompt an id, a string unique in the file")
        }
        if id.isWholeNumber { return String(try id.int()) }
        let text = try id.string()
        guard isID(text) else { throw id.error("an id has 1 to 4,096 bytes and no NUL, found \(id.shown)") }
        return text
    }

    static func isID(_ text: String) -> Bool { (1...4096).contains(text.utf8.count) && !text.utf8.contains(0) }

    static let howToWriteContent =
        #"add "text": "…", "messages": [{"role": "user", "content": "…"}], "prompt" and "response", or "token_ids""#

    private static func content(_ json: JSONValue, _ used: inout Set<String>) throws(FileError) -> Prompt.Content {
        let ways = ["text", "messages", "token_ids"].filter { json[$0] != nil }
        guard ways.count < 2 else {
            throw json.error("has both \"\(ways[0])\" and \"\(ways[1])\"", mend: "keep one of them")
        }
        used.formUnion(["text", "messages", "token_ids"])
        if let text = json["text"] {
            let value = try text.string()
            guard !value.isEmpty else { throw text.error("is empty") }
            return .text(value)
        }
        if let messages = json["messages"] { return .messages(try self.messages(messages)) }
        if let ids = json["token_ids"] {
            used.insert("roles")
            return try tokens(ids, roles: json["roles"])
        }
        if let question = json["prompt"], let answer = json["response"] {
            used.formUnion(["prompt", "response"])
            return .exchange(prompt: try question.string(), response: try answer.string())
        }
        throw json.error("has neither \"text\" nor \"messages\"", mend: howToWriteContent)
    }

    static func tokens(_ ids: JSONValue, roles: JSONValue?) throws(FileError) -> Prompt.Content {
        let values = try ids.elements().map { (id) throws(FileError) in UInt32(try id.int(in: 0...Int(Int32.max))) }
        guard !values.isEmpty else { throw ids.error("is empty") }
        guard let roles else { return .tokens(values, roles: nil) }
        let words = try roles.elements().map { (word) throws(FileError) in
            guard let role = TokenRole(name: try word.string()) else {
                let known = TokenRole.allCases.map(\.name).joined(separator: ", ")
                throw word.error("the role \(word.shown) is not known", mend: "roles of tokens are \(known)")
            }
            return role
        }
        guard words.count == values.count else {
            throw roles.error(
                "has \(words.count) roles for \(values.count) tokens", mend: "give one role for each token")
        }
        return .tokens(values, roles: words)
    }

    static func messages(_ json: JSONValue) throws(FileError) -> [ChatMessage] {
        var messages: [ChatMessage] = []
        for entry in try json.elements() {
            let role = try entry.member("role")
            let message = ChatMessage(role: try role.string(), content: try entry.member("content").string())
            guard message.tokenRole != nil else {
                throw role.error("the role \(role.shown) is not known", mend: "use system, user, assistant or tool")
            }
            for (key, _) in try entry.members() {
                let name = try key.string()
                guard name == "role" || name == "content" else {
                    throw key.error("the field \(key.shown) of a message is not supported", mend: "remove it")
                }
            }
            messages.append(message)
        }
        guard !messages.isEmpty else { throw json.error("is empty") }
        return messages
    }

    /// `null` is a token without a number.
    static func tokenNumbers(_ json: JSONValue) throws(FileError) -> [Double] {
        var numbers: [Double] = []
        for element in try json.elements() {
            switch element.kind {
            case .number: numbers.append(try element.double())
            case .null: numbers.append(.nan)
            default:
                throw element.error(
                    "expected a number, found \(element.shown)",
                    mend: "a list holds one number for each token; split other lists into several fields")
            }
        }
        guard !numbers.isEmpty else { throw json.error("is empty", mend: "give one number for each token") }
        return numbers
    }

    private static func metadataValue(_ json: JSONValue) throws(FileError) -> MetadataValue {
        switch json.kind {
        case .string: return .string(try json.string())
        case .bool: return .bool(try json.bool())
        case .number: return json.isWholeNumber ? .int(try json.int()) : .double(try json.double())
        default:
            throw json.error(
                "expected a string, a number, true, false, null or a list of numbers, found \(json.shown)",
                mend: "metadata has one value a field: split it into several fields")
        }
    }
}
