import ChunkFormat
import Foundation
import Tensor

/// Encoding and decoding of single blocks on one core, without files: GB/s of raw bytes. Which instructions run is decided by the
/// environment variable `VARVE_ISA` when the process starts.
struct BlockSpeeds: Encodable {
    struct Column: Encodable {
        let type: String
        let ratio: Double
        let encode: Double
        let decode: Double
        let decodeToFloats: Double?
        let encodings: [String: Int]
    }
    let set: String
    let columns: [Column]

    /// - Parameter blocks: of each column, spread over all its rows
    static func measure(_ data: DataSet, blocks: Int, rounds: Int) throws -> BlockSpeeds {
        try data.map()
        return BlockSpeeds(
            set: data.name,
            columns: try data.columns.indices.map { try column(data, $0, blocks: blocks, rounds: rounds) })
    }

    private static func column(_ data: DataSet, _ index: Int, blocks: Int, rounds: Int) throws -> Column {
        let spec = data.columns[index]
        let shape = BlockShape(spec)
        let rows = min(spec.blockRows, data.rows)
        let count = max(1, min(blocks, data.rows / rows))
        let length = rows * spec.rowBytes
        let raws = (0..<count).map { block in
            let start = block * (data.rows / count) * spec.rowBytes
            return UnsafeRawBufferPointer(rebasing: data.bytes[index][start..<start + length])
        }
        var encoder = BlockEncoder()
        var stored: [[UInt8]] = []
        var entries: [BlockEntry] = []
        var encodings: [String: Int] = [:]
        var encodeTimes: [Double] = []
        for round in 0..<rounds {
            var total = 0.0
            for raw in raws {
                let span = RawSpan(_unsafeBytes: raw)
                let start = now()
                let encoding = encoder.encode(span, shape: shape)
                total += now() - start
                guard round == 0 else { continue }
                let bytes = encoding == .raw ? Array(raw) : encoder.stored.withUnsafeBytes { Array($0) }
                stored.append(bytes)
                encodings[encoding.description, default: 0] += 1
                entries.append(
                    BlockEntry(
                        offset: 0, storedLength: bytes.count, rawLength: length, encoding: encoding,
                        storedChecksum: encoder.storedChecksum, rawChecksum: encoder.rawChecksum))
            }
            encodeTimes.append(total)
        }
        let raw = Double(length * count) / 1e9
        var scratch = DecodeScratch()
        var target = AlignedBuffer(byteCount: length)
        let decode = try best(rounds) {
            for block in 0..<count {
                let piece = stored[block]
                var bytes = target.mutableSpan(of: UInt8.self, count: length)
                var span = bytes.mutableBytes
                try BlockDecoder.decode(
                    piece.span.bytes, entry: entries[block], shape: shape, scratch: &scratch, into: &span,
                    path: "memory", what: "block")
            }
        }
        var toFloats: Double?
        if shape.elementType.isFloatingPoint, shape.elementType != .float32 {
            var floats = AlignedBuffer(byteCount: length / spec.elementType.byteCount * 4)
            toFloats =
                raw
                / (try best(rounds) {
                    for block in 0..<count {
                        let piece = stored[block]
                        var span = floats.mutableSpan(of: Float.self, count: length / spec.elementType.byteCount)
                        try BlockDecoder.decodeFloats(
                            piece.span.bytes, entry: entries[block], shape: shape, scratch: &scratch, into: &span,
                            path: "memory", what: "block")
                    }
                })
        }
        let storedBytes = stored.reduce(0) { $0 + $1.count }
        return Column(
            type: spec.elementType.rawValue, ratio: Double(length * count) / Double(storedBytes),
            encode: raw / median(encodeTimes), decode: raw / decode, decodeToFloats: toFloats, encodings: encodings)
    }

    private static func best(_ rounds: Int, _ body: () throws -> Void) rethrows -> Double {
        try body()
        var times: [Double] = []
        for _ in 0..<rounds {
            let start = now()
            try body()
            times.append(now() - start)
        }
        return median(times)
    }
}
