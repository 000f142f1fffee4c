internal import Glibc

/// The buffers of one forward pass, kept from batch to batch; they grow and never shrink.
public struct Workspace: Sendable {
    /// Query rows whose scores are computed together, so that scores need no n × n matrix.
    let queryBlock: Int
    /// [tokens, hidden]: the residual stream, its normalised copy, what a block adds to it.
    var residual: [Float] = []
    var normed: [Float] = []
    var added: [Float] = []
    /// [tokens, heads · head size].
    var queries: [Float] = []
    var mixed: [Float] = []
    /// [tokens, key heads · head size].
    var keys: [Float] = []
    var values: [Float] = []
    /// [tokens, feed-forward size].
    var gate: [Float] = []
    var up: [Float] = []
    /// [queryBlock, longest prompt].
    var scores: [Float] = []
    /// [tokens, rank].
    var scalars: [Float] = []
    /// Angles of every position, [positions, head size / 2].
    var cosine: [Float] = []
    var sine: [Float] = []

    /// - Parameter queryBlock: query rows whose scores are computed together.
    public init(queryBlock: Int = 256) {
        precondition(queryBlock > 0, "a block has at least one row")
        self.queryBlock = queryBlock
    }

    mutating func prepare(for batch: TokenBatch, _ config: ModelConfig) {
        let tokens = batch.ids.count
        let longest = batch.lengths.max() ?? 0
        let attention = config.attention
        for path in [\Workspace.residual, \.normed, \.added] { grow(path, tokens * config.hiddenSize) }
        for path in [\Workspace.queries, \.mixed] { grow(path, tokens * attention.headCount * attention.headSize) }
        for path in [\Workspace.keys, \.values] {
            grow(path, tokens * attention.keyValueHeadCount * attention.headSize)
        }
        for path in [\Workspace.gate, \.up] { grow(path, tokens * config.feedForward.size) }
        grow(\.scores, min(queryBlock, longest) * longest)
        prepareAngles(positions: longest, attention)
    }

    private mutating func grow(_ path: WritableKeyPath<Workspace, [Float]>, _ count: Int) {
        if self[keyPath: path].count < count { self[keyPath: path] = [Float](repeating: 0, count: count) }
    }

    /// Rounded where PyTorch rounds: inverse frequencies and angles are f32.
    private mutating func prepareAngles(positions: Int, _ attention: ModelConfig.Attention) {
        let half = attention.headSize / 2
        guard cosine.count < positions * half else { return }
        let frequencies = (0..<half).map { pair in
            1 / Float(pow(attention.rotary.base, Double(2 * pair) / Double(attention.headSize)))
        }
        cosine = []
        sine = []
        cosine.reserveCapacity(positions * half)
        sine.reserveCapacity(positions * half)
        for position in 0..<positions {
            for frequency in frequencies {
                let angle = Double(Float(position) * frequency)
                cosine.append(Float(cos(angle)))
                sine.append(Float(sin(angle)))
            }
        }
    }
}
