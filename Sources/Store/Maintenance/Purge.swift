import ChunkFormat
import Glibc

/// What a purge gave back.
public struct PurgeReport: Sendable, Hashable {
    /// Chunk files removed.
    public var removedFiles = 0
    /// Their bytes.
    public var removedBytes = 0
    /// Files of dead chunks that stay, as a living chunk has the same bytes.
    public var sharedFiles = 0
    /// Rows of the catalogue forgotten.
    public var forgottenRows = 0
    /// Prompts among them.
    public var forgottenPrompts = 0
    /// Bytes by which the catalogue became smaller.
    public var catalogBytes = 0
}

extension StoreWriter {
    /// Forgets what is marked dead: files first, then rows, so that a crash in between leaves nothing that a later purge
    /// does not finish. Whatever only dead captures referred to is forgotten too: models, tokenizers, datasets, prompts.
    ///
    /// While a snapshot is open nothing is purged: the error's kind is `locked`. Snapshots that are opened meanwhile wait.
    @discardableResult
    public func purge() throws(StoreError) -> PurgeReport {
        var report = PurgeReport()
        try settle()
        guard !contents.dead.isEmpty else { return report }
        var readers = try FileSystem.open(layout.readersLock, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        guard try readers.lock(exclusively: true) else {
            throw StoreError(
                .locked,
                "\(layout.path): a reader has the store open (a shell, a query); nothing was purged; close it and purge again"
            )
        }
        try unlinkDeadFiles(&report)
        try forgetDeadRows(&report)
        let before = try FileSystem.attributes(layout.catalog)?.size ?? 0
        try giveBackPages()
        report.catalogBytes = before - (try FileSystem.attributes(layout.catalog)?.size ?? before)
        try readers.close()
        return report
    }

    /// Removes the files that no living chunk names, and makes that survive power loss before their rows are forgotten.
    private func unlinkDeadFiles(_ report: inout PurgeReport) throws(StoreError) {
        var living: Set<String> = []
        for group in contents.groups.values { for chunk in group.chunks { living.insert(chunk.record.name) } }
        var directories: Set<String> = []
        for name in Set(contents.dead.chunks.map(\.record.name)).sorted() {
            guard !living.contains(name) else {
                report.sharedFiles += 1
                continue
            }
            let directory = layout.chunkDirectory(name)
            guard try FileSystem.attributes(directory) != nil else { continue }
            // One that is gone already was removed by a purge that died, perhaps before this directory was on disk.
            directories.insert(directory)
            guard let size = try FileSystem.attributes(layout.chunk(name))?.size else { continue }
            try FileSystem.remove(layout.chunk(name))
            report.removedFiles += 1
            report.removedBytes += size
        }
        for directory in directories.sorted() { try FileSystem.synchronizeDirectory(directory) }
    }

    private func forgetDeadRows(_ report: inout PurgeReport) throws(StoreError) {
        let before = contents.head.counts
        let state = contents
        let forgetting = Forgetting(state)
        try commit("purge", isThere: { $0.dead.isEmpty }) { commit in try forgetting.run(&commit) }
        try refresh()
        let after = contents.head.counts
        report.forgottenRows = before.reduce(0) { $0 + max(0, $1.value - (after[$1.key] ?? 0)) }
        report.forgottenPrompts = (before[.prompts] ?? 0) - (after[.prompts] ?? 0)
    }

    /// Makes the catalogue's file smaller where much of it is free. VACUUM writes as every transaction does: a journal first.
    private func giveBackPages() throws(StoreError) {
        let (pages, free) = try catalog.read { transaction in
            (try transaction.number("PRAGMA page_count"), try transaction.number("PRAGMA freelist_count"))
        }
        guard free > 64, free > pages / 4 else { return }
        do throws(StoreError) {
            try catalog.vacuum()
        } catch {
            // It needs room for a copy; without it the pages wait for new rows.
            guard case .noRoom = error.kind else { throw error }
        }
    }
}

/// Takes the rows of what is dead out of the catalogue, in one transaction.
private struct Forgetting {
    private let contents: CatalogContents

    init(_ contents: CatalogContents) { self.contents = contents }

