import ChunkFormat
public import Tensor

/// What a store holds and what it takes on disk, from the chunk footers alone.
public struct StoreSummary: Sendable {
    /// One column of a capture over all its chunks.
    public struct Column: Sendable {
        /// Name, type and width.
        public let spec: ColumnSpec
        /// Committed rows.
        public internal(set) var rowCount = 0
        /// Before encoding.
        public internal(set) var rawBytes = 0
        /// In the files, without directories.
        public internal(set) var storedBytes = 0
        /// Blocks by encoding: `raw`, `planes` …
        public internal(set) var encodings: [String: Int] = [:]
        /// Smallest and largest value; nil where there is no number.
        public internal(set) var minimum: Double?
        /// Largest value; nil where there is no number.
        public internal(set) var maximum: Double?
        /// Values that are no number.
        public internal(set) var nanCount = 0

        /// Largest |stored − given|: 0 unless the element type is lossy (i8).
        public internal(set) var maximumError = 0.0
        /// Root of the mean squared |stored − given|: 0 unless the element type is lossy.
        public var rmsError: Double { rowCount > 0 ? (squaredErrors / Double(rowCount)).squareRoot() : 0 }
        /// Mean squared error times rows, over the chunks.
        fileprivate var squaredErrors = 0.0

        /// Raw bytes for each stored byte.
        public var ratio: Double { storedBytes > 0 ? Double(rawBytes) / Double(storedBytes) : 1 }
    }

    /// One capture with its columns in their order.
    public struct Capture: Sendable {
        /// The capture itself.
        public let record: CaptureRecord
        /// In file order.
        public let columns: [Column]
        /// Bytes of its chunk files: columns, prompts, directories.
        public let storedBytes: Int
        /// Of the columns before encoding.
        public let rawBytes: Int

        /// Raw bytes of the columns for each byte of the files.
        public var ratio: Double { storedBytes > 0 ? Double(rawBytes) / Double(storedBytes) : 1 }
    }

    /// The store's directory.
    public let path: String
    /// The store's identity.
    public let storeID: String
    /// Commits so far.
    public let generation: Int
    /// In order of their first commit.
    public let captures: [Capture]
    /// In order of their first commit.
    public let datasets: [DatasetRecord]
    /// Bytes of the catalogue.
    public let catalogBytes: Int

    /// Bytes of all chunk files.
    public var storedBytes: Int { captures.reduce(0) { $0 + $1.storedBytes } }
    /// Bytes of all columns before encoding.
    public var rawBytes: Int { captures.reduce(0) { $0 + $1.rawBytes } }
}

extension Snapshot {
    /// Reads every chunk's footer, no block. O(chunks).
    ///
    /// - Parameter chosen: the captures to look at; nil for all
    public func summary(of chosen: [CaptureRecord]? = nil) throws(StoreError) -> StoreSummary {
        var summaries: [StoreSummary.Capture] = []
        for capture in chosen ?? captures {
            var columns: [StoreSummary.Column] = []
            // Group by group: columns that are still being added are there too, with fewer rows.
            for group in capture.groups {
                let first = columns.count
                columns += group.columns.map { StoreSummary.Column(spec: $0) }
                for chunk in group.chunks {
                    let footer = try reader(for: chunk).file.footer
                    for (index, column) in footer.columns.enumerated() where index < group.columns.count {
                        columns[first + index].add(column, rows: footer.rowCount)
                    }
                }
            }
            summaries.append(
                StoreSummary.Capture(
                    record: capture, columns: columns, storedBytes: capture.storedBytes, rawBytes: capture.rawBytes))
        }
        return StoreSummary(
            path: path, storeID: storeID, generation: generation, captures: summaries, datasets: datasets,
            catalogBytes: try FileSystem.attributes(layout.catalog)?.size ?? 0)
    }
}

extension StoreSummary.Column {
    fileprivate mutating func add(_ column: ChunkFooter.Column, rows: Int) {
        rowCount += rows
        nanCount += column.statistics.nanCount
        maximumError = max(maximumError, column.maximumError)
        squaredErrors += column.rmsError * column.rmsError * Double(rows)
        for block in column.blocks {
            rawBytes += block.rawLength
            storedBytes += block.storedLength
            encodings[block.encoding.description, default: 0] += 1
        }
        guard !column.statistics.minimum.isNaN else { return }
        minimum = min(minimum ?? .infinity, column.statistics.minimum)
        maximum = max(maximum ?? -.infinity, column.statistics.maximum)
    }
}
