import ChunkFormat

/// What must hold before a capture begins.
enum CaptureChecks {
    /// Refuses prompts that contradict each other or can't be kept.
    static func check(_ prompts: [PromptRecord], _ spec: CaptureSpec) throws(StoreError) {
        func refuse(_ text: String) -> StoreError {
            StoreError(.conflict, "capture \(spec.model)/\(spec.dataset): \(text)")
        }
        guard !prompts.isEmpty else { throw refuse("there are no prompts") }
        guard prompts.count < Int(UInt32.max) else { throw refuse("\(prompts.count) prompts are too many") }
        var places: [[UInt8]: Int] = [:]
        places.reserveCapacity(prompts.count)
        for (index, prompt) in prompts.enumerated() {
            if let first = places.updateValue(index, forKey: Array(prompt.key.utf8)) {
                throw refuse(
                    "prompt id \"\(prompt.key)\" is there twice, as prompt \(first + 1) and prompt \(index + 1)")
            }
            // SQLite ends a text at its first NUL: what came back would be another prompt.
            guard !prompt.key.utf8.contains(0), !prompt.source.utf8.contains(0) else {
                throw refuse("prompt \(index + 1) holds a NUL character (U+0000); take it out of its id or text")
            }
            guard prompt.tokenCount > 0, prompt.tokenCount < Int(Int32.max) else {
                throw refuse("prompt \"\(prompt.key)\" has \(prompt.tokenCount) tokens")
            }
            var names: Set<[UInt8]> = []
            for (name, value) in prompt.metadata {
                guard names.insert(Array(name.utf8)).inserted else {
                    throw refuse("prompt \"\(prompt.key)\" has the metadata column \"\(name)\" twice")
                }
                if case .double(let number) = value, !number.isFinite {
                    throw refuse("prompt \"\(prompt.key)\": metadata \"\(name)\" is \(number), which JSON can't hold")
                }
            }
        }
    }

    /// The same tokenizer digest must mean the same pieces.
    static func checkTokenizer(_ store: StoreWriter, _ spec: CaptureSpec) throws(StoreError) {
        guard let id = store.contents.tokenizerID(spec.tokenizerDigest) else { return }
        let stored = try store.catalog.read { try $0.tokenPieces(id) }
        guard stored == TokenPieces.encode(spec.tokenPieces) else {
            throw StoreError(
                .conflict,
                "\(store.layout.path): tokenizer \(spec.tokenizerDigest) is there with other token texts")
        }
    }
}

extension CatalogTransaction {
    /// The encoded pieces of a tokenizer.
    func tokenPieces(_ id: Int) throws -> [UInt8] {
        var pieces: [UInt8]?
        try scan(.tokenizers, where: "id = \(id)") { pieces = try $0.blob(2) }
        guard let pieces else {
            throw StoreError.damagedCatalog(path, "tokenizers", expected: "row \(id)", found: "none")
        }
        return pieces
    }
}
