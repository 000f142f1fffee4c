import Models
import Store
import TensorFiles

/// One JSON object as a prompt, not yet compared with the others.
struct PromptLine {
    private(set) var prompt: Prompt

    init(_ json: JSONValue) throws(FileError) {
        guard json.kind == .object else { throw json.error("expected an object, found \(json.shown)") }
        var used: Set<String> = ["id"]
        let content = try PromptLine.content(json, &used)
        var metadata: [(name: String, value: MetadataValue)] = []
        for (key, value) in try json.members() {
            let name = try key.string()
            guard !used.contains(name), !value.isNull else { continue }
            guard !name.isEmpty, name.utf8.count <= 256, metadata.count < 1000 else {
                throw key.error("a line has at most 1,000 fields with names of 1 to 256 bytes")
            }
            guard !metadata.contains(where: { $0.name == name }) else {
                throw key.error("another field looks the same as \(key.shown)", mend: "rename one of them")
            }
            metadata.append((name, try PromptLine.metadataValue(value)))
        }
        prompt = Prompt(id: try PromptLine.id(json), content: content, metadata: metadata, line: 0)
    }

    private static func id(_ json: JSONValue) throws(FileError) -> String {
        guard let id = json["id"] else {
            throw json.error("has no \"id\"", mend: "give every prompt an id, a string unique in the file")
        }
        if id.isWholeNumber { return String(try id.int()) }
        let text = try id.string()
        guard !text.isEmpty, text.utf8.count <= 4096, !text.utf8.contains(0) else {
            throw id.error("an id has 1 to 4,096 bytes and no NUL, found \(id.shown)")
        }
        return text
    }

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
            let values = try ids.elements().map { (id) throws(FileError) in UInt32(try id.int(in: 0...Int(Int32.max))) }
            guard !values.isEmpty else { throw ids.error("is empty") }
            return .tokens(values)
        }
        if let question = json["prompt"], let answer = json["response"] {
            used.formUnion(["prompt", "response"])
            return .messages([
                ChatMessage(role: "user", content: try question.string()),
                ChatMessage(role: "assistant", content: try answer.string()),
            ])
        }
        throw json.error(
            "has neither \"text\" nor \"messages\"",
            mend: #"add "text": "…", "messages": [{"role": "user", "content": "…"}], or "prompt" and "response""#)
    }

    private static func messages(_ json: JSONValue) throws(FileError) -> [ChatMessage] {
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

    private static func metadataValue(_ json: JSONValue) throws(FileError) -> MetadataValue {
        switch json.kind {
        case .string: return .string(try json.string())
        case .bool: return .bool(try json.bool())
        case .number: return json.isWholeNumber ? .int(try json.int()) : .double(try json.double())
        default:
            throw json.error(
                "expected a string, a number, true, false or null, found \(json.shown)",
                mend: "metadata has one value a field: split it into several fields")
        }
    }
}
