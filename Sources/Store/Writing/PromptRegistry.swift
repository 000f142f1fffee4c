import ChunkFormat

/// The prompts that a dataset owns: ordinal and content of each key. One for all captures of a dataset that a writer adds to.
final class PromptRegistry {
    private struct Entry {
        let ordinal: UInt32
        let content: Digest128
    }

    /// By the digest of the key's bytes: at 10⁶ prompts the keys themselves would be the larger part.
    private var entries: [Digest128: Entry] = [:]

    /// Of a dataset without prompts.
    init() {}

    /// O(prompts of the dataset).
    init(_ catalog: Catalog, _ contents: CatalogContents, dataset name: String) throws(StoreError) {
        guard let dataset = contents.datasetID(name), let count = contents.promptCounts[dataset], count > 0 else {
            return
        }
        entries = try catalog.read { transaction in
            var entries: [Digest128: Entry] = [:]
            entries.reserveCapacity(count)
            try transaction.scanPromptRows(ofDataset: dataset, count: count) { ordinal, row in
                let key = try row.withBytes(2) { Digest128(of: $0) }
                let content = try row.withBytes(3) { source in
                    try row.withBytes(4) { StoredPrompt.contentDigest(source: source, metadata: $0) }
                }
                entries[key] = Entry(ordinal: UInt32(ordinal), content: content)
            }
            return entries
        }
    }

    /// Refuses a key that the dataset has with other content.
    func check(
        _ prompts: [StoredPrompt], dataset: String, _ contents: CatalogContents, _ layout: StoreLayout
    ) throws(StoreError) {
        guard !entries.isEmpty else { return }
        for prompt in prompts {
            guard let entry = entries[Digest128(of: prompt.key)], entry.content != prompt.contentDigest else {
                continue
            }
            let id = contents.datasetID(dataset)
            let isPerhapsDead = id.map(contents.dead.datasets.contains) ?? false
            throw StoreError(
                .conflict,
                "\(layout.path): dataset \(dataset) has a prompt \"\(prompt.key)\" with other text or metadata; "
                    + "give the prompt another id, or the prompts another dataset name"
                    + (isPerhapsDead ? " (what was removed from it is forgotten by varve gc)" : ""))
        }
    }

    /// The prompt's ordinal, and whether it is new to the dataset.
    func ordinal(of prompt: StoredPrompt) -> (ordinal: Int, isNew: Bool) {
        let key = Digest128(of: prompt.key)
        if let entry = entries[key] { return (Int(entry.ordinal), false) }
        let ordinal = entries.count
        entries[key] = Entry(ordinal: UInt32(ordinal), content: prompt.contentDigest)
        return (ordinal, true)
    }
}

extension CatalogTransaction {
    /// Every prompt of a dataset in ordinal order; `count` of them must be there without a gap.
    func scanPromptRows(ofDataset dataset: Int, count: Int, _ body: (Int, CatalogRow) throws -> Void) throws {
        guard count > 0 else { return }
        let first = dataset << 32
        var next = 0
        try scan(.prompts, where: "id BETWEEN \(first) AND \(first + count - 1)") { row in
            guard try row.int(0) == first + next, try row.int(1) == dataset else {
                throw StoreError.damagedCatalog(
                    path, "prompts of dataset \(dataset)", expected: "prompt \(next)", found: "another")
            }
            try body(next, row)
            next += 1
        }
        guard next == count else {
            throw StoreError.damagedCatalog(
                path, "prompts of dataset \(dataset)", expected: "\(count) rows", found: "\(next)")
        }
    }

    /// The same with key, source and metadata as texts.
    func scanPrompts(
        ofDataset dataset: Int, count: Int, _ body: (Int, String, String, String) throws -> Void
    ) throws {
        try scanPromptRows(ofDataset: dataset, count: count) { ordinal, row in
            try body(ordinal, try row.text(2), try row.text(3), try row.text(4))
        }
    }
}
