import ChunkFormat
import Glibc
import Synchronization
import Tensor

/// A read-only view of one generation of a store: what was committed when it was opened, whatever is written since.
///
/// Usable from several threads. Opening costs one short transaction over the small tables.
public final class Snapshot: Sendable {
    /// The store's directory.
    public let path: String
    /// The store's identity, the same for its whole life.
    public let storeID: String
    /// Commits so far: equal generations of a store hold equal data.
    public let generation: Int
    /// In order of their first commit.
    public let models: [ModelRecord]
    /// In order of their first commit.
    public let datasets: [DatasetRecord]
    /// In order of their first commit.
    public let captures: [CaptureRecord]

    let layout: StoreLayout
    let catalog: Catalog
    let contents: CatalogContents
    /// Ordinals of the prompts that living captures have, for the datasets of which a capture was removed.
    let livingPrompts: [Int: Set<Int>]
    /// Keeps what this generation needs from being purged; nil where the store can't be locked (read-only media).
    private let lock: SharedLock?
    /// Open chunk files, the last ones used: stores may have more chunks than a process may have files.
    private let readers = Mutex(GenerationCache<Int, ChunkReader>(limit: Snapshot.readerCost))
    private let memory = ReadMemory()
    /// Prompts of captures and datasets, the last ones asked for: what checks a query and what answers it ask for the same.
    let promptTables = Mutex(GenerationCache<PromptOwner, PromptTable>(limit: 1 << 17))

    /// Whose prompts a table has, by its id.
    enum PromptOwner: Hashable {
        case capture(Int)
        case dataset(Int)
    }

    /// Bound of what open readers cost: each takes its directory's memory, and one part in 96 of this at least.
    private static let readerCost = 48 << 20

    /// Opens what is committed now.
    public static func open(_ path: String) throws(StoreError) -> Snapshot { try Snapshot(StoreLayout(path)) }

    /// The identity of a store, without opening it.
    public static func storeID(of path: String) throws(StoreError) -> String {
        try StoreDescriptor.read(StoreLayout(path)).uuid
    }

    private init(_ layout: StoreLayout) throws(StoreError) {
        self.layout = layout
        path = layout.path
        let descriptor = try StoreDescriptor.read(layout)
        storeID = descriptor.uuid
        lock = try SharedLock(layout)
        guard try FileSystem.attributes(layout.catalog) != nil else {
            throw StoreError(
                Corruption(path: layout.catalog, offset: 0, what: "catalogue", expected: "a file", found: "nothing"))
        }
        catalog = try Catalog.openForReading(layout, uuid: descriptor.uuid)
        (contents, livingPrompts) = try catalog.read { transaction in
            try transaction.checkGate(uuid: descriptor.uuid)
            let contents = try CatalogContents(transaction)
            return (contents, try contents.livingPrompts(transaction))
        }
        generation = contents.head.generation
        let (contents, living) = (contents, livingPrompts)
        models = contents.livingModels.sorted().compactMap { contents.models[$0] }
        datasets = contents.livingDatasets.sorted().map { id in
            DatasetRecord(
                name: contents.datasets[id] ?? "",
                promptCount: living[id]?.count ?? contents.promptCounts[id] ?? 0,
                columns: contents.datasetColumns[id] ?? [])
        }
        captures = try contents.captureRecords(layout.catalog)
    }

    /// The capture of that model and dataset; nil where there is none.
    public func capture(model: String, dataset: String) -> CaptureRecord? {
        captures.first { $0.model == model && $0.dataset == dataset }
    }

    /// The text bytes of every token id of the capture's tokenizer.
    public func tokenPieces(of capture: CaptureRecord) throws(StoreError) -> [[UInt8]] {
        let bytes = try catalog.read { try $0.tokenPieces(capture.tokenizerID) }
        return try orStoreError { () throws(Corruption) in try TokenPieces.decode(bytes, path: layout.catalog) }
    }

