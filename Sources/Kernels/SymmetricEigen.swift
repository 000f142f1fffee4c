internal import CBLAS

/// Eigenvalues and eigenvectors of a symmetric matrix in double precision (LAPACK's relatively robust representations).
public struct SymmetricEigen: Sendable {
    /// Rows and columns of the matrix.
    public let size: Int
    /// In falling order.
    public let values: [Double]
    /// values.count × size: the unit vector of value i is row i.
    public let vectors: [Double]

    /// The `count` largest eigenvalues (all where nil) of a size × size matrix, row-major; its upper triangle is read. nil
    /// where LAPACK finds none, as for a matrix that isn't finite, and where the work was cancelled. O(size³).
    public init?(_ matrix: [Double], size: Int, largest count: Int? = nil) {
        precondition(matrix.count == size * size, "a square has size × size numbers")
        let wanted = min(count ?? size, size)
        self.size = size
        guard wanted > 0 else {
            values = []
            vectors = []
            return
        }
        guard matrix.allSatisfy(\.isFinite),
            let pairs = Abandonable.value(
                isLong: size >= 512, { SymmetricEigen.pairs(matrix, size: size, wanted: wanted) })
        else { return nil }
        (values, vectors) = pairs
    }

    private static func pairs(_ matrix: [Double], size: Int, wanted: Int) -> ([Double], [Double])? {
        var a = matrix
        var found = [Double](repeating: 0, count: size)
        var z = [Double](repeating: 0, count: size * wanted)
        var support = [Int32](repeating: 0, count: 2 * wanted)
        // Without a query: LAPACK's documented 26 n and 10 n, and room for blocks.
        var work = [Double](repeating: 0, count: 64 * size)
        var integers = [Int32](repeating: 0, count: 10 * size)
        var n = Int32(size)
        var low = Int32(size - wanted + 1)
        var high = n
        var bound = 0.0
        var tolerance = 0.0
        var met: Int32 = 0
        var workSize = Int32(work.count)
        var integerSize = Int32(integers.count)
        var info: Int32 = 0
        unsafe a.withUnsafeMutableBufferPointer { a in
            unsafe found.withUnsafeMutableBufferPointer { w in
                unsafe z.withUnsafeMutableBufferPointer { z in
                    unsafe support.withUnsafeMutableBufferPointer { support in
                        unsafe work.withUnsafeMutableBufferPointer { work in
                            unsafe integers.withUnsafeMutableBufferPointer { integers in
                                // Row-major upper is what Fortran calls lower.
                                unsafe dsyevr_(
                                    "V", wanted == size ? "A" : "I", "L", &n, a.baseAddress, &n, &bound, &bound, &low,
                                    &high, &tolerance, &met, w.baseAddress, z.baseAddress, &n, support.baseAddress,
                                    work.baseAddress, &workSize, integers.baseAddress, &integerSize, &info)
                            }
                        }
                    }
                }
            }
        }
        guard info == 0, Int(met) == wanted else { return nil }
        var falling: [Double] = []
        falling.reserveCapacity(z.count)
        for k in (0..<wanted).reversed() { falling += z[k * size..<(k + 1) * size] }
        return (found[0..<wanted].reversed(), falling)
    }
}
