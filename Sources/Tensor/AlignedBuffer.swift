internal import Glibc

/// Owned memory, 64-byte aligned, zeroed at birth and freed with its owner.
///
/// The one place where the project allocates raw memory; kernels and decoders write straight into it. The one type whose
/// sendability the compiler can't check: it owns its bytes alone, and safe access to them follows Swift's exclusivity.
@safe public struct AlignedBuffer: ~Copyable, @unchecked Sendable {
    /// Address of the first byte. Only C edges and kernels should need it.
    public let pointer: UnsafeMutableRawPointer
    /// Usable bytes.
    public let byteCount: Int

    /// - Parameter byteCount: ≥ 0. A buffer of no bytes still has an address.
    public init(byteCount: Int) {
        precondition(byteCount >= 0, "a buffer has no negative size")
        self.byteCount = byteCount
        unsafe pointer = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 64), alignment: 64)
        unsafe pointer.initializeMemory(as: UInt8.self, repeating: 0, count: max(byteCount, 64))
    }

    /// Memory that holds anything: for what is written before it is read. Large memory asks for large pages, which take a
    /// tenth of the time to come by.
    ///
    /// - Parameter byteCount: ≥ 0
    public init(uninitialized byteCount: Int) {
        precondition(byteCount >= 0, "a buffer has no negative size")
        self.byteCount = byteCount
        let isLarge = byteCount >= AlignedBuffer.largePage
        unsafe pointer = UnsafeMutableRawPointer.allocate(
            byteCount: max(byteCount, 64), alignment: isLarge ? AlignedBuffer.largePage : 64)
        unsafe AlignedBuffer.preferLargePages(UnsafeMutableRawBufferPointer(start: pointer, count: byteCount))
    }

    /// Asks for large pages where memory hasn't been touched yet. A wish: without them all works as well.
    @unsafe public static func preferLargePages(_ memory: UnsafeMutableRawBufferPointer) {
        guard memory.count >= 4 * largePage, let start = memory.baseAddress else { return }
        // The call takes whole pages.
        let skipped = (4096 - Int(bitPattern: start) % 4096) % 4096
        unsafe _ = madvise(start + skipped, (memory.count - skipped) / 4096 * 4096, MADV_HUGEPAGE)
    }

    private static let largePage = 2 << 20

    deinit { unsafe pointer.deallocate() }

    /// The bytes, for reading.
    public var bytes: RawSpan {
        @_lifetime(borrow self) get {
            let span = unsafe RawSpan(_unsafeStart: pointer, byteCount: byteCount)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The first `count` elements as numbers of type `T`.
    @_lifetime(borrow self)
    public func span<T: BitwiseCopyable>(of type: T.Type, count: Int) -> Span<T> {
        precondition(count >= 0 && count * MemoryLayout<T>.stride <= byteCount, "span past the end of the buffer")
        let span = unsafe Span(_unsafeStart: pointer.assumingMemoryBound(to: type), count: count)
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// The first `count` elements as numbers of type `T`, for writing.
    @_lifetime(&self)
    public mutating func mutableSpan<T: BitwiseCopyable>(of type: T.Type, count: Int) -> MutableSpan<T> {
        precondition(count >= 0 && count * MemoryLayout<T>.stride <= byteCount, "span past the end of the buffer")
        let span = unsafe MutableSpan(_unsafeStart: pointer.assumingMemoryBound(to: type), count: count)
        return unsafe _overrideLifetime(span, mutating: &self)
    }
}
