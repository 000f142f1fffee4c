import Synchronization
public import TensorFiles

/// A BPE tokenizer, byte-level or SentencePiece-style, read from a `tokenizer.json`: the same ids as the `tokenizers` library gives.
public final class Tokenizer: Sendable {
    /// UTF-8 of what each id stands for, at its index: marks are spaces, `<0x0A>` is one byte. A token may hold part of a
    /// character, and a hole is empty.
    public let pieces: [[UInt8]]
    /// Tokens that are markup rather than text, such as `<|im_end|>`, by content.
    public let specialTokens: [String: UInt32]
    /// A fingerprint of the file.
    public let digest: String

    let model: BytePairModel
    let rawTokens: AddedTokenFinder
    let normalizedTokens: AddedTokenFinder
    let normalizer: Normalizer
    private let decoder: TokenDecoder
    private let byteTokens: Set<UInt32>
    let preTokenizer: PreTokenizer
    let prefix: [UInt32]
    let suffix: [UInt32]
    private let specialIDs: Set<UInt32>
    private let addedIDs: [String: UInt32]
    private let workspace = Mutex(EncodingMemory())

    /// Reads a `tokenizer.json`, or the one in a model's folder.
    public convenience init(contentsOf path: String) throws(FileError) {
        let file = path.hasSuffix(".json") ? path : path + "/tokenizer.json"
        try self.init(bytes: InputFile(path: file).contents(limit: TokenizerFile.maximumBytes), path: file)
    }

    /// Reads the text of a `tokenizer.json`.
    ///
    /// - Parameter path: what errors call it.
    public init(bytes: [UInt8], path: String) throws(FileError) {
        let file = try TokenizerFile(BoundedJSON.parse(bytes, path: path, limit: TokenizerFile.maximumBytes))
        let model = file.model
        var special: [String: UInt32] = [:]
        var added: [String: UInt32] = [:]
        for token in file.added {
            let text = String(decoding: token.content, as: UTF8.self)
            added[text] = token.id
            if token.isSpecial { special[text] = token.id }
        }
        for id in file.prefix + file.suffix where !model.holds(Int(id)) {
            throw FileError(path: path, problem: "the post-processor uses the id \(id), which no token has")
        }
        pieces = model.pieces
        specialTokens = special
        specialIDs = Set(special.values)
        addedIDs = added
        rawTokens = AddedTokenFinder(file.added.filter { !$0.isNormalized })
        normalizer = file.normalizer
        normalizedTokens = AddedTokenFinder(file.added.filter(\.isNormalized).map { $0.found(after: file.normalizer) })
        decoder = file.decoder
        byteTokens = model.fallbackTokens(file.decoder)
        preTokenizer = PreTokenizer(steps: file.steps)
        prefix = file.prefix
        suffix = file.suffix
        self.model = model
        var digest = ContentDigest()
        digest.update(unsafe bytes.span.bytes)
        self.digest = digest.text
    }

    /// The tokens of `text`. Added tokens are recognised in it, as the library does.
    ///
    /// - Parameter addSpecialTokens: whether the post-processor puts its tokens around the text.
    public func encode(_ text: String, addSpecialTokens: Bool) -> [UInt32] {
        let ids = tokens(of: Array(text.utf8)).ids
        return addSpecialTokens ? prefix + ids + suffix : ids
    }

    /// The text of `ids`, joined before it is decoded; malformed UTF-8 becomes U+FFFD and unknown ids nothing.
    public func decode(_ ids: [UInt32], skipSpecialTokens: Bool = false) -> String {
        let tokens = ids.filter { Int($0) < pieces.count && !(skipSpecialTokens && specialIDs.contains($0)) }
        if case .bytes = model.alphabet { return String(decoding: tokens.flatMap { pieces[Int($0)] }, as: UTF8.self) }
        return decoder.text(tokens.map { (pieces[Int($0)], byteTokens.contains($0)) })
    }

    /// The id of a token, by the text it stands for; nil where no single token is exactly that text.
    public func id(of text: String) -> UInt32? {
        if let added = addedIDs[text] { return added }
        var spelling = TrackedText(Array(text.utf8)[...])
        if let mark = decoder.spaceMark { spelling.replace([0x20], with: mark) }
        return model.ids.value(of: spelling.bytes, 0..<spelling.bytes.count)
    }

    /// The tokens of a text and the byte of it where each starts.
    func tokens(of text: [UInt8]) -> (ids: [UInt32], starts: [Int]) {
        let result = workspace.withLockIfAvailable { workspace in
            var run = TokenizerRun(self, workspace)
            workspace = EncodingMemory.empty
            run.encode(text)
            workspace = run.workspace
            return (run.ids, run.starts)
        }
        if let result { return result }
        var run = TokenizerRun(self, EncodingMemory())
        run.encode(text)
        return (run.ids, run.starts)
    }
}

/// What is kept from text to text to make encoding quick.
struct EncodingMemory: Sendable {
    var cache: WordCache
    var scratch = MergeScratch()

    init() { cache = WordCache() }

    private init(cache: WordCache) { self.cache = cache }

    /// Stands in while the real one is in use.
    static let empty = EncodingMemory(cache: WordCache(capacity: 1))
}
