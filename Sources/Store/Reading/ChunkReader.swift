import ChunkFormat
import Synchronization
public import Tensor

/// Reads rows of one chunk file. Usable from several threads; the stored bytes of every block are verified before they are
/// decoded.
public final class ChunkReader: Sendable {
    /// The file.
    public let path: String
    /// The file's name: the digest of its bytes.
    public let name: String
    /// In file order.
    public let columns: [ColumnSpec]
    /// Rows of every column.
    public let rowCount: Int
    let file: ChunkFile
    let memory: ReadMemory
    /// Tells the reader apart from all others of the process.
    let serial = ChunkReader.serials.wrappingAdd(1, ordering: .relaxed).newValue
    private static let serials = Atomic(0)
    private let places: [ColumnID: Int]

    /// - Parameter memory: shared with other readers; nil for its own
    init(path: String, name: String, memory: ReadMemory? = nil) throws(StoreError) {
        self.path = path
        self.name = name
        self.memory = memory ?? ReadMemory()
        file = try ChunkFile(path: path)
        columns = file.footer.columns.map(\.spec)
        rowCount = file.footer.rowCount
        places = Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($0.element.id, $0.offset) })
    }

    /// What is known of a column without reading it; nil where the chunk has no such column.
    public func statistics(of column: ColumnID) -> ColumnStatistics? {
        places[column].map { file.footer.columns[$0].statistics }
    }

    /// Largest |stored − given| of a column's numbers: 0 unless its type is lossy. 0 for an unknown column.
    public func maximumError(of column: ColumnID) -> Double {
        places[column].map { file.footer.columns[$0].maximumError } ?? 0
    }

    /// Rows of each block of a column but the last: ranges cut there are read without waste. 0 for an unknown column.
    public func blockRows(of column: ColumnID) -> Int {
        places[column].map { file.footer.columns[$0].blockRows } ?? 0
    }

    /// Bytes that reading these rows takes from the file.
    public func storedBytes(of column: ColumnID, rows: Range<Int>) -> Int {
        guard let place = places[column], !rows.isEmpty else { return 0 }
        let entry = file.footer.columns[place]
        let last = min((rows.upperBound - 1) / entry.blockRows, entry.blocks.count - 1)
        return (rows.lowerBound / entry.blockRows...max(last, rows.lowerBound / entry.blockRows)).reduce(0) {
            $1 < entry.blocks.count ? $0 + entry.blocks[$1].storedLength : $0
        }
    }

    /// Bytes of memory that the chunk's directory takes, roughly.
    var directoryBytes: Int {
        file.footer.columns.reduce(1024) { $0 + 512 + $1.blocks.count * MemoryLayout<BlockEntry>.stride }
    }

    func place(of column: ColumnID) throws(StoreError) -> Int {
        guard let place = places[column] else {
            throw StoreError(.unknown, "\(path): the chunk has no column \(column.canonicalName)")
        }
        return place
    }
}
