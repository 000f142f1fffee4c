import Kernels
import Tensor
import Testing

@Suite struct FewRowsTests {
    /// Every number of rows, widths that end within a vector, all types.
    @Test(arguments: [ElementType.float32, .float16, .bfloat16]) func equalsTheLongWay(type: ElementType) {
        FewRowsTests.check(type, [(beta: 0, threads: 1), (beta: 1, threads: 1)])
    }

    /// In a process of its own: how many threads BLAS takes holds for all of it, and with several other tests' last bits change.
    @Test func equalsTheLongWayOnSeveralThreads() async {
        await #expect(processExitsWith: .success) {
            for type in [ElementType.float32, .float16, .bfloat16] { FewRowsTests.check(type, [(beta: 1, threads: 3)]) }
        }
    }

    private static func check(_ type: ElementType, _ cases: [(beta: Float, threads: Int)]) {
        for (n, k) in [(1, 1), (3, 15), (2, 16), (7, 33), (300, 877)] {
            let numbers = (0..<n * k).map { Float(($0 * 37 + 11) % 61) / 32 - 1 }
            var stored = [UInt8](repeating: 0, count: n * k * type.byteCount)
            var target = stored.mutableSpan
            var raw = unsafe target.mutableBytes
            Widen.fromFloat(numbers.span, to: type, into: &raw)
            for m in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19] {
                let a = (0..<m * k).map { Float(($0 * 13 + 5) % 41) / 16 - 1 }
                let before = (0..<m * n).map { Float($0 % 9) }
                for (beta, threads) in cases {
                    if threads > 1 { CPU.setBlasThreads(threads) }
                    var found = before
                    var span = found.mutableSpan
                    unsafe MatrixMultiply.fewRows(
                        a.span, stored.span.bytes, as: type, into: &span, m: m, n: n, k: k, beta: beta)
                    for row in 0..<m {
                        for column in 0..<n {
                            var sum = Double(beta * before[row * n + column])
                            for j in 0..<k { sum += Double(a[row * k + j]) * Double(numbers[column * k + j]) }
                            let error = abs(Double(found[row * n + column]) - sum)
                            #expect(error <= 1e-5 * Double(k), "\(m) rows, \(n) × \(k): \(error)")
                        }
                    }
                }
            }
        }
    }
}
