import TensorFiles

/// What a word is before anything merges: its bytes, or its letters with a way out for unknown ones.
enum WordAlphabet: Sendable {
    /// The token of every byte.
    case bytes([UInt32])
    case letters(Unknown)

    /// What a letter becomes that has no token.
    struct Unknown: Sendable {
        /// The tokens of single bytes, `<0x00>` to `<0xFF>`, before anything else is tried; nil where one is missing.
        var bytes: [UInt32?]
        /// `<unk>`; without it, the letter is left out.
        var token: UInt32?
        /// A run of unknown letters is one token.
        var isFused: Bool
    }

    /// The alphabet of a byte-level vocabulary.
    init(bytesOf vocabulary: JSONValue, _ ids: ByteStringTable) throws(FileError) {
        var tokens: [UInt32] = []
        for byte in UInt8.min...UInt8.max {
            let id = ids.value(of: [byte], 0..<1)
            // These bytes occur in no UTF-8, and some vocabularies leave them out.
            let isNeverUsed = byte == 0xC0 || byte == 0xC1 || byte >= 0xF5
            guard id != nil || isNeverUsed else {
                throw vocabulary.error(
                    "the vocabulary has no token for the byte \(byte)",
                    mend: "train the tokenizer with initial_alphabet=ByteLevel.alphabet()")
            }
            tokens.append(id ?? 0)
        }
        self = .bytes(tokens)
    }

    /// The alphabet of a SentencePiece-style vocabulary.
    init(letters model: JSONValue, _ spelled: ByteStringTable) throws(FileError) {
        var unknown = Unknown(bytes: [UInt32?](repeating: nil, count: 256), isFused: false)
        unknown.isFused = try model["fuse_unk"]?.bool() ?? false
        if let name = model["unk_token"] {
            let bytes = try name.stringBytes()
            guard let id = spelled.value(of: bytes, 0..<bytes.count) else {
                throw name.error("\(name.shown) is not in the vocabulary")
            }
            unknown.token = id
        }
        if try model["byte_fallback"]?.bool() ?? false {
            for byte in UInt8.min...UInt8.max {
                let spelling = TokenDecoder.spelling(of: byte)
                unknown.bytes[Int(byte)] = spelled.value(of: spelling, 0..<spelling.count)
            }
        }
        self = .letters(unknown)
    }

    func symbols(
        of text: [UInt8], _ word: Range<Int>, _ ids: ByteStringTable, into scratch: inout MergeScratch
    ) {
        switch self {
        case .bytes(let tokens):
            for at in word { scratch.append(tokens[Int(text[at])], at: at - word.lowerBound) }
        case .letters(let unknown):
            var at = word.lowerBound
            /// Where an unknown stretch starts that has no token yet.
            var pending: Int?
            func end(_ start: Int) {
                if let token = unknown.token { scratch.append(token, at: start - word.lowerBound) }
            }
            while at < word.upperBound {
                let letter = at..<at + UTF8Scalar.decode(text, at).length
                at = letter.upperBound
                if let id = ids.value(of: text, letter) {
                    if let start = pending { end(start) }
                    pending = nil
                    scratch.append(id, at: letter.lowerBound - word.lowerBound)
                } else if letter.allSatisfy({ unknown.bytes[Int(text[$0])] != nil }) {
                    // As in the library, an unknown stretch goes on across letters that are spelled in bytes.
                    for place in letter {
                        scratch.append(unknown.bytes[Int(text[place])] ?? 0, at: place - word.lowerBound)
                    }
                } else if let start = pending, !unknown.isFused {
                    end(start)
                    pending = letter.lowerBound
                } else {
                    pending = pending ?? letter.lowerBound
                }
            }
            if let start = pending { end(start) }
        }
    }
}
