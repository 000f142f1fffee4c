internal import CKernels

/// Splitting elements into byte planes: all lowest bytes together, then the next, … so that LZ4 finds the exponents.
public enum BytePlanes {
    /// `destination[p · n + i] = source[i · width + p]` for n = bytes / width.
    ///
    /// - Precondition: both spans have the same length, a multiple of `width`.
    public static func split(_ source: RawSpan, into destination: inout MutableRawSpan, width: Int) {
        precondition(width > 0 && source.byteCount % width == 0 && destination.byteCount == source.byteCount)
        unsafe source.withUnsafeBytes { from in
            unsafe destination.withUnsafeMutableBytes { to in
                guard let from = from.baseAddress, let to = to.baseAddress else { return }
                unsafe varve_split_planes(
                    from.assumingMemoryBound(to: UInt8.self), to.assumingMemoryBound(to: UInt8.self),
                    source.byteCount / width, width)
            }
        }
    }

    /// The inverse of `split`.
    public static func join(_ source: RawSpan, into destination: inout MutableRawSpan, width: Int) {
        precondition(width > 0 && source.byteCount % width == 0 && destination.byteCount == source.byteCount)
        let count = source.byteCount / width
        unsafe source.withUnsafeBytes { from in
            unsafe destination.withUnsafeMutableBytes { to in
                guard let from = from.baseAddress, let to = to.baseAddress else { return }
                unsafe varve_join_planes(
                    from.assumingMemoryBound(to: UInt8.self), to.assumingMemoryBound(to: UInt8.self), count, width)
            }
        }
    }
}
