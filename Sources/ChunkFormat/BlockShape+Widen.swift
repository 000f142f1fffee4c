internal import Kernels
internal import Tensor

extension BlockShape {
    /// Decoded bytes of a floating-point column → f32, exact (`int8` is f32 already).
    ///
    /// - Precondition: `raw` holds exactly `target.count` numbers.
    public func widen(_ raw: RawSpan, into target: inout MutableSpan<Float>) {
        Widen.toFloat(raw, as: elementType, into: &target)
    }
}
