import ChunkFormat

/// The type of a metadata value.
public enum MetadataType: String, Sendable, Hashable, CaseIterable {
    case string, int, double, bool

    /// The narrowest type that holds both: int and double give double, anything else mixed gives string.
    public func widened(by other: MetadataType) -> MetadataType {
        if self == other { return self }
        return Set([self, other]) == [.int, .double] ? .double : .string
    }
}

/// One typed value that a prompt carries beside its text.
public enum MetadataValue: Sendable, Hashable {
    case string(String)
    case int(Int)
    case double(Double)
    case bool(Bool)

    /// The type of this value.
    public var type: MetadataType {
        switch self {
        case .string: .string
        case .int: .int
        case .double: .double
        case .bool: .bool
        }
    }

    /// The value as `type`; numbers and truth values turn into their text where the column is text.
    public func converted(to type: MetadataType) -> MetadataValue {
        switch (self, type) {
        case (.int(let number), .double): .double(Double(number))
        case (.int(let number), .string): .string(String(number))
        case (.double(let number), .string): .string("\(number)")
        case (.bool(let flag), .string): .string(flag ? "true" : "false")
        default: self
        }
    }
}

/// One prompt of a dataset, as it is ingested.
public struct PromptRecord: Sendable {
    /// Its `id` in the prompt file: unique within the dataset, compared byte by byte.
    public var key: String
    /// The prompt's own text, or the JSON of its messages.
    public var source: String
    /// Names and values in the file's order; each name once.
    public var metadata: [(String, MetadataValue)]
    /// Rows that it takes in the capture, at least 1.
    public var tokenCount: Int

    /// Checked only when a capture begins.
    public init(key: String, source: String, metadata: [(String, MetadataValue)] = [], tokenCount: Int) {
        self.key = key
        self.source = source
        self.metadata = metadata
        self.tokenCount = tokenCount
    }
}

/// A prompt with its metadata as the text that the catalogue keeps.
struct StoredPrompt: Sendable {
    var key: String
    var source: String
    var metadata: String
    var tokenCount: Int

    init(_ prompt: PromptRecord) {
        key = prompt.key
        source = prompt.source
        metadata = FlatJSON.render(prompt.metadata)
        tokenCount = prompt.tokenCount
    }

    /// Digest of what the prompt is, whatever model reads it.
    var contentDigest: Digest128 {
        let (source, metadata) = (Array(source.utf8), Array(metadata.utf8))
        return StoredPrompt.contentDigest(source: source.rawSpan, metadata: metadata.rawSpan)
    }

    /// The digest of both texts' digests, so that neither needs a copy.
    static func contentDigest(source: RawSpan, metadata: RawSpan) -> Digest128 {
        var out = ByteWriter()
        out.append(Digest128(of: source))
        out.append(Digest128(of: metadata))
        return Digest128(of: out.bytes.rawSpan)
    }

    /// The `prompts` attachment of a chunk: u32 count, then key, source, metadata and u32 token count of each.
    static func encode(_ prompts: ArraySlice<StoredPrompt>) -> [UInt8] {
        var out = ByteWriter()
        out.append(UInt32(prompts.count))
        for prompt in prompts {
            out.append(prompt.key)
            out.append(prompt.source)
            out.append(prompt.metadata)
            out.append(UInt32(prompt.tokenCount))
        }
        return out.bytes
    }
}
