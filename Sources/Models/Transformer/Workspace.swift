/// The buffers of one forward pass, kept from batch to batch; they grow and never shrink.
public struct Workspace: Sendable {
    /// Query rows whose scores are computed together, so that scores need no n × n matrix.
    let queryBlock: Int
    /// [tokens, hidden]: the residual stream, its normalised copy, what attention and the feed-forward network add.
    var residual: [Float] = []
    var normed: [Float] = []
    var attended: [Float] = []
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
    /// [tokens, outputs] of a module that gives several things at once.
    var packed: [Float] = []
    /// [queryBlock, longest prompt].
    var scores: [Float] = []
    /// [tokens, rank].
    var scalars: [Float] = []
    /// Weights on their way to a product.
    var tile: [Float] = []
    /// Logits of some tokens and some of the vocabulary.
    var logits: [Float] = []
    /// Angles of every position, for prompts within the model's first context and beyond it.
    private var tables: [RotaryTable] = []
    private var rotary: ModelConfig.Rotary?
    private var streamWidth = 0

    /// - Parameter queryBlock: query rows whose scores are computed together.
    public init(queryBlock: Int = 128) {
        precondition(queryBlock > 0, "a block has at least one row")
        self.queryBlock = queryBlock
    }

    /// The residual stream of the last pass, [rows, hidden]: what the layers that it ran have left.
    public func residualStream(rows: Int) -> [Float] {
        precondition(rows >= 0 && rows * streamWidth <= residual.count, "more rows than the last pass had")
        return Array(residual[0..<rows * streamWidth])
    }

    /// Puts a residual stream back, for a pass that begins at a later layer.
    public mutating func resume(from stream: [Float]) {
        if residual.count < stream.count { residual = [Float](repeating: 0, count: stream.count) }
        residual.replaceSubrange(0..<stream.count, with: stream)
    }

    /// - Parameter reach: the last position of any prompt, plus one.
    mutating func prepare(for batch: TokenBatch, reach: Int, _ config: ModelConfig) {
        let tokens = batch.ids.count
        let attention = config.attention
        streamWidth = config.hiddenSize
        for path in [\Workspace.residual, \.normed, \.attended, \.added] { grow(path, tokens * config.hiddenSize) }
        for path in [\Workspace.queries, \.mixed] { grow(path, tokens * attention.queryWidth) }
        for path in [\Workspace.keys, \.values] { grow(path, tokens * attention.keyValueWidth) }
        grow(\.gate, tokens * config.feedForward.size)
        if config.feedForward.isGated { grow(\.up, tokens * config.feedForward.size) }
        var packed = 0
        if attention.packing != .apart { packed = attention.queryWidth + 2 * attention.keyValueWidth }
        if config.feedForward.isPacked { packed = max(packed, 2 * config.feedForward.size) }
        grow(\.packed, tokens * packed)
        grow(\.scores, min(queryBlock, batch.lengths.max() ?? 0) * reach)
        guard let wanted = attention.rotary else {
            rotary = nil
            return
        }
        if rotary != wanted {
            rotary = wanted
            tables = [RotaryTable(wanted, long: false), RotaryTable(wanted, long: true)]
        }
        tables[wanted.isLong(reach) ? 1 : 0].reach(reach)
        // A long prompt and short ones may stand in one batch.
        if wanted.isLong(reach) { tables[0].reach(reach) }
    }

    /// Angles for a prompt of so many tokens; nil without rotary positions.
    func angles(tokens: Int) -> RotaryTable? {
        guard let rotary else { return nil }
        return tables[rotary.isLong(tokens) ? 1 : 0]
    }

    private mutating func grow(_ path: WritableKeyPath<Workspace, [Float]>, _ count: Int) {
        if self[keyPath: path].count < count { self[keyPath: path] = [Float](repeating: 0, count: count) }
    }
}
