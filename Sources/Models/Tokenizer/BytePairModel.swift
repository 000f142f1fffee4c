import TensorFiles

/// The `model` part of a `tokenizer.json`: vocabulary and merges, in bytes.
struct BytePairModel: Sendable {
    /// The bytes that every id stands for; empty where the vocabulary has a hole.
    private(set) var pieces: [[UInt8]] = []
    /// Entries of the vocabulary, holes not counted.
    let vocabularyCount: Int
    /// Ids by the text that words are made of: bytes, or marks and letters as they are spelled.
    private(set) var ids: ByteStringTable
    /// Ids by their spelling in the file.
    private(set) var spelledIDs: ByteStringTable
    private(set) var merges: BytePairMerges
    /// What words start as.
    private(set) var alphabet: WordAlphabet
    /// A word that is in the vocabulary is not built by merges.
    let ignoresMerges: Bool
    private var isTaken: [Bool] = []

    /// - Parameters:
    ///   - isByteLevel: whether entries are spelled in the byte alphabet, as after a ByteLevel pre-tokenizer.
    ///   - decoder: what the entries show otherwise.
    init(_ json: JSONValue, isByteLevel: Bool, decoder: TokenDecoder) throws(FileError) {
        if let type = json["type"], try type.string() != "BPE" {
            throw type.error("the model \(type.shown) is not known", mend: TokenizerFile.mend)
        }
        for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let text = json[name], try !text.stringBytes().isEmpty {
                throw text.error("\(text.shown) is not supported", mend: TokenizerFile.mend)
            }
        }
        if let dropout = json["dropout"], try dropout.double() != 0 {
            throw dropout.error("dropout makes tokens random", mend: "set it to null")
        }
        ignoresMerges = try json["ignore_merges"]?.bool() ?? false

        let vocabulary = try json.member("vocab")
        var count = 0
        for _ in try vocabulary.members() { count += 1 }
        vocabularyCount = count
        spelledIDs = ByteStringTable(capacity: count)
        ids = ByteStringTable(capacity: isByteLevel ? count : 0)
        alphabet = .bytes([])
        merges = BytePairMerges(capacity: 0)
        pieces.reserveCapacity(count)
        for (key, value) in try vocabulary.members() {
            let id = try value.int(in: 0...min(TokenizerFile.maximumID, 16 * count + 65_536))
            let spelling = try key.stringBytes()
            _ = spelledIDs.insert(spelling, value: UInt32(id))
            makeRoom(for: id)
            guard !isTaken[id] else { throw value.error("two entries have the id \(id)") }
            isTaken[id] = true
            if !isByteLevel {
                pieces[id] = decoder.piece(spelling)
            } else if let bytes = ByteAlphabet.decoded(spelling) {
                // The alphabet is one to one, so that other spellings are other bytes.
                _ = ids.insert(bytes, value: UInt32(id))
                pieces[id] = bytes
            } else {
                pieces[id] = spelling
            }
        }
        if !isByteLevel { ids = spelledIDs }
        alphabet =
            isByteLevel ? try WordAlphabet(bytesOf: vocabulary, ids) : try WordAlphabet(letters: json, spelledIDs)
        let list = try json.member("merges")
        var mergeCount = 0
        for _ in try list.elements() { mergeCount += 1 }
        merges = BytePairMerges(capacity: mergeCount)
        var rank = 0
        for merge in try list.elements() {
            let (left, right) = try BytePairModel.sides(merge)
            let whole = left + right
            guard let leftID = spelledIDs.value(of: left, 0..<left.count),
                let rightID = spelledIDs.value(of: right, 0..<right.count),
                let wholeID = spelledIDs.value(of: whole, 0..<whole.count)
            else { throw merge.error("the merge names a token that is not in the vocabulary") }
            merges.insert(leftID, rightID, rank: rank, merged: wholeID)
            rank += 1
        }
    }

    private mutating func makeRoom(for id: Int) {
        guard id >= pieces.count else { return }
        pieces.append(contentsOf: repeatElement([], count: id + 1 - pieces.count))
        isTaken.append(contentsOf: repeatElement(false, count: id + 1 - isTaken.count))
    }

    /// Whether an entry of the vocabulary or an added token has this id.
    func holds(_ id: Int) -> Bool { isTaken.indices.contains(id) && isTaken[id] }

    /// Added tokens are pieces too.
    mutating func add(_ token: AddedToken, _ decoder: TokenDecoder) {
        let id = Int(token.id)
        makeRoom(for: id)
        isTaken[id] = true
        if case .bytes = alphabet { pieces[id] = token.content } else { pieces[id] = decoder.piece(token.content) }
    }

    /// Tokens that stand for single bytes where letters are missing.
    func fallbackTokens(_ decoder: TokenDecoder) -> Set<UInt32> {
        guard decoder.readsBytes else { return [] }
        return (UInt8.min...UInt8.max).reduce(into: []) { result, byte in
            let spelling = TokenDecoder.spelling(of: byte)
            if let id = spelledIDs.value(of: spelling, 0..<spelling.count) { result.insert(id) }
        }
    }

    /// The symbols that a word starts as.
    func symbols(of text: [UInt8], _ word: Range<Int>, into scratch: inout MergeScratch) {
        alphabet.symbols(of: text, word, ids, into: &scratch)
    }

    /// Either `"a b"` or `["a", "b"]`, as spelled.
    private static func sides(_ merge: JSONValue) throws(FileError) -> ([UInt8], [UInt8]) {
        if merge.kind == .array {
            var sides: [[UInt8]] = []
            for side in try merge.elements() where sides.count < 3 { sides.append(try side.stringBytes()) }
            guard sides.count == 2 else { throw merge.error("expected two tokens") }
            return (sides[0], sides[1])
        }
        let text = try merge.stringBytes()
        guard let space = text.firstIndex(of: 0x20), space > 0, space < text.count - 1,
            !text[(space + 1)...].contains(0x20)
        else { throw merge.error("expected two tokens with a space between, found \(merge.shown)") }
        return (Array(text[..<space]), Array(text[(space + 1)...]))
    }
}
