internal import Kernels
internal import Tensor

extension Decoder {
    /// One forward pass over all prompts of the batch; every site of every layer is shown to `visitor`.
    ///
    /// - Parameters:
    ///   - layerLimit: how many layers to run, from the first; nil for all that are loaded.
    ///   - workspace: buffers; keep them for the next batch.
    /// - Precondition: every id is below `config.vocabularySize`.
    public func run<Visitor: ActivationVisitor>(
        _ batch: TokenBatch, adapter: LoRAAdapter? = nil, layers layerLimit: Int? = nil, workspace: inout Workspace,
        visitor: inout Visitor
    ) {
        let rows = batch.ids.count
        guard rows > 0 else { return }
        workspace.prepare(for: batch, config)
        embed(batch, into: &workspace)
        let width = config.hiddenSize
        visitor.visit(Site(.embed), rows: workspace.residual.rows(rows, width), width: width)
        for number in 0..<min(layerLimit ?? layers.count, layers.count) {
            visitor.visit(Site(.residPre, layer: number), rows: workspace.residual.rows(rows, width), width: width)
            attend(number, batch, adapter, &workspace, &visitor)
            visitor.visit(Site(.residMid, layer: number), rows: workspace.residual.rows(rows, width), width: width)
            feedForward(number, rows, adapter, &workspace, &visitor)
            visitor.visit(Site(.residPost, layer: number), rows: workspace.residual.rows(rows, width), width: width)
        }
    }

    private func embed(_ batch: TokenBatch, into workspace: inout Workspace) {
        let width = config.hiddenSize
        let table = embedding.span
        var out = workspace.residual.mutableSpan
        for (row, id) in batch.ids.enumerated() {
            let source = table.extracting(Int(id) * width..<(Int(id) + 1) * width)
            for i in 0..<width { out[row * width + i] = source[i] }
        }
    }

    /// residual += output(attention(norm(residual))).
    private func attend<Visitor: ActivationVisitor>(
        _ number: Int, _ batch: TokenBatch, _ adapter: LoRAAdapter?, _ workspace: inout Workspace,
        _ visitor: inout Visitor
    ) {
        let layer = layers[number]
        let rows = batch.ids.count
        let queryWidth = layer.queries.outputs
        let keyWidth = layer.keys.outputs
        normalise(layer.attentionNorm, rows, &workspace)
        apply(layer.queries, .queries, number, rows, adapter, \.normed, \.queries, &workspace, &visitor)
        apply(layer.keys, .keys, number, rows, adapter, \.normed, \.keys, &workspace, &visitor)
        apply(layer.values, .values, number, rows, adapter, \.normed, \.values, &workspace, &visitor)
        visitor.visit(Site(.q, layer: number), rows: workspace.queries.rows(rows, queryWidth), width: queryWidth)
        visitor.visit(Site(.k, layer: number), rows: workspace.keys.rows(rows, keyWidth), width: keyWidth)
        visitor.visit(Site(.v, layer: number), rows: workspace.values.rows(rows, keyWidth), width: keyWidth)
        mix(batch, &workspace)
        visitor.visit(Site(.z, layer: number), rows: workspace.mixed.rows(rows, queryWidth), width: queryWidth)
        apply(
            layer.attentionOutput, .attentionOutput, number, rows, adapter, \.mixed, \.added, &workspace, &visitor)
        let width = config.hiddenSize
        visitor.visit(Site(.attnOut, layer: number), rows: workspace.added.rows(rows, width), width: width)
        addToResidual(rows, &workspace)
    }

    /// residual += down(silu(gate(norm(residual))) · up(norm(residual))).
    private func feedForward<Visitor: ActivationVisitor>(
        _ number: Int, _ rows: Int, _ adapter: LoRAAdapter?, _ workspace: inout Workspace, _ visitor: inout Visitor
    ) {
        let layer = layers[number]
        let size = config.feedForward.size
        normalise(layer.feedForwardNorm, rows, &workspace)
        apply(layer.gate, .gate, number, rows, adapter, \.normed, \.gate, &workspace, &visitor)
        visitor.visit(Site(.mlpPre, layer: number), rows: workspace.gate.rows(rows, size), width: size)
        apply(layer.up, .up, number, rows, adapter, \.normed, \.up, &workspace, &visitor)
        switch config.feedForward.activation {
        case .silu:
            var gate = workspace.gate.mutableSpan
            DecoderLoops.gateWithSiLU(&gate, up: workspace.up.span, count: rows * size)
        }
        visitor.visit(Site(.mlpAct, layer: number), rows: workspace.gate.rows(rows, size), width: size)
        apply(layer.down, .down, number, rows, adapter, \.gate, \.added, &workspace, &visitor)
        let width = config.hiddenSize
        visitor.visit(Site(.mlpOut, layer: number), rows: workspace.added.rows(rows, width), width: width)
        addToResidual(rows, &workspace)
    }

