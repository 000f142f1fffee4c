internal import CKernels

/// Whether bytes that exponent tiers would copy look as if they repeated.
public enum Repetition {
    /// True where rows begin alike or a mantissa byte takes few values; a guess from about two thousand numbers.
    public static func isLikely(in raw: RawSpan, rowBytes: Int, elementBytes: Int) -> Bool {
        precondition(rowBytes > 0 && elementBytes > 0)
        return unsafe raw.withUnsafeBytes { from in
            guard let start = from.baseAddress else { return false }
            return unsafe varve_may_repeat(
                start.assumingMemoryBound(to: UInt8.self), from.count / rowBytes, rowBytes, elementBytes) != 0
        }
    }
}
