public import Models
public import Store
public import Tensor
import TensorFiles

/// One line of a prompt file.
public struct Prompt: Sendable {
    /// What is to be run.
    public enum Content: Sendable, Hashable {
        /// Plain text, tokenised as it is.
        case text(String)
        /// A conversation for the model's chat template.
        case messages([ChatMessage])
        /// A question and its answer: a conversation for a model with a chat template, else the one text right after the other.
        case exchange(prompt: String, response: String)
        /// Tokens made elsewhere, and who speaks at each where the file says so.
        case tokens([UInt32], roles: [TokenRole]?)
    }

    /// The `id` of the line, unique in its file.
    public var id: String
    /// What is to be run.
    public var content: Content
    /// Every other field, in the order of the columns; absent and null fields are missing.
    public var metadata: [(name: String, value: MetadataValue)]
    /// Fields with one number for each token, in the order of the line.
    public var tokenNumbers: [(name: String, values: [Double])] = []
    /// Line in the file, from 1.
    public var line: Int

    /// Whether the template should end by asking for an answer: a conversation whose last turn is not the assistant's.
    public var asksForAnswer: Bool {
        guard case .messages(let messages) = content else { return false }
        return messages.last?.tokenRole != .assistant
    }

    /// What the store keeps as the prompt's own source: the text, or JSON of the messages or token ids.
    public var source: String {
        var writer = JSONWriter()
        switch content {
        case .text(let text): return text
        case .messages, .exchange: Prompt.write(messages, to: &writer)
        case .tokens(let ids, _):
            writer.beginArray()
            for id in ids { writer.int(Int(id)) }
            writer.endArray()
        }
        return writer.text
    }

    /// The turns of a conversation or of a question with its answer; empty for other contents.
    var messages: [ChatMessage] {
        switch content {
        case .messages(let messages): messages
        case .exchange(let prompt, let response):
            [ChatMessage(role: "user", content: prompt), ChatMessage(role: "assistant", content: response)]
        case .text, .tokens: []
        }
    }

    private static func write(_ messages: [ChatMessage], to writer: inout JSONWriter) {
        writer.beginArray()
        for message in messages {
            writer.beginObject()
            writer.key("role")
            writer.string(message.role)
            writer.key("content")
            writer.string(message.content)
            writer.endObject()
        }
        writer.endArray()
    }
}