    private func normalise(_ weight: [Float], _ rows: Int, _ workspace: inout Workspace) {
        var out = workspace.normed.mutableSpan
        DecoderLoops.rmsNorm(
            workspace.residual.span, weight: weight.span, epsilon: Float(config.norm.epsilon), into: &out, rows: rows)
    }

    private func addToResidual(_ rows: Int, _ workspace: inout Workspace) {
        var residual = workspace.residual.mutableSpan
        DecoderLoops.add(workspace.added.span, to: &residual, count: rows * config.hiddenSize)
    }

    /// A linear module between two buffers of the workspace, its adapter's scalars shown to the visitor.
    private func apply<Visitor: ActivationVisitor>(
        _ linear: LinearLayer, _ module: DecoderModule, _ number: Int, _ rows: Int, _ adapter: LoRAAdapter?,
        _ input: KeyPath<Workspace, [Float]>, _ output: WritableKeyPath<Workspace, [Float]>,
        _ workspace: inout Workspace, _ visitor: inout Visitor
    ) {
        let adapted = adapter?.module(module, layer: number)
        let x = workspace[keyPath: input]
        // Taken out and put back: the buffer stays the only reference, so that writing copies nothing.
        var out: [Float] = []
        swap(&out, &workspace[keyPath: output])
        var span = out.mutableSpan
        linear.apply(x.span, rows: rows, adapter: adapted, into: &span, scalars: &workspace.scalars)
        swap(&out, &workspace[keyPath: output])
        guard let adapted else { return }
        visitor.visit(
            adapted.site, rows: workspace.scalars.rows(rows, adapted.rank), width: adapted.rank)
    }

    /// mixed = softmax(queries · keysᵀ / √size) · values, causal, each prompt by itself; rotates queries and keys in place.
    private func mix(_ batch: TokenBatch, _ workspace: inout Workspace) {
        let attention = config.attention
        let size = attention.headSize
        let queryWidth = attention.headCount * size
        let keyWidth = attention.keyValueHeadCount * size
        let sharing = attention.headCount / attention.keyValueHeadCount
        let scale = 1 / Float(size).squareRoot()
        var queries = workspace.queries.mutableSpan
        var keys = workspace.keys.mutableSpan
        var mixed = workspace.mixed.mutableSpan
        var scores = workspace.scores.mutableSpan
        var first = 0
        for count in batch.lengths where count > 0 {
            let end = first + count
            var ownQueries = queries._mutatingExtracting(first * queryWidth..<end * queryWidth)
            DecoderLoops.rotateHalves(
                &ownQueries, cosine: workspace.cosine.span, sine: workspace.sine.span, rows: count,
                heads: attention.headCount, size: size)
            var ownKeys = keys._mutatingExtracting(first * keyWidth..<end * keyWidth)
            DecoderLoops.rotateHalves(
                &ownKeys, cosine: workspace.cosine.span, sine: workspace.sine.span, rows: count,
                heads: attention.keyValueHeadCount, size: size)
            for start in stride(from: 0, to: count, by: workspace.queryBlock) {
                let blockRows = min(workspace.queryBlock, count - start)
                let visible = start + blockRows
                for head in 0..<attention.headCount {
                    let shared = head / sharing * size
                    MatrixMultiply.rowsTimesTransposed(
                        queries.span.extracting((first + start) * queryWidth + head * size..<end * queryWidth),
                        stride: queryWidth, keys.span.extracting(first * keyWidth + shared..<end * keyWidth),
                        stride: keyWidth, into: &scores, stride: visible, m: blockRows, n: visible, k: size)
                    DecoderLoops.causalSoftmax(
                        &scores, rows: blockRows, columns: visible, visible: start + 1, scale: scale)
                    var target = mixed._mutatingExtracting((first + start) * queryWidth + head * size..<end * queryWidth)
                    MatrixMultiply.rowsTimesColumns(
                        scores.span, stride: visible,
                        workspace.values.span.extracting(first * keyWidth + shared..<end * keyWidth),
                        stride: keyWidth, into: &target, stride: queryWidth, m: blockRows, n: size, k: visible)
                }
            }
            first = end
        }
    }
}

extension [Float] {
    /// The first `rows × width` numbers.
    @_lifetime(borrow self)
    fileprivate func rows(_ rows: Int, _ width: Int) -> Span<Float> {
        unsafe _overrideLifetime(span.extracting(0..<rows * width), borrowing: self)
    }
}
