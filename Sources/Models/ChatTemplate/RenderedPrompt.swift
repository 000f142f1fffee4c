public import Tensor

/// A conversation as the text that the model reads, with the role of every byte.
public struct RenderedPrompt: Sendable {
    /// A stretch of the text that has one role.
    public struct Segment: Sendable, Hashable {
        /// Bytes of the text's UTF-8.
        public var range: Range<Int>
        /// The role of the message whose content it is; `template` for all that is not content.
        public var role: TokenRole
    }

    /// What the tokenizer gets.
    public var text: String
    /// In order, without gaps, from the first byte to the last.
    public var segments: [Segment]

    init(_ output: TaggedText, roles: [TokenRole]) {
        text = output.string
        segments = []
        var at = 0
        while at < output.tags.count {
            var end = at
            while end < output.tags.count, output.tags[end] == output.tags[at] { end += 1 }
            let tag = Int(output.tags[at])
            segments.append(Segment(range: at..<end, role: tag == 0 ? .template : roles[tag - 1]))
            at = end
        }
    }

    /// A plain text: all of it has the role `text`.
    public init(text: String) {
        self.text = text
        segments = text.isEmpty ? [] : [Segment(range: 0..<text.utf8.count, role: .text)]
    }
}

extension Tokenizer {
    /// The tokens of a rendered prompt, each with the role of the byte at which its text starts.
    ///
    /// As with `apply_chat_template`, the post-processor adds nothing.
    public func encode(_ prompt: RenderedPrompt) -> (ids: [UInt32], roles: [TokenRole]) {
        let (ids, starts) = tokens(of: Array(prompt.text.utf8))
        var roles: [TokenRole] = []
        roles.reserveCapacity(ids.count)
        var segment = 0
        for start in starts {
            while segment + 1 < prompt.segments.count, prompt.segments[segment].range.upperBound <= start {
                segment += 1
            }
            roles.append(prompt.segments.indices.contains(segment) ? prompt.segments[segment].role : .text)
        }
        return (ids, roles)
    }
}
