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
    /// Keeps what this generation needs from being purged; nil where the store can't be locked (read-only media).
    private let lock: SharedLock?
    /// Open chunk files, the last ones used: stores may have more chunks than a process may have files.
    private let readers = Mutex(GenerationCache<Int, ChunkReader>(limit: Snapshot.readerCost))
    private let memory = ReadMemory()

    /// Bound of what open readers cost: each takes its directory's memory, and one part in 96 of this at least.
    private static let readerCost = 48 << 20

    /// Opens what is committed now.
    public static func open(_ path: String) throws(StoreError) -> Snapshot { try Snapshot(StoreLayout(path)) }

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
        catalog = try Catalog(path: layout.catalog, access: .readOnly)
        contents = try catalog.read { transaction in
            try transaction.checkGate(uuid: descriptor.uuid)
            return try CatalogContents(transaction)
        }
        generation = contents.head.generation
        let contents = contents
        models = contents.models.sorted { $0.key < $1.key }.map(\.value)
        datasets = contents.datasets.sorted { $0.key < $1.key }.map { id, name in
            DatasetRecord(
                name: name, promptCount: contents.promptCount(ofDataset: id),
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
            path: layout.chunk(chunk.name), name: chunk.name, number: chunk.id, memory: memory)
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

/// A shared lock on `readers.lock`, held as long as the object lives.
private final class SharedLock: Sendable {
    private let file: OpenFile

    /// nil where the medium or the rights forbid it; a reader never writes to a store.
    init?(_ layout: StoreLayout) throws(StoreError) {
        do throws(StoreError) {
            file = try FileSystem.open(layout.readersLock, O_RDONLY)
            guard try file.lock(exclusively: false) else {
                throw StoreError(.locked, "\(layout.path): a purge is running; try again")
            }
        } catch {
            if error.kind == .locked { throw error }
            return nil
        }
    }
}

extension CatalogContents {
    /// One record a capture, with the chunks committed so far.
    func captureRecords(_ path: String) throws(StoreError) -> [CaptureRecord] {
        var members: [Int: [ChunkRecord]] = [:]
        for chunk in chunks { members[chunk.capture, default: []].append(chunk.record) }
        var records: [CaptureRecord] = []
        for row in captures {
            guard let model = models[row.model], let dataset = datasets[row.dataset],
                let tokenizer = tokenizerID(model.tokenizerDigest)
            else {
                throw StoreError.damagedCatalog(
                    path, "capture \(row.id)", expected: "its model, dataset and tokenizer", found: "one is missing")
            }
            let chunks = members[row.id] ?? []
            let promptCount = chunks.reduce(0) { $0 + $1.promptCount }
            records.append(
                CaptureRecord(
                    id: row.id, model: model.name, dataset: dataset, isComplete: promptCount == row.promptCount,
                    rowCount: chunks.reduce(0) { $0 + $1.rowCount }, promptCount: promptCount,
                    plannedRowCount: row.rowCount, plannedPromptCount: row.promptCount,
                    architecture: model.architecture, layerCount: model.layerCount, hiddenSize: model.hiddenSize,
                    columns: columns[row.id] ?? [], chunks: chunks, latentSpaces: latentSpaces[row.id] ?? [],
                    adapterModules: adapterModules[row.id] ?? [], modelDigest: model.digest,
                    tokenizerDigest: model.tokenizerDigest, adapterDigest: model.adapterDigest,
                    specDigest: row.specDigest, tokenizerID: tokenizer, datasetID: row.dataset))
        }
        return records
    }
}
