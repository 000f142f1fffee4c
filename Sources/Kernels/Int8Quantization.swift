internal import CKernels

/// A signed byte a number with a scale per dimension: lossy. `quantize.h` has the layout.
public enum Int8Quantization {
    /// What quantising lost.
    public struct Loss: Sendable, Hashable {
        /// Largest |decoded − given| of the finite numbers.
        public var maximumError: Double
        /// Sum of its squares.
        public var squaredErrors: Double
        /// How many finite numbers there were.
        public var count: Int
    }

    /// f32 scale[width], then rows × width bytes.
    public static func encodedBytes(rows: Int, width: Int) -> Int { width * 4 + rows * width }

    /// Quantises rows × width floats.
    ///
    /// - Parameters:
    ///   - target: exactly `encodedBytes`, 4-byte aligned
    ///   - decoded: as many bytes as `raw`; gets the floats that decoding will give
    public static func encode(
        _ raw: RawSpan, width: Int, into target: inout MutableRawSpan, decoded: inout MutableRawSpan
    ) -> Loss {
        let rows = raw.byteCount / (width * 4)
        precondition(raw.byteCount == rows * width * 4 && decoded.byteCount == raw.byteCount, "part of a row")
        precondition(target.byteCount == encodedBytes(rows: rows, width: width), "a target of another size")
        var out = [0.0, 0.0, 0.0]
        var outSpan = out.mutableSpan
        unsafe outSpan.withUnsafeMutableBufferPointer { out in
            _ = unsafe withCodecMemory(raw, &target, &decoded) { from, to, back in
                unsafe UnsafeRawPointer(from).withMemoryRebound(to: Float.self, capacity: rows * width) { from in
                    unsafe UnsafeMutableRawPointer(back).withMemoryRebound(to: Float.self, capacity: rows * width) {
                        unsafe varve_int8_encode(from, rows, width, to, $0, out.baseAddress)
                    }
                }
            }
        }
        return Loss(maximumError: out[0], squaredErrors: out[1], count: Int(out[2]))
    }

    /// Restores rows × width floats; false where the bytes are of another length.
    public static func decode(_ stored: RawSpan, width: Int, into target: inout MutableSpan<Float>) -> Bool {
        let rows = target.count / width
        guard stored.byteCount == encodedBytes(rows: rows, width: width) else { return false }
        return unsafe stored.withUnsafeBytes { from in
            unsafe target.withUnsafeMutableBufferPointer { to in
                guard let from = from.baseAddress, let to = to.baseAddress else { return false }
                unsafe varve_int8_decode(from.assumingMemoryBound(to: UInt8.self), rows, width, to)
                return true
            }
        }
    }
}
