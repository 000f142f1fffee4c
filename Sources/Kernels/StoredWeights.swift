internal import CKernels
public import Tensor

/// What is done to a model's weights as they come from a file, in the form they are stored in.
public enum StoredWeights {
    /// Whether no number is NaN or infinite. Half precision only; see the other one for f32.
    public static func areFinite(_ numbers: Span<UInt16>, as type: ElementType) -> Bool {
        precondition(type == .float16 || type == .bfloat16, "not half precision")
        return unsafe numbers.withUnsafeBufferPointer { numbers in
            guard let start = numbers.baseAddress else { return true }
            return unsafe varve_all_finite_16(start, type == .float16 ? 0x7C00 : 0x7F80, numbers.count) != 0
        }
    }

    /// Whether no number is NaN or infinite.
    public static func areFinite(_ numbers: Span<Float>) -> Bool {
        unsafe numbers.withUnsafeBufferPointer { numbers in
            unsafe numbers.withMemoryRebound(to: UInt32.self) { bits in
                guard let start = bits.baseAddress else { return true }
                return unsafe varve_all_finite_32(start, bits.count) != 0
            }
        }
    }

    /// out[c · stride + r] = x[r, c] of x [rows, columns].
    public static func transpose(
        _ x: Span<UInt16>, rows: Int, columns: Int, into out: inout MutableSpan<UInt16>, stride: Int
    ) {
        guard rows > 0, columns > 0 else { return }
        precondition(x.count >= rows * columns && out.count >= (columns - 1) * stride + rows && stride >= rows)
        unsafe x.withUnsafeBufferPointer { x in
            unsafe out.withUnsafeMutableBufferPointer { out in
                guard let x = x.baseAddress, let out = out.baseAddress else { return }
                unsafe varve_transpose_16(x, out, rows, columns, stride)
            }
        }
    }

    /// out[c · stride + r] = x[r, c] of x [rows, columns].
    public static func transpose(
        _ x: Span<Float>, rows: Int, columns: Int, into out: inout MutableSpan<Float>, stride: Int
    ) {
        guard rows > 0, columns > 0 else { return }
        precondition(x.count >= rows * columns && out.count >= (columns - 1) * stride + rows && stride >= rows)
        unsafe x.withUnsafeBufferPointer { x in
            unsafe out.withUnsafeMutableBufferPointer { out in
                unsafe x.withMemoryRebound(to: UInt32.self) { x in
                    unsafe out.withMemoryRebound(to: UInt32.self) { out in
                        guard let x = x.baseAddress, let out = out.baseAddress else { return }
                        unsafe varve_transpose_32(x, out, rows, columns, stride)
                    }
                }
            }
        }
    }
}
