internal import CKernels

/// Products of rows on AMX tiles, the matrix unit of newer Intel processors: sums of bfloat16 products, several times as fast as f32
/// vectors. Numbers are cut into as many bfloat16 terms as precision asks for; see `varve_tile_gram`.
public struct TileGram: Sendable {
    /// Whether this process may use tiles: the processor and the system have them, and `VARVE_ISA` names no lesser set.
    public static var isAvailable: Bool { varve_tiles() != 0 }

    /// How much of every number counts.
    public enum Precision: Int32, Sendable, Hashable {
        /// 8 bits: a metric to step by.
        case coarse = 1
        /// 16 bits.
        case half
        /// All 24 bits of an f32.
        case whole

        /// Most rows that one product takes.
        public var rows: Int { Int(VARVE_TILE_ROWS) * (self == .coarse ? 3 : 1) }
    }

    private var memory: [UInt8] = []

    /// Takes memory as it is needed.
    public init() {}

    /// sum[i, j] += Σᵣ aᵣᵢaᵣⱼ + share · δᵢδⱼ − taken · oᵢoⱼ for i ≤ j < d with aᵣⱼ = wᵣ(xᵣⱼ − cⱼ): each group of 512 rows is summed in
    /// f32 (all rows where they are `coarse`), what lies beyond in double precision. The fewer bits the numbers of a column have after cⱼ is
    /// taken off, the faster: f16 and bf16 as they were stored take two terms and one. O(rows · d²).
    ///
    /// - Parameters:
    ///   - x: a matrix of `center.count` columns
    ///   - rows: which of its rows, at most `precision.rows`
    ///   - weights: w of each of those
    ///   - delta, offset: as many numbers as sums have rows: d = `center.count`, or one more for a column of ones behind the last
    ///   - sum: d rows, `stride` numbers from one to the next
    /// - Precondition: `isAvailable`.
    public mutating func add(
        _ x: Span<Float>, rows: Span<Int>, center: Span<Float>, weights: Span<Float>, precision: Precision,
        delta: Span<Double>, share: Double, offset: Span<Double>, taken: Double, to sum: inout MutableSpan<Double>,
        stride: Int
    ) {
        let (width, d) = (center.count, delta.count)
        precondition(Self.isAvailable, "no tiles here")
        precondition(rows.count <= precision.rows && weights.count == rows.count, "more rows than a product takes")
        precondition(
            (d == width || d == width + 1) && offset.count == d && stride >= d && sum.count >= d * stride,
            "a sum of another size")
        for place in rows.indices {
            precondition(rows[place] >= 0 && (rows[place] + 1) * width <= x.count, "a row beyond the matrix")
        }
        guard width > 0, rows.count > 0 else { return }
        let bytes = varve_tile_gram_bytes(d)
        if memory.count < bytes {
            memory = unsafe [UInt8](unsafeUninitializedCapacity: bytes) { _, count in count = bytes }
        }
        unsafe x.withUnsafeBufferPointer { x in
            unsafe rows.withUnsafeBufferPointer { rows in
                unsafe center.withUnsafeBufferPointer { center in
                    unsafe weights.withUnsafeBufferPointer { weights in
                        unsafe delta.withUnsafeBufferPointer { delta in
                            unsafe offset.withUnsafeBufferPointer { offset in
                                unsafe sum.withUnsafeMutableBufferPointer { sum in
                                    unsafe memory.withUnsafeMutableBytes { memory in
                                        var from = unsafe varve_tile_rows(
                                            x: x.baseAddress, rows: rows.baseAddress, n: rows.count, d: width,
                                            center: center.baseAddress, weight: weights.baseAddress,
                                            ones: d > width ? 1 : 0)
                                        var moves = unsafe varve_tile_moves(
                                            delta: delta.baseAddress, offset: offset.baseAddress, share: share,
                                            taken: taken)
                                        unsafe varve_tile_gram(
                                            &from, precision.rawValue, memory.baseAddress, &moves, sum.baseAddress,
                                            stride)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
