internal import Kernels

/// Attention of each prompt to itself and its past; groups of query heads share a key and value head.
struct CausalAttention {
    private let shape: ModelConfig.Attention
    /// [positions, head size / 2].
    private let cosine: [Float]
    private let sine: [Float]
    /// Query rows whose scores are computed together.
    private let queryBlock: Int

    init(_ shape: ModelConfig.Attention, cosine: [Float], sine: [Float], queryBlock: Int) {
        self.shape = shape
        self.cosine = cosine
        self.sine = sine
        self.queryBlock = queryBlock
    }

    /// mixed = softmax(queries · keysᵀ / √size) · values, all [tokens, heads · size]; rotates queries and keys in place.
    ///
    /// - Parameter scores: room for `min(queryBlock, longest) · longest` numbers.
    func mix(
        _ batch: TokenBatch, queries: inout [Float], keys: inout [Float], values: [Float], scores: inout [Float],
        into mixed: inout [Float]
    ) {
        var first = 0
        for count in batch.lengths {
            let tokens = first..<first + count
            rotate(&queries, tokens, heads: shape.headCount)
            rotate(&keys, tokens, heads: shape.keyValueHeadCount)
            for start in stride(from: 0, to: count, by: queryBlock) {
                let rows = min(queryBlock, count - start)
                for head in 0..<shape.headCount {
                    mix(tokens, start, rows, head, queries, keys, values, scores: &scores, into: &mixed)
                }
            }
            first += count
        }
    }

    private func rotate(_ x: inout [Float], _ tokens: Range<Int>, heads: Int) {
        let width = heads * shape.headSize
        var span = x.mutableSpan
        var part = span._mutatingExtracting(tokens.lowerBound * width..<tokens.upperBound * width)
        DecoderLoops.rotateHalves(
            &part, cosine: cosine.span, sine: sine.span, rows: tokens.count, heads: heads, size: shape.headSize)
    }

    /// One head's rows `start ..< start + rows` of one prompt; they see that prompt's first `start + rows` tokens at most.
    private func mix(
        _ tokens: Range<Int>, _ start: Int, _ rows: Int, _ head: Int, _ queries: [Float], _ keys: [Float],
        _ values: [Float], scores: inout [Float], into mixed: inout [Float]
    ) {
        let size = shape.headSize
        let queryWidth = shape.headCount * size
        let keyWidth = shape.keyValueHeadCount * size
        let visible = start + rows
        let own = (tokens.lowerBound + start) * queryWidth + head * size..<tokens.upperBound * queryWidth
        let shared = head / (shape.headCount / shape.keyValueHeadCount) * size
        let past = tokens.lowerBound * keyWidth + shared..<tokens.upperBound * keyWidth
        var table = scores.mutableSpan
        MatrixMultiply.rowsTimesTransposed(
            queries.span.extracting(own), stride: queryWidth, keys.span.extracting(past), stride: keyWidth,
            into: &table,
            stride: visible, m: rows, n: visible, k: size)
        DecoderLoops.causalSoftmax(
            &table, rows: rows, columns: visible, visible: start + 1, scale: 1 / Float(size).squareRoot())
        var out = mixed.mutableSpan
        var target = out._mutatingExtracting(own)
        MatrixMultiply.rowsTimesColumns(
            table.span, stride: visible, values.span.extracting(past), stride: keyWidth, into: &target,
            stride: queryWidth, m: rows, n: size, k: visible)
    }
}
