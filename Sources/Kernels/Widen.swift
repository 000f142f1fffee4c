internal import CKernels
public import Tensor

/// Whole-buffer conversions between stored element types and f32.
public enum Widen {
    /// Stored floating-point bytes → f32, exact.
    ///
    /// - Precondition: `type` is floating-point and `source` holds exactly `destination.count` elements.
    public static func toFloat(_ source: RawSpan, as type: ElementType, into destination: inout MutableSpan<Float>) {
        precondition(type.isFloatingPoint && source.byteCount == destination.count * type.byteCount)
        unsafe source.withUnsafeBytes { from in
            unsafe destination.withUnsafeMutableBufferPointer { to in
                guard let from = from.baseAddress, let target = to.baseAddress else { return }
                switch type {
                case .float16:
                    unsafe varve_widen_f16(from.assumingMemoryBound(to: UInt16.self), target, to.count)
                case .bfloat16:
                    unsafe varve_widen_bf16(from.assumingMemoryBound(to: UInt16.self), target, to.count)
                default:
                    unsafe UnsafeMutableRawPointer(target).copyMemory(from: from, byteCount: to.count * 4)
                }
            }
        }
    }

    /// f32 → stored floating-point bytes, round to nearest even; f32 is copied bit for bit.
    ///
    /// - Precondition: `type` is floating-point and `destination` has room for exactly `source.count` elements.
    public static func fromFloat(_ source: Span<Float>, to type: ElementType, into destination: inout MutableRawSpan) {
        precondition(type.isFloatingPoint && destination.byteCount == source.count * type.byteCount)
        unsafe source.withUnsafeBufferPointer { from in
            unsafe destination.withUnsafeMutableBytes { to in
                guard let start = from.baseAddress, let target = to.baseAddress else { return }
                switch type {
                case .float16:
                    unsafe varve_narrow_f16(start, target.assumingMemoryBound(to: UInt16.self), from.count)
                case .bfloat16:
                    unsafe varve_narrow_bf16(start, target.assumingMemoryBound(to: UInt16.self), from.count)
                default:
                    unsafe target.copyMemory(from: start, byteCount: from.count * 4)
                }
            }
        }
    }
}