    /// A chunk's reader, from memory where it was used lately; otherwise reads and checks the file's header, trailer and
    /// footer. A bounded number of files stays open.
    public func reader(for chunk: ChunkRecord) throws(StoreError) -> ChunkReader {
        if let known = readers.withLock({ $0.value(for: chunk.id) }) { return known }
        let reader = try ChunkReader(
            path: layout.chunk(chunk.name), name: chunk.name, memory: memory)
        guard reader.rowCount == chunk.rowCount else {
            throw StoreError(
                Corruption(
                    path: reader.path, offset: 0, what: "chunk file", expected: "\(chunk.rowCount) rows",
                    found: "\(reader.rowCount)"))
        }
        let cost = max(reader.directoryBytes, Snapshot.readerCost / 96)
        return readers.withLock { readers in
            if let known = readers.value(for: chunk.id) { return known }
            readers.insert(reader, for: chunk.id, cost: cost)
            return reader
        }
    }
}

extension Snapshot {
    /// Lends scratch that earlier reads have used, so that a read of a few rows allocates nothing.
    public func withScratch<Result: ~Copyable>(
        _ body: (inout ReadScratch) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        var scratch = memory.takeScratch()
        do throws(StoreError) {
            let result = try body(&scratch)
            memory.giveBack(scratch)
            return result
        } catch {
            memory.giveBack(scratch)
            throw error
        }
    }
}

/// A shared lock on `readers.lock`, held as long as the object lives.
private final class SharedLock: Sendable {
    private let file: OpenFile

    /// How long a reader waits for a purge to end.
    private static let patience = Duration.seconds(30)

    /// nil where the medium or the rights forbid it; a reader never writes to a store.
    init?(_ layout: StoreLayout) throws(StoreError) {
        do throws(StoreError) {
            var file = try FileSystem.open(layout.readersLock, O_RDONLY)
            let deadline = ContinuousClock.now + SharedLock.patience
            while try !file.lock(exclusively: false) {
                guard ContinuousClock.now < deadline else {
                    throw StoreError(.locked, "\(layout.path): a purge is running; try again when it is over")
                }
                usleep(20_000)
            }
            self.file = file
        } catch {
            if error.kind == .locked { throw error }
            return nil
        }
    }
}

extension CatalogContents {
    /// One record a capture, with the chunks committed so far.
    func captureRecords(_ path: String) throws(StoreError) -> [CaptureRecord] {
        var tokenizerIDs: [String: Int] = [:]
        for (id, digest) in tokenizers { tokenizerIDs[digest] = id }
        var records: [CaptureRecord] = []
        for row in captures.values.sorted(by: { $0.id < $1.id }) {
            let members = groups(of: row.id)
            guard let model = models[row.model], let dataset = datasets[row.dataset],
                let tokenizer = tokenizerIDs[model.tokenizerDigest], let base = members.first, base.ordinal == 0
            else {
                throw StoreError.damagedCatalog(
                    path, "capture \(row.id)", expected: "its model, dataset, tokenizer and first columns",
                    found: "one is missing")
            }
            let isComplete = base.promptCount == row.promptCount
            let visible = members.filter {
                $0.ordinal == 0 || (isComplete && $0.promptCount == row.promptCount)
            }
            records.append(
                CaptureRecord(
                    id: row.id, model: model.name, dataset: dataset, isComplete: isComplete, rowCount: base.rowCount,
                    promptCount: base.promptCount, plannedRowCount: row.rowCount, plannedPromptCount: row.promptCount,
                    architecture: model.architecture, layerCount: model.layerCount, hiddenSize: model.hiddenSize,
                    columns: visible.flatMap(\.columns), chunks: base.chunks.map(\.record),
                    groups: members.map { group in
                        ColumnGroupRecord(
                            id: group.id, ordinal: group.ordinal,
                            isComplete: isComplete && group.promptCount == row.promptCount, columns: group.columns,
                            chunks: group.chunks.map(\.record), specDigest: group.specDigest,
                            chunkBytes: group.chunkBytes)
                    }, latentSpaces: visible.flatMap(\.latentSpaces),
                    adapterModules: visible.flatMap(\.adapterModules), modelDigest: model.digest,
                    tokenizerDigest: model.tokenizerDigest, adapterDigest: model.adapterDigest,
                    specDigest: base.specDigest, tokenizerID: tokenizer, datasetID: row.dataset))
        }
        return records
    }
}
