import Foundation
import Kernels
import Scan
import Store
import Tensor

/// The reads of the main set's store that are compared with other libraries, each checked against the data outside its time.
final class Reading {
    static let threads = max(1, ProcessInfo.processInfo.activeProcessorCount)
    private let data: DataSet
    private let snapshot: Snapshot
    private let capture: CaptureRecord
    private let reader: CaptureReader
    private var targets: [UnsafeMutableRawBufferPointer] = []
    private var expected: [Int: (sums: [Double], magnitudes: [Double])] = [:]

    init(_ path: String, _ data: DataSet) throws {
        self.data = data
        snapshot = try Snapshot.open(path)
        capture = snapshot.captures[0]
        reader = CaptureReader(capture, of: snapshot)
    }

    deinit {
        for target in targets { target.deallocate() }
    }

    // MARK: whole columns

    func scan(_ layers: [Int], checked: Bool = true) throws -> Double {
        let start = now()
        var sums: [ColumnSums] = []
        for layer in layers {
            let column = data.columns[layer]
            let scan = try ColumnScan(reader, column: column.id)
            sums.append(
                try scan.reduce(threads: Reading.threads) {
                    ColumnSums(width: column.width)
                } body: { sum, _, values in
                    sum.add(values)
                } merge: {
                    $0.add($1)
                })
        }
        let seconds = now() - start
        if checked { for (layer, sum) in zip(layers, sums) { try check(sum, layer) } }
        return seconds
    }

    /// All layers as they are stored into memory of the caller that is there already.
    func array() throws -> Double {
        if targets.isEmpty { targets = data.columns.map { Reading.memory($0.rowBytes * data.rows) } }
        let start = now()
        try readAll()
        let seconds = now() - start
        for layer in data.columns.indices {
            guard Reading.equal(targets[layer][...], data.bytes[layer][...]) else {
                throw BenchmarkError("layer \(layer): the numbers read are not those written")
            }
        }
        return seconds
    }

    private func readAll() throws {
        let step = 2048
        struct Piece { var layer: Int, chunk: Int, first: Int, count: Int }
        var pieces: [Piece] = []
        for layer in data.columns.indices {
            for (chunk, record) in capture.chunks.enumerated() {
                for first in stride(from: 0, to: record.rowCount, by: step) {
                    pieces.append(
                        Piece(layer: layer, chunk: chunk, first: first, count: min(step, record.rowCount - first)))
                }
            }
        }
        let readers = try capture.chunks.map { try snapshot.reader(for: $0) }
        nonisolated(unsafe) let targets = targets
        let columns = data.columns
        let firstRows = capture.chunks.map(\.firstRow)
        try ParallelScan.run(count: pieces.count, threads: Reading.threads, worker: { ReadScratch() }) {
            [pieces] scratch, index in
            let piece = pieces[index]
            let column = columns[piece.layer]
            let start = (firstRows[piece.chunk] + piece.first) * column.rowBytes
            let part = UnsafeMutableRawBufferPointer(
                rebasing: targets[piece.layer][start..<start + piece.count * column.rowBytes])
            var span = MutableRawSpan(_unsafeBytes: part)
            try readers[piece.chunk].read(
                column.id, rows: piece.first..<piece.first + piece.count, scratch: &scratch, into: &span)
        } merge: { _, _ in
        }
    }

    // MARK: parts

    /// Rows in any order, as f32.
    func rows(_ layer: Int, _ wanted: [Int]) throws -> Double {
        var found: [Float] = []
        let start = now()
        try reader.gather(data.columns[layer].id, rows: wanted, threads: Reading.threads, into: &found)
        let seconds = now() - start
        let width = data.columns[layer].width
        for (place, row) in wanted.enumerated() {
            try compare(found[place * width..<(place + 1) * width], layer, row..<row + 1)
        }
        return seconds
    }

    /// Median seconds of one stretch of rows as f32, over all the given ones; each goes into the same array.
    func slices(_ layer: Int, firsts: [Int], count: Int) throws -> Double {
        let column = data.columns[layer].id
        var found: [Float] = []
        var times: [Double] = []
        for first in firsts {
            let start = now()
            try reader.readFloats(column, rows: [RowRange(start: first, count: count)], into: &found)
            times.append(now() - start)
            try compare(found[...], layer, first..<first + count)
        }
        return median(times)
    }

    // MARK: checks

    private func compare(_ found: ArraySlice<Float>, _ layer: Int, _ rows: Range<Int>) throws {
        let right = widened(layer, rows)
        // No number here is NaN, so that equal floats are equal bits but for the sign of zero.
        guard found.count == right.count, found.elementsEqual(right) else {
            throw BenchmarkError("rows \(rows) of layer \(layer): the numbers read are not those written")
        }
    }

    /// Rows of the data as f32.
    private func widened(_ layer: Int, _ rows: Range<Int>) -> [Float] {
        let column = data.columns[layer]
        let part = data.bytes[layer][rows.lowerBound * column.rowBytes..<rows.upperBound * column.rowBytes]
        var floats = [Float](repeating: 0, count: rows.count * column.width)
        var target = floats.mutableSpan
        let source = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: part))
        Widen.toFloat(source, as: column.elementType, into: &target)
        return floats
    }

    private func check(_ sums: ColumnSums, _ layer: Int) throws {
        let right = expected[layer] ?? reference(layer)
        expected[layer] = right
        for (index, sum) in sums.values.enumerated() {
            // f32 sums of 200,000 numbers in any order: far closer than this, far from any wrong number.
            guard abs(Double(sum) - right.sums[index]) <= 1e-4 * right.magnitudes[index] + 1e-3 else {
                throw BenchmarkError("sum of column \(index) of layer \(layer): \(sum), not \(right.sums[index])")
            }
        }
    }

    private func reference(_ layer: Int) -> (sums: [Double], magnitudes: [Double]) {
        let width = data.columns[layer].width
        var sums = [Double](repeating: 0, count: width)
        var magnitudes = sums
        for first in stride(from: 0, to: data.rows, by: 256) {
            let values = widened(layer, first..<min(first + 256, data.rows))
            for start in stride(from: 0, to: values.count, by: width) {
                for index in 0..<width {
                    let value = Double(values[start + index])
                    sums[index] += value
                    magnitudes[index] += abs(value)
                }
            }
        }
        return (sums, magnitudes)
    }

    private static func equal(_ found: Slice<UnsafeMutableRawBufferPointer>, _ right: Slice<UnsafeRawBufferPointer>)
        -> Bool
    {
        guard let a = UnsafeMutableRawBufferPointer(rebasing: found).baseAddress,
            let b = UnsafeRawBufferPointer(rebasing: right).baseAddress
        else { return found.isEmpty && right.isEmpty }
        return found.count == right.count && memcmp(a, b, right.count) == 0
    }

    /// Memory whose pages are all there.
    private static func memory(_ count: Int) -> UnsafeMutableRawBufferPointer {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 4096)
        memory.initializeMemory(as: UInt8.self, repeating: 1)
        return memory
    }
}
