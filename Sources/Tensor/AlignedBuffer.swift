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
