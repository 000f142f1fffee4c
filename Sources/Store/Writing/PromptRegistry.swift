import ChunkFormat

/// The prompts that a dataset owns: ordinal and content of each key. Keys are compared byte by byte.
struct PromptRegistry: Sendable {
    private(set) var entries: [[UInt8]: (ordinal: Int, content: Digest128)] = [:]
    /// The generation this was read at.
    var generation: Int

    /// O(prompts of the dataset).
    init(_ store: StoreWriter, dataset name: String) throws(StoreError) {
        let contents = store.contents
        generation = contents.head.generation
        guard let dataset = contents.datasetID(name) else { return }
        let count = contents.promptCount(ofDataset: dataset)
        entries = try store.catalog.read { transaction in
            var entries: [[UInt8]: (ordinal: Int, content: Digest128)] = [:]
            entries.reserveCapacity(count)
            try transaction.scanPrompts(ofDataset: dataset, count: count) { ordinal, key, source, metadata in
                entries[Array(key.utf8)] = (
                    ordinal, StoredPrompt.contentDigest(source: source, metadata: metadata)
                )
            }
            return entries
        }
    }

    /// Refuses a key that the dataset has with other content.
    func check(_ prompts: [StoredPrompt], dataset: String, _ layout: StoreLayout) throws(StoreError) {
        guard !entries.isEmpty else { return }
        for prompt in prompts {
            guard let entry = entries[Array(prompt.key.utf8)], entry.content != prompt.contentDigest else { continue }
            throw StoreError(
                .conflict,
                "\(layout.path): dataset \(dataset) has a prompt \"\(prompt.key)\" with other text or metadata; "
                    + "give the prompt another id, or the prompts another dataset name")
        }
    }

    /// The prompt's ordinal, and whether it is new to the dataset.
    mutating func ordinal(of prompt: StoredPrompt) -> (ordinal: Int, isNew: Bool) {
        let key = Array(prompt.key.utf8)
        if let entry = entries[key] { return (entry.ordinal, false) }
        let ordinal = entries.count
        entries[key] = (ordinal, prompt.contentDigest)
        return (ordinal, true)
    }
}

extension CatalogTransaction {
    /// Every prompt of a dataset in ordinal order; `count` of them must be there without a gap.
    func scanPrompts(
        ofDataset dataset: Int, count: Int, _ body: (Int, String, String, String) throws -> Void
    ) throws {
        guard count > 0 else { return }
        let first = dataset << 32
        var next = 0
        try scan(.prompts, where: "id BETWEEN \(first) AND \(first + count - 1)") { row in
            guard try row.int(0) == first + next, try row.int(1) == dataset else {
                throw StoreError.damagedCatalog(
                    path, "prompts of dataset \(dataset)", expected: "prompt \(next)", found: "another")
            }
            try body(next, try row.text(2), try row.text(3), try row.text(4))
            next += 1
        }
        guard next == count else {
            throw StoreError.damagedCatalog(
                path, "prompts of dataset \(dataset)", expected: "\(count) rows", found: "\(next)")
        }
    }
}

extension CatalogContents {
    func datasetID(_ name: String) -> Int? { datasets.first { Array($0.value.utf8) == Array(name.utf8) }?.key }

    func modelID(_ name: String) -> Int? { models.first { Array($0.value.name.utf8) == Array(name.utf8) }?.key }

    func tokenizerID(_ digest: String) -> Int? { tokenizers.first { $0.value == digest }?.key }
}
