internal import Kernels

/// What a pass says about the token after each token.
public struct LogitStatistics: Sendable {
    /// The most probable next token; of equals the lower.
    public var argmaxToken: [UInt32] = []
    /// Its probability.
    public var argmaxProbability: [Float] = []
    /// −Σ p · log p over the vocabulary, in nats.
    public var entropy: [Float] = []
    /// The log-probability of the token that does follow; NaN at a prompt's last token.
    public var nextLogProbability: [Float] = []
}

extension Decoder {
    private static let tokenTile = 128
    private static let vocabularyTile = 2048

    /// Statistics of every token from the final norm's output in `space.normed`; the vocabulary goes by in tiles.
    func statistics(_ batch: TokenBatch, _ space: inout Workspace) -> LogitStatistics {
        var found = LogitStatistics()
        guard let unembedding else { preconditionFailure("the unembedding is not loaded") }
        let following = nextTokens(batch)
        let width = config.hiddenSize
        let cap = config.logitCap.map { Float($0) }
        let normed = space.normed
        // Out of the workspace while they are filled, and back into it.
        var logits: [Float] = []
        var tile: [Float] = []
        swap(&logits, &space.logits)
        swap(&tile, &space.tile)
        if logits.count < Decoder.tokenTile * Decoder.vocabularyTile {
            logits = [Float](repeating: 0, count: Decoder.tokenTile * Decoder.vocabularyTile)
        }
        let rows = batch.ids.count
        var sums = [LogitSums](repeating: LogitSums(), count: rows)
        var next = [Float](repeating: .nan, count: rows)
        for first in stride(from: 0, to: unembedding.rows, by: Decoder.vocabularyTile) {
            let part = first..<min(unembedding.rows, first + Decoder.vocabularyTile)
            unembedding.widen(part, into: &tile)
            for start in stride(from: 0, to: rows, by: Decoder.tokenTile) {
                let count = min(Decoder.tokenTile, rows - start)
                let x = normed.span.extracting(start * width..<(start + count) * width)
                var out = logits.mutableSpan
                unembedding.multiply(x, by: part, count: count, into: &out, tile: tile)
                for row in 0..<count {
                    var own = out._mutatingExtracting(row * part.count..<(row + 1) * part.count)
                    sums[start + row].take(&own, first: first, cap: cap)
                    if let token = following[start + row], part.contains(token) {
                        next[start + row] = own[token - first]
                    }
                }
            }
        }
        for row in 0..<rows {
            found.argmaxToken.append(sums[row].largestToken)
            found.argmaxProbability.append(Float(sums[row].largestProbability))
            found.entropy.append(Float(sums[row].entropy))
            found.nextLogProbability.append(
                next[row].isNaN ? .nan : Float(sums[row].logProbability(ofLogit: next[row])))
        }
        swap(&logits, &space.logits)
        swap(&tile, &space.tile)
        return found
    }

    /// The token after each token; nil at the end of a prompt.
    private func nextTokens(_ batch: TokenBatch) -> [Int?] {
        var next: [Int?] = batch.ids.dropFirst().map { Int($0) } + [nil]
        var end = 0
        for length in batch.lengths where length > 0 {
            end += length
            next[end - 1] = nil
        }
        return next
    }
}
