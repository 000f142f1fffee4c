public import Models
public import Store
import Tensor
import TensorFiles

/// One line of a prompt file.
public struct Prompt: Sendable {
    /// What is to be run.
    public enum Content: Sendable, Hashable {
        /// Plain text, tokenised as it is.
        case text(String)
        /// A conversation for the model's chat template.
        case messages([ChatMessage])
        /// Tokens made elsewhere.
        case tokens([UInt32])
    }

    /// The `id` of the line, unique in its file.
    public var id: String
    /// What is to be run.
    public var content: Content
    /// Every other field, in the order of the columns; absent and null fields are missing.
    public var metadata: [(name: String, value: MetadataValue)]
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
        case .messages(let messages):
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
        case .tokens(let ids):
            writer.beginArray()
            for id in ids { writer.int(Int(id)) }
            writer.endArray()
        }
        return writer.text
    }
}
