/// Memory that several threads fill at once, each parts of its own.
@safe public struct DisjointFloats: Sendable {
    private nonisolated(unsafe) let start: UnsafeMutablePointer<Float>?
    private let count: Int

    /// Valid as long as the buffer is.
    @unsafe public init(_ buffer: UnsafeMutableBufferPointer<Float>) {
        unsafe start = buffer.baseAddress
        count = buffer.count
    }

    /// Some of the numbers, for writing. Parts in use at the same time must not overlap: that is the caller's to see to.
    @unsafe @_lifetime(borrow self)
    public func part(_ range: Range<Int>) -> MutableSpan<Float> {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "a part past the end")
        guard let start = unsafe start else { preconditionFailure("a part of no memory") }
        let span = unsafe MutableSpan(_unsafeStart: start + range.lowerBound, count: range.count)
        return unsafe _overrideLifetime(span, borrowing: self)
    }
}
