extension [UInt8] {
    /// The array's bytes, for what takes a `RawSpan`.
    public var rawSpan: RawSpan {
        @_lifetime(borrow self) get {
            // A byte has no padding, so looking at its bytes is always defined.
            unsafe span.bytes
        }
    }
}