    func run(_ commit: inout CatalogCommit) throws {
        let dead = contents.dead
        // Whoever refers to a row goes before it.
        var ids = dead.chunks.map(\.record.id)[...]
        while !ids.isEmpty {
            // A statement's text has a limit.
            let chunks = list(ids.prefix(4096))
            ids = ids.dropFirst(4096)
            try commit.delete(.chunkPrompts, where: "id IN \(chunks)")
            try commit.delete(.chunks, where: "id IN \(chunks)")
        }
        let groups = list(dead.groups)
        try commit.delete(.columns, where: "column_group IN \(groups)")
        try commit.delete(.sites, where: "column_group IN \(groups)")
        try commit.delete(.columnGroups, where: "id IN \(groups)")
        try commit.delete(.captures, where: "id IN \(list(dead.captures))")
        try commit.delete(.removals, where: "1")
        let models = contents.livingModels
        try commit.delete(.models, where: "id NOT IN \(list(models))")
        let digests = Set(models.compactMap { contents.models[$0]?.tokenizerDigest })
        let tokenizers = contents.tokenizers.filter { digests.contains($0.value) }.keys
        try commit.delete(.tokenizers, where: "id NOT IN \(list(tokenizers))")
        let datasets = contents.livingDatasets
        for dataset in dead.datasets.intersection(datasets).sorted() { try renumber(dataset, &commit) }
        for dataset in Set(contents.datasets.keys).subtracting(datasets).sorted() {
            try commit.delete(.datasetColumns, where: "dataset = \(dataset)")
            try commit.delete(.prompts, where: range(dataset))
            try commit.delete(.datasets, where: "id = \(dataset)")
        }
    }

    private func list(_ ids: some Sequence<Int>) -> String {
        "(" + ids.sorted().map(String.init).joined(separator: ", ") + ")"
    }

    /// Prompts of a dataset by their ordinals.
    private func range(_ dataset: Int, from first: Int = 0, to end: Int = 1 << 32) -> String {
        "id BETWEEN \((dataset << 32) + first) AND \((dataset << 32) + end - 1)"
    }

    /// Drops the prompts of a dataset that no living capture has; the others move up, as ordinals have no gap.
    private func renumber(_ dataset: Int, _ commit: inout CatalogCommit) throws {
        let count = contents.promptCounts[dataset] ?? 0
        let bases = contents.captures.values.filter { $0.dataset == dataset }.sorted { $0.id < $1.id }
            .compactMap { contents.groups(of: $0.id).first { $0.ordinal == 0 } }
        var isUsed = [Bool](repeating: false, count: count)
        var stored: [(chunk: ChunkRecord, ordinals: [Int], tokenCounts: [Int])] = []
        for chunk in bases.flatMap(\.chunks).map(\.record) {
            let (ordinals, tokenCounts) = try commit.transaction.prompts(ofChunks: [chunk], datasetCount: count)
            for ordinal in ordinals { isUsed[ordinal] = true }
            stored.append((chunk, ordinals, tokenCounts))
        }
        guard isUsed.contains(false) else { return }
        var places = [Int](repeating: 0, count: count)
        var next = 0
        for ordinal in 0..<count {
            places[ordinal] = next
            if isUsed[ordinal] { next += 1 }
        }
        try movePrompts(of: dataset, count, isUsed, places, &commit)
        for (chunk, ordinals, tokenCounts) in stored where ordinals.contains(where: { places[$0] != $0 }) {
            try commit.delete(.chunkPrompts, where: "id = \(chunk.id)")
            var (moved, counts) = (ByteWriter(), ByteWriter())
            for ordinal in ordinals { moved.append(UInt32(places[ordinal])) }
            for tokens in tokenCounts { counts.append(UInt32(tokens)) }
            try commit.insert(.chunkPrompts, [.int(chunk.id), .blob(moved.bytes), .blob(counts.bytes)])
        }
    }

    /// The prompts that stay get their new ordinals, the metadata columns are those that they have.
    private func movePrompts(
        of dataset: Int, _ count: Int, _ isUsed: [Bool], _ places: [Int], _ commit: inout CatalogCommit
    ) throws {
        try commit.delete(.datasetColumns, where: "dataset = \(dataset)")
        var columns = DatasetColumns([])
        let transaction = commit.transaction
        // Piece by piece, so that memory is bounded: a new place is never after the old one, so it is free by then.
        for first in stride(from: 0, to: count, by: 10_000) {
            let condition = range(dataset, from: first, to: min(first + 10_000, count))
            var kept: [(isMoved: Bool, row: [CatalogValue])] = []
            try transaction.scan(.prompts, where: condition) { row in
                let ordinal = try row.int(0) - (dataset << 32)
                guard isUsed.indices.contains(ordinal), isUsed[ordinal] else { return }
                let place = places[ordinal]
                let text = try row.text(4)
                try columns.take(text, ofDataset: dataset, &commit)
                kept.append(
                    (
                        place != ordinal,
                        [
                            .int(dataset << 32 | place), .int(dataset), .text(try row.text(2)),
                            .text(try row.text(3)), .text(text),
                        ]
                    ))
            }
            guard kept.count < min(10_000, count - first) || kept.contains(where: \.isMoved) else { continue }
            try commit.delete(.prompts, where: condition)
            for prompt in kept { try commit.insert(.prompts, prompt.row) }
        }
    }
}
