import Foundation
import Store
import Tensor

/// A set of columns that `data.py` made: its description and, mapped, its bytes.
final class DataSet: Sendable {
    struct Column: Decodable {
        let name: String
        let type: String
        let width: Int
        let file: String
    }
    struct Entry: Decodable {
        let about: String
        let rows: Int
        let latents: Int
        let columns: [Column]
    }
    private struct Manifest: Decodable { let sets: [String: Entry] }

    /// Tokens of a prompt; the last prompt takes what is left.
    static let promptLength = 128

    let name: String
    let entry: Entry
    let columns: [ColumnSpec]
    private let folder: String
    /// The mapped files; empty until `map`.
    nonisolated(unsafe) private(set) var bytes: [UnsafeRawBufferPointer] = []

    init(folder: String, name: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/data.json"))
        guard let entry = try JSONDecoder().decode(Manifest.self, from: data).sets[name] else {
            throw BenchmarkError("no data set \(name)")
        }
        self.folder = folder
        self.name = name
        self.entry = entry
        columns = try entry.columns.map { column in
            let autoencoder = Site(.sae, layer: 0, part: "bench")
            let id: ColumnID? =
                switch column.name {
                case "index": .latentIndex(autoencoder)
                case "value": .latentValue(autoencoder)
                default: ColumnID(canonical: column.name)
                }
            guard let id, let type = ElementType(rawValue: column.type) else {
                throw BenchmarkError("column \(column.name) of type \(column.type)")
            }
            return ColumnSpec(id: id, elementType: type, width: column.width)
        }
    }

    var rows: Int { entry.rows }
    var rawBytes: Int { columns.reduce(0) { $0 + $1.rowBytes * rows } }

    /// Maps every column with all its pages present, so that no writer pays for reading its source.
    func map() throws {
        guard bytes.isEmpty else { return }
        bytes = try entry.columns.indices.map { index in
            let file = try openFile(index)
            defer { close(file) }
            let count = columns[index].rowBytes * rows
            let memory = mmap(nil, count, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0)
            guard let memory, memory != MAP_FAILED else { throw BenchmarkError("mmap: errno \(errno)") }
            return UnsafeRawBufferPointer(start: memory, count: count)
        }
    }

    /// The mapped rows of a chunk.
    func rows(of chunk: PlannedChunk, column: Int) -> UnsafeRawBufferPointer {
        let size = columns[column].rowBytes
        return UnsafeRawBufferPointer(
            rebasing: bytes[column][chunk.firstRow * size..<(chunk.firstRow + chunk.rowCount) * size])
    }

    /// Rows of a column from the file by `pread`, for runs whose own memory is measured.
    func read(column: Int, rows range: Range<Int>, into buffer: inout [UInt8]) throws {
        let file = try openFile(column)
        defer { close(file) }
        let row = columns[column].rowBytes
        if buffer.count != range.count * row { buffer = [UInt8](repeating: 0, count: range.count * row) }
        let count = buffer.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, range.lowerBound * row) }
        guard count == buffer.count else { throw BenchmarkError("short read of \(entry.columns[column].file)") }
    }

    private func openFile(_ column: Int) throws -> Int32 {
        let file = open(folder + "/" + entry.columns[column].file, O_RDONLY)
        guard file >= 0 else { throw BenchmarkError("cannot open \(entry.columns[column].file): errno \(errno)") }
        return file
    }

    var prompts: [PromptRecord] {
        stride(from: 0, to: rows, by: DataSet.promptLength).map { first in
            PromptRecord(
                key: "p\(first / DataSet.promptLength)", source: "window \(first / DataSet.promptLength)",
                tokenCount: min(DataSet.promptLength, rows - first))
        }
    }

    var spec: CaptureSpec {
        var spaces: [LatentSpace] = []
        if entry.latents > 0, let column = columns.first, let site = column.id.site {
            spaces.append(LatentSpace(site: site, latents: entry.latents, topK: column.width, digest: name))
        }
        return CaptureSpec(
            model: "bench", dataset: name, modelDigest: name, tokenizerDigest: "none", architecture: "bench",
            layerCount: columns.count, hiddenSize: columns[0].width, columns: columns, latentSpaces: spaces)
    }
}

struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
    init(_ text: String) { description = text }
}

/// Seconds on a clock that only goes forward.
func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
