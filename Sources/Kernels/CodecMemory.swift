/// Addresses of what a codec reads, writes and works in; nil where one of them is empty.
@unsafe func withCodecMemory<R>(
    _ source: RawSpan, _ target: inout MutableRawSpan, _ work: inout MutableRawSpan,
    _ body: (UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<UInt8>) -> R
) -> R? {
    unsafe source.withUnsafeBytes { from in
        unsafe target.withUnsafeMutableBytes { to in
            unsafe work.withUnsafeMutableBytes { work in
                guard let from = from.baseAddress, let to = to.baseAddress, let work = work.baseAddress else {
                    return nil
                }
                return unsafe body(
                    from.assumingMemoryBound(to: UInt8.self), to.assumingMemoryBound(to: UInt8.self),
                    work.assumingMemoryBound(to: UInt8.self))
            }
        }
    }
}

/// The same without memory to work in.
@unsafe func withCodecMemory<R>(
    _ source: RawSpan, _ target: inout MutableRawSpan,
    _ body: (UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>) -> R
) -> R? {
    unsafe source.withUnsafeBytes { from in
        unsafe target.withUnsafeMutableBytes { to in
            guard let from = from.baseAddress, let to = to.baseAddress else { return nil }
            return unsafe body(from.assumingMemoryBound(to: UInt8.self), to.assumingMemoryBound(to: UInt8.self))
        }
    }
}
