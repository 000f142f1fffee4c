import TensorFiles

/// The `model` part of a `tokenizer.json`: vocabulary and merges, in bytes.
struct BytePairModel: Sendable {
    /// Bytes of every id; empty where the vocabulary has a hole.
    private(set) var pieces: [[UInt8]] = []
    /// Ids by the bytes they stand for.
    private(set) var ids: ByteStringTable
    /// Ids by their spelling in the file.
    private(set) var spelledIDs: ByteStringTable
    private(set) var merges: BytePairMerges
    /// The token of every single byte.
    private(set) var byteIDs: [UInt32] = []
    /// A word that is in the vocabulary is not built by merges.
    let ignoresMerges: Bool

    init(_ json: JSONValue) throws(FileError) {
        if let type = json["type"], try type.string() != "BPE" {
            throw type.error("the model \(type.shown) is not known", mend: TokenizerFile.onlyByteLevel)
        }
        for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let text = json[name], try !text.stringBytes().isEmpty {
                throw text.error("\(text.shown) is not supported", mend: TokenizerFile.onlyByteLevel)
            }
        }
        if let dropout = json["dropout"], try dropout.double() != 0 {
            throw dropout.error("dropout makes tokens random", mend: "set it to null")
        }
        if let fallback = json["byte_fallback"], try fallback.bool() {
            throw fallback.error("byte fallback is not supported", mend: TokenizerFile.onlyByteLevel)
        }
        ignoresMerges = try json["ignore_merges"]?.bool() ?? false

        let vocabulary = try json.member("vocab")
        var count = 0
        for _ in try vocabulary.members() { count += 1 }
        ids = ByteStringTable(capacity: count)
        spelledIDs = ByteStringTable(capacity: count)
        pieces.reserveCapacity(count)
        var isTaken: [Bool] = []
        for (key, value) in try vocabulary.members() {
            let id = try value.int(in: 0...min(TokenizerFile.maximumID, 16 * count + 65_536))
            let spelling = try key.stringBytes()
            _ = spelledIDs.insert(spelling, value: UInt32(id))
            if id >= pieces.count {
                pieces.append(contentsOf: repeatElement([], count: id + 1 - pieces.count))
                isTaken.append(contentsOf: repeatElement(false, count: id + 1 - isTaken.count))
            }
            guard !isTaken[id] else { throw value.error("two entries have the id \(id)") }
            isTaken[id] = true
            if let bytes = ByteAlphabet.decoded(spelling) {
                // The alphabet is one to one, so that other spellings are other bytes.
                _ = ids.insert(bytes, value: UInt32(id))
                pieces[id] = bytes
            } else {
                pieces[id] = spelling
            }
        }
        for byte in UInt8.min...UInt8.max {
            let id = ids.value(of: [byte], 0..<1)
            // These bytes occur in no UTF-8, and some vocabularies leave them out.
            let isNeverUsed = byte == 0xC0 || byte == 0xC1 || byte >= 0xF5
            guard id != nil || isNeverUsed else {
                throw vocabulary.error(
                    "the vocabulary has no token for the byte \(byte)",
                    mend: "train the tokenizer with initial_alphabet=ByteLevel.alphabet()")
            }
            byteIDs.append(id ?? 0)
        }
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
            // Lengths must add up, or the bytes under a token would not be known.
            guard pieces[Int(leftID)].count + pieces[Int(rightID)].count == pieces[Int(wholeID)].count else {
                throw merge.error("the merge changes the length of its text")
            }
            merges.insert(leftID, rightID, rank: rank, merged: wholeID)
            rank += 1
        }
    }

    /// Added tokens are pieces too.
    mutating func add(_ token: AddedToken) {
        let id = Int(token.id)
        if id >= pieces.count { pieces.append(contentsOf: repeatElement([], count: id + 1 - pieces.count)) }
        pieces[id] = token.content
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
