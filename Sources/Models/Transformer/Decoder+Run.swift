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
        let width = config.hiddenSize
        embed(batch, into: &workspace.residual)
        show(workspace.residual, rows, width, at: Site(.embed), to: &visitor)
        for number in 0..<min(layerLimit ?? layers.count, layers.count) {
            let pass = LayerPass(layer: layers[number], number: number, rows: rows, config: config, adapter: adapter)
            show(workspace.residual, rows, width, at: Site(.residPre, layer: number), to: &visitor)
            pass.attend(batch, &workspace, &visitor)
            show(workspace.residual, rows, width, at: Site(.residMid, layer: number), to: &visitor)
            pass.feedForward(&workspace, &visitor)
            show(workspace.residual, rows, width, at: Site(.residPost, layer: number), to: &visitor)
        }
    }

    private func embed(_ batch: TokenBatch, into residual: inout [Float]) {
        let width = config.hiddenSize
        let table = embedding.span
        var out = residual.mutableSpan
        for (row, id) in batch.ids.enumerated() {
            let source = table.extracting(Int(id) * width..<(Int(id) + 1) * width)
            for i in 0..<width { out[row * width + i] = source[i] }
        }
    }
}

private func show<Visitor: ActivationVisitor>(
    _ buffer: [Float], _ rows: Int, _ width: Int, at site: Site, to visitor: inout Visitor
) {
    visitor.visit(site, rows: buffer.span.extracting(0..<rows * width), width: width)
}

/// One layer's part of a forward pass.
private struct LayerPass {
    let layer: Decoder.Layer
    let number: Int
    let rows: Int
    let config: ModelConfig
    let adapter: LoRAAdapter?

    /// residual += output(attention(norm(residual))).
    func attend<Visitor: ActivationVisitor>(
        _ batch: TokenBatch, _ space: inout Workspace, _ visitor: inout Visitor
    ) {
        let queryWidth = layer.queries.outputs
        let keyWidth = layer.keys.outputs
        normalise(space.residual, layer.attentionNorm, into: &space.normed)
        apply(layer.queries, .queries, space.normed, into: &space.queries, &space.scalars, &visitor)
        apply(layer.keys, .keys, space.normed, into: &space.keys, &space.scalars, &visitor)
        apply(layer.values, .values, space.normed, into: &space.values, &space.scalars, &visitor)
        show(space.queries, rows, queryWidth, at: Site(.q, layer: number), to: &visitor)
        show(space.keys, rows, keyWidth, at: Site(.k, layer: number), to: &visitor)
        show(space.values, rows, keyWidth, at: Site(.v, layer: number), to: &visitor)
        let attention = CausalAttention(
            config.attention, cosine: space.cosine, sine: space.sine, queryBlock: space.queryBlock)
        attention.mix(
            batch, queries: &space.queries, keys: &space.keys, values: space.values, scores: &space.scores,
            into: &space.mixed)
        show(space.mixed, rows, queryWidth, at: Site(.z, layer: number), to: &visitor)
        apply(layer.attentionOutput, .attentionOutput, space.mixed, into: &space.added, &space.scalars, &visitor)
        show(space.added, rows, config.hiddenSize, at: Site(.attnOut, layer: number), to: &visitor)
        add(space.added, to: &space.residual)
    }

    /// residual += down(activation(gate(norm(residual))) · up(norm(residual))).
    func feedForward<Visitor: ActivationVisitor>(_ space: inout Workspace, _ visitor: inout Visitor) {
        let size = config.feedForward.size
        normalise(space.residual, layer.feedForwardNorm, into: &space.normed)
        apply(layer.gate, .gate, space.normed, into: &space.gate, &space.scalars, &visitor)
        show(space.gate, rows, size, at: Site(.mlpPre, layer: number), to: &visitor)
        apply(layer.up, .up, space.normed, into: &space.up, &space.scalars, &visitor)
        activate(&space.gate, space.up)
        show(space.gate, rows, size, at: Site(.mlpAct, layer: number), to: &visitor)
        apply(layer.down, .down, space.gate, into: &space.added, &space.scalars, &visitor)
        show(space.added, rows, config.hiddenSize, at: Site(.mlpOut, layer: number), to: &visitor)
        add(space.added, to: &space.residual)
    }

    /// A linear module; its adapter's scalars are shown to the visitor.
    private func apply<Visitor: ActivationVisitor>(
        _ linear: LinearLayer, _ module: DecoderModule, _ x: [Float], into out: inout [Float],
        _ scalars: inout [Float], _ visitor: inout Visitor
    ) {
        let adapted = adapter?.module(module, layer: number)
        linear.apply(x, rows: rows, adapter: adapted, into: &out, scalars: &scalars)
        guard let adapted else { return }
        show(scalars, rows, adapted.rank, at: adapted.site, to: &visitor)
    }

    private func normalise(_ x: [Float], _ weight: [Float], into out: inout [Float]) {
        var out = out.mutableSpan
        DecoderLoops.rmsNorm(
            x.span, weight: weight.span, epsilon: Float(config.norm.epsilon), into: &out, rows: rows)
    }

    private func activate(_ gate: inout [Float], _ up: [Float]) {
        var gate = gate.mutableSpan
        switch config.feedForward.activation {
        case .silu: DecoderLoops.gateWithSiLU(&gate, up: up.span, count: rows * config.feedForward.size)
        }
    }

    private func add(_ added: [Float], to residual: inout [Float]) {
        var residual = residual.mutableSpan
        DecoderLoops.add(added.span, to: &residual, count: rows * config.hiddenSize)
    }
}
