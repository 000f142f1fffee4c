internal import Kernels

/// Attention of one prompt's new tokens to themselves and their past; groups of query heads share a key and value head.
struct CausalAttention {
    let shape: ModelConfig.Attention
    /// Tokens that a token sees, itself included; nil for all before it.
    let window: Int?
    /// Query rows whose scores are computed together.
    let queryBlock: Int

    /// mixed = softmax(scale · queries · keysᵀ) · values.
    ///
    /// - Parameters:
    ///   - queries: [count, heads · size], of the positions `first ..< first + count`, rotated.
    ///   - keys: [first + count, key heads · size], from position 0 on, rotated; `values` likewise.
    ///   - scores: room for `min(queryBlock, count) · (first + count)` numbers.
    ///   - mixed: [count, heads · size].
    func mix(
        queries: Span<Float>, keys: Span<Float>, values: Span<Float>, first: Int, count: Int, scores: inout [Float],
        into mixed: inout MutableSpan<Float>
    ) {
        let size = shape.headSize
        let width = shape.queryWidth
        let keyWidth = shape.keyValueWidth
        let group = shape.headCount / shape.keyValueHeadCount
        for start in stride(from: 0, to: count, by: queryBlock) {
            let rows = min(queryBlock, count - start)
            let position = first + start
            // Keys that some row of the block sees.
            let low = window.map { max(0, position - $0 + 1) } ?? 0
            let columns = position + rows - low
            for head in 0..<shape.headCount {
                let own = start * width + head * size..<count * width
                let shared = low * keyWidth + head / group * size..<(first + count) * keyWidth
                var table = scores.mutableSpan
                MatrixMultiply.rowsTimesTransposed(
                    queries.extracting(own), stride: width, keys.extracting(shared), stride: keyWidth, into: &table,
                    stride: columns, m: rows, n: columns, k: size)
                DecoderLoops.maskedSoftmax(
                    &table, rows: rows, columns: columns, first: window.map { position - $0 + 1 - low } ?? -rows,
                    end: position - low + 1, scale: Float(shape.scoreScale), cap: shape.scoreCap.map { Float($0) })
                var target = mixed._mutatingExtracting(own)
                MatrixMultiply.rowsTimesColumns(
                    table.span, stride: columns, values.extracting(shared), stride: keyWidth, into: &target,
                    stride: width, m: rows, n: size, k: columns)
            }
        }
    }
}
