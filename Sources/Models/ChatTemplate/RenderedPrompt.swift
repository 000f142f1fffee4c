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

    /// Texts one right after the other, each with its role.
    public init(parts: [(text: String, role: TokenRole)]) {
        text = ""
        segments = []
        for part in parts where !part.text.isEmpty {
            let start = text.utf8.count
            text += part.text
            segments.append(Segment(range: start..<text.utf8.count, role: part.role))
        }
    }

    /// A plain text: all of it has the role `text`.
    public init(text: String) { self.init(parts: [(text, .text)]) }

    /// The role of a token whose text starts at the first byte and ends before the last: that of its first byte which is
    /// not blank, so that a word is not counted to the template for the space before it.
    fileprivate func role(_ token: Range<Int>, _ bytes: [UInt8], _ segment: inout Int) -> TokenRole {
        var place = token.lowerBound
        while place < token.upperBound, bytes[place] == 0x20 || (0x09...0x0D).contains(bytes[place]) { place += 1 }
        if place == token.upperBound { place = token.lowerBound }
        while segment + 1 < segments.count, segments[segment].range.upperBound <= place { segment += 1 }
        return segments.indices.contains(segment) ? segments[segment].role : .text
    }
}

extension Tokenizer {
    /// The tokens of a rendered prompt, each with the role of the first byte of its text that is not blank.
    ///
    /// As with `apply_chat_template`, the post-processor adds nothing.
    public func encode(_ prompt: RenderedPrompt) -> (ids: [UInt32], roles: [TokenRole]) {
        let bytes = Array(prompt.text.utf8)
        let (ids, starts) = tokens(of: bytes)
        var roles: [TokenRole] = []
        roles.reserveCapacity(ids.count)
        var segment = 0
        for (index, start) in starts.enumerated() {
            let end = index + 1 < starts.count ? starts[index + 1] : bytes.count
            roles.append(prompt.role(start..<max(start, end), bytes, &segment))
        }
        return (ids, roles)
    }

    /// The tokens of texts one right after the other, tokenised as one, and those of the post-processor around them, which
    /// have the role `template`.
    public func encodeText(_ parts: [(text: String, role: TokenRole)]) -> (ids: [UInt32], roles: [TokenRole]) {
        let (ids, roles) = encode(RenderedPrompt(parts: parts))
        let around = [prefix, suffix].map { $0.map { _ in TokenRole.template } }
        return (prefix + ids + suffix, around[0] + roles + around[1])
    }
}
