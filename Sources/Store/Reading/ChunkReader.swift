import ChunkFormat
import Synchronization
public import Tensor

/// Reads rows of one chunk file. Usable from several threads; every block is verified before it is decoded.
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
    private let places: [ColumnID: Int]
    /// Blocks that were only partly wanted, newest last: whoever reads on in order finds the rest here.
    private let recent = Mutex<[RecentBlock]>([])

    private struct RecentBlock {
        let column: Int
        let block: Int
        let bytes: [UInt8]
    }

    private static let recentLimit = 8

    init(path: String, name: String) throws(StoreError) {
        self.path = path
        self.name = name
        file = try ChunkFile(path: path)
        columns = file.footer.columns.map(\.spec)
        rowCount = file.footer.rowCount
        places = Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($0.element.id, $0.offset) })
    }

    /// What is known of a column without reading it; nil where the chunk has no such column.
    public func statistics(of column: ColumnID) -> ColumnStatistics? {
        places[column].map { file.footer.columns[$0].statistics }
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

    /// Reads rows in the column's stored element type, row-major. Only the blocks that hold them are touched.
    ///
    /// - Parameters:
    ///   - rows: counted within the chunk
    ///   - target: exactly `rows.count × rowBytes` bytes
    public func read(
        _ column: ColumnID, rows: Range<Int>, into target: inout MutableRawSpan
    ) throws(StoreError) {
        guard let place = places[column] else {
            throw StoreError(.unknown, "\(path): the chunk has no column \(column.canonicalName)")
        }
        let entry = file.footer.columns[place]
        let rowBytes = entry.spec.rowBytes
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows past the end of the chunk")
        precondition(target.byteCount == rows.count * rowBytes, "a target of another size than the rows")
        var row = rows.lowerBound
        while row < rows.upperBound {
            let block = row / entry.blockRows
            let start = block * entry.blockRows
            let end = min(start + entry.blockRows, rowCount)
            let next = min(end, rows.upperBound)
            let offset = (row - rows.lowerBound) * rowBytes
            var piece = target._mutatingExtracting(offset..<(offset + (next - row) * rowBytes))
            if row == start, next == end {
                try file.decode(
                    entry.blocks[block], shape: BlockShape(entry.spec),
                    what: ChunkFooter.blockName(block, of: column), into: &piece)
            } else {
                let bytes = try partialBlock(place, block, entry)
                let first = (row - start) * rowBytes
                ChunkReader.copy(bytes.rawSpan.extracting(first..<(first + piece.byteCount)), into: &piece)
            }
            row = next
        }
    }

    /// A whole block, from memory where it was read a moment ago.
    private func partialBlock(
        _ column: Int, _ block: Int, _ entry: ChunkFooter.Column
    ) throws(StoreError) -> [UInt8] {
        let known = recent.withLock { $0.last { $0.column == column && $0.block == block }?.bytes }
        if let known { return known }
        var bytes = [UInt8](repeating: 0, count: entry.blocks[block].rawLength)
        var span = bytes.mutableSpan
        var raw = unsafe span.mutableBytes
        try file.decode(
            entry.blocks[block], shape: BlockShape(entry.spec),
            what: ChunkFooter.blockName(block, of: entry.spec.id), into: &raw)
        let kept = bytes
        recent.withLock { recent in
            recent.removeAll { $0.column == column }
            if recent.count >= ChunkReader.recentLimit { recent.removeFirst() }
            recent.append(RecentBlock(column: column, block: block, bytes: kept))
        }
        return bytes
    }

    private static func copy(_ source: RawSpan, into target: inout MutableRawSpan) {
        unsafe source.withUnsafeBytes { from in
            unsafe target.withUnsafeMutableBytes { unsafe $0.copyMemory(from: from) }
        }
    }
}
