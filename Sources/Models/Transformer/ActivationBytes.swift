internal import Kernels
public import Tensor

/// Activations as the bytes that a store keeps.
public enum ActivationBytes {
    /// Rounds `rows` to `type` (f32 bit for bit) into `bytes`, which becomes exactly as long as needed.
    ///
    /// - Returns: the place of the first finite number that `type` cannot hold; nil where all fit.
    public static func encode(_ rows: Span<Float>, as type: ElementType, into bytes: inout [UInt8]) -> Int? {
        precondition(type.isFloatingPoint, "activations are floating-point numbers")
        if bytes.count != rows.count * type.byteCount {
            bytes = [UInt8](repeating: 0, count: rows.count * type.byteCount)
        }
        var span = bytes.mutableSpan
        var target = unsafe span.mutableBytes
        Widen.fromFloat(rows, to: type, into: &target)
        switch type {
        // Half the distance beyond the largest half still rounds to it.
        case .float16: return place(in: rows, above: 65519.996)
        case .bfloat16: return place(in: rows, above: 3.3961774e38)
        default: return nil
        }
    }

    private static func place(in rows: Span<Float>, above limit: Float) -> Int? {
        var largest: Float = 0
        for i in rows.indices {
            let size = rows[i].magnitude
            largest = size > largest && size.isFinite ? size : largest
        }
        guard largest > limit else { return nil }
        return rows.indices.first { rows[$0].isFinite && rows[$0].magnitude > limit }
    }
}
