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

    private mutating func encodePlain(_ text: ArraySlice<UInt8>) {
        let composed =
            tokenizer.composesCharacters ? ComposedText(text) : ComposedText(unchanged: text)
        let bytes = composed.bytes
        for section in tokenizer.normalizedTokens.sections(of: bytes, 0..<bytes.count) {
            if let token = section.token {
                ids.append(token)
                starts.append(composed.origin(of: section.range.lowerBound))
            } else if section.range.count == bytes.count {
                encodeWords(bytes, firstByte: 0, composed)
            } else {
                encodeWords(Array(bytes[section.range]), firstByte: section.range.lowerBound, composed)
            }
        }
    }

    private mutating func encodeWords(_ bytes: [UInt8], firstByte: Int, _ composed: ComposedText) {
        tokenizer.preTokenizer.words(of: bytes) { word in
            let firstToken = ids.count
            encodeWord(word.text, word.range)
            var at = word.range.lowerBound
            for id in ids[firstToken...] {
                starts.append(composed.origin(of: firstByte + max(word.first, at + word.shift)))
                at += tokenizer.pieces[Int(id)].count
            }
        }
    }

    private mutating func encodeWord(_ text: [UInt8], _ word: Range<Int>) {
        if word.count == 1 { return ids.append(tokenizer.model.byteIDs[Int(text[word.lowerBound])]) }
        let isShort = word.count <= WordCache.maximumWord
        let slot = isShort ? workspace.cache.slot(of: text, word) : 0
        if isShort, workspace.cache.append(text, word, slot: slot, to: &ids) { return }
        if tokenizer.model.ignoresMerges, let whole = tokenizer.model.ids.value(of: text, word) {
            ids.append(whole)
            return
        }
        workspace.scratch.ids.removeAll(keepingCapacity: true)
        for at in word { workspace.scratch.ids.append(tokenizer.model.byteIDs[Int(text[at])]) }
        tokenizer.model.merges.run(&workspace.scratch)
        ids.append(contentsOf: workspace.scratch.ids)
        if isShort { workspace.cache.store(text, word, slot: slot, ids: workspace.scratch.ids) }
    }
}
