/// One text on its way through added tokens, normalisation, splitting and merging.
struct TokenizerRun {
    private let tokenizer: Tokenizer
    var workspace: EncodingMemory
    private(set) var ids: [UInt32] = []
    /// Byte of the given text at which each token starts.
    private(set) var starts: [Int] = []

    init(_ tokenizer: Tokenizer, _ workspace: EncodingMemory) {
        self.tokenizer = tokenizer
        self.workspace = workspace
    }

    mutating func encode(_ text: [UInt8]) {
        ids.reserveCapacity(text.count / 3)
        starts.reserveCapacity(text.count / 3)
        for section in tokenizer.rawTokens.sections(of: text, 0..<text.count) {
            if let token = section.token {
                ids.append(token)
                starts.append(section.range.lowerBound)
            } else {
                encodePlain(text[section.range])
            }
        }
    }

    private mutating func encodePlain(_ plain: ArraySlice<UInt8>) {
        var text = TrackedText(plain)
        tokenizer.normalizer.apply(to: &text)
        for section in tokenizer.normalizedTokens.sections(of: text.bytes, 0..<text.bytes.count) {
            if let token = section.token {
                ids.append(token)
                starts.append(text.origin(of: section.range.lowerBound))
            } else {
                tokenizer.preTokenizer.words(of: text, section.range) { encodeWord($0.text, $0.range) }
            }
        }
    }

    private mutating func encodeWord(_ text: TrackedText, _ word: Range<Int>) {
        let model = tokenizer.model
        let isShort = word.count <= WordCache.maximumWord
        let slot = isShort ? workspace.cache.slot(of: text.bytes, word) : 0
        if isShort, let (known, places) = workspace.cache.tokens(of: text.bytes, word, slot: slot) {
            return append(known, places, of: text, word)
        }
        if model.ignoresMerges, let whole = model.ids.value(of: text.bytes, word) {
            return append([whole], [0], of: text, word)
        }
        workspace.scratch.clear()
        model.symbols(of: text.bytes, word, into: &workspace.scratch)
        model.merges.run(&workspace.scratch)
        append(workspace.scratch.ids, workspace.scratch.places, of: text, word)
        if isShort {
            workspace.cache.store(
                text.bytes, word, slot: slot, ids: workspace.scratch.ids, places: workspace.scratch.places)
        }
    }

    private mutating func append(_ tokens: [UInt32], _ places: [UInt32], of text: TrackedText, _ word: Range<Int>) {
        ids += tokens
        for place in places { starts.append(text.origin(of: word.lowerBound + Int(place))) }
    }
}
