public import TensorFiles
import Tensor

/// A model's chat template: messages → the text that the model was trained on.
///
/// The Jinja of chat templates is interpreted here, bounded in work and output; `strftime_now` and tools are not offered,
/// so that the same messages always give the same text.
public struct ChatTemplate: Sendable {
    private let nodes: [JinjaNode]
    private let path: String
    /// `bos_token`, `eos_token` and their like.
    private let specialTokens: [String: String]

    /// Largest `tokenizer_config.json` or `chat_template.jinja` read.
    static let maximumBytes = 16 << 20

    /// - Parameters:
    ///   - source: the template itself.
    ///   - path: what errors call it.
    ///   - specialTokens: the variables `bos_token`, `eos_token` … that it may use.
    public init(source: String, path: String, specialTokens: [String: String] = [:]) throws(FileError) {
        do throws(JinjaError) {
            nodes = try JinjaParser.parse(source)
        } catch {
            throw ChatTemplate.fileError(error, path)
        }
        self.path = path
        self.specialTokens = specialTokens
    }

    /// Whether a model's folder has a template; a file that cannot be read may have one.
    public static func exists(folder: String) -> Bool {
        if InputFile.exists(folder + "/chat_template.jinja") { return true }
        let path = folder + "/tokenizer_config.json"
        guard InputFile.exists(path) else { return false }
        guard let config = try? BoundedJSON.read(path: path, limit: maximumBytes) else { return true }
        return config["chat_template"] != nil
    }

    /// The template of a model's folder: `chat_template.jinja`, else `chat_template` in `tokenizer_config.json`.
    public init(folder: String) throws(FileError) {
        let configPath = folder + "/tokenizer_config.json"
        let alonePath = folder + "/chat_template.jinja"
        var tokens: [String: String] = [:]
        var config: JSONValue?
        if InputFile.exists(configPath) {
            let json = try BoundedJSON.read(path: configPath, limit: ChatTemplate.maximumBytes)
            for (key, value) in try json.members() {
                let name = try key.string()
                guard name.hasSuffix("_token") else { continue }
                if value.kind == .string { tokens[name] = try value.string() }
                if let content = value["content"], content.kind == .string { tokens[name] = try content.string() }
            }
            config = json
        }
        if InputFile.exists(alonePath) {
            let bytes = try InputFile(path: alonePath).contents(limit: ChatTemplate.maximumBytes)
            if let bad = UTF8Check.firstInvalid(in: bytes) {
                throw FileError(path: alonePath, place: .byte(bad), problem: "invalid UTF-8")
            }
            try self.init(source: String(decoding: bytes, as: UTF8.self), path: alonePath, specialTokens: tokens)
            return
        }
        guard let template = config?["chat_template"] else {
            throw FileError(
                path: configPath, problem: "has no chat template",
                mend: "use prompts with \"text\", or put the model's chat_template.jinja beside it")
        }
        try self.init(
            source: try ChatTemplate.defaultTemplate(template), path: configPath + ":chat_template",
            specialTokens: tokens)
    }

    /// Either the template itself or, in a list of named ones, the one called `default`.
    private static func defaultTemplate(_ json: JSONValue) throws(FileError) -> String {
        guard json.kind == .array else { return try json.string() }
        for entry in try json.elements() where try entry.member("name").string() == "default" {
            return try entry.member("template").string()
        }
        throw json.error("none of the templates is called \"default\"")
    }

    /// The text of a conversation, with roles.
    ///
    /// - Parameter addGenerationPrompt: whether it ends by asking for the assistant's answer.
    public func render(_ messages: [ChatMessage], addGenerationPrompt: Bool) throws(FileError) -> RenderedPrompt {
        var values: [JinjaValue] = []
        var roles: [TokenRole] = []
        for (index, message) in messages.enumerated() {
            guard let role = message.tokenRole else {
                throw FileError(path: path, problem: "message \(index + 1) has the unknown role \"\(message.role)\"")
            }
            roles.append(role)
            let content = TaggedText(message.content, tag: UInt32(index + 1))
            values.append(.dict([("role", .text(message.role)), ("content", .text(content))]))
        }
        var globals: [String: JinjaValue] = [
            "messages": .list(values), "add_generation_prompt": .bool(addGenerationPrompt), "tools": .none,
            "documents": .none,
        ]
        for (name, token) in specialTokens { globals[name] = .text(token) }
        var interpreter = JinjaInterpreter(
            globals: globals, messages: messages.count,
            bytes: messages.reduce(0) { $0 + $1.content.utf8.count })
        do throws(JinjaError) {
            _ = try interpreter.run(nodes)
        } catch {
            throw ChatTemplate.fileError(error, path)
        }
        return RenderedPrompt(interpreter.output, roles: roles)
    }

    private static func fileError(_ error: JinjaError, _ path: String) -> FileError {
        FileError(path: path, place: .line(error.line, column: 1), problem: error.problem, mend: error.mend)
    }
}
