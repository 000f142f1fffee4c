internal import Kernels
internal import Tensor

extension Decoder {
    /// One forward pass over all prompts of the batch; every site of every layer that is run is shown to `visitor`.
    ///
    /// A pass that begins above layer 0 takes the residual stream that the workspace holds (`Workspace.resume`), so that several
    /// adapters share what the layers below them leave.
    ///
    /// - Parameters:
    ///   - layers: which layers to run; nil for all that are loaded.
    ///   - finish: whether the final norm and the statistics of the next token follow, which takes all layers.
    ///   - workspace: buffers; keep them for the next batch.
    /// - Precondition: every id is below `config.vocabularySize`; with learned positions no prompt is longer than
    ///   `config.maximumPositions`.
    public func run<Visitor: ActivationVisitor>(
        _ batch: TokenBatch, adapter: LoRAAdapter? = nil, layers wanted: Range<Int>? = nil, finish: PassEnd = .none,
        workspace: inout Workspace, visitor: inout Visitor
    ) {
        var caches: [KeyValueCache] = []
        run(
            batch, adapter: adapter, layers: wanted ?? 0..<layers.count, finish: finish, caches: &caches,
            workspace: &workspace, visitor: &visitor)
    }

    /// - Parameter caches: one for each prompt of the batch, whose tokens follow those that the cache holds; or none at all.
    func run<Visitor: ActivationVisitor>(
        _ batch: TokenBatch, adapter: LoRAAdapter?, layers wanted: Range<Int>, finish: PassEnd,
        caches: inout [KeyValueCache], workspace: inout Workspace, visitor: inout Visitor
    ) {
        let rows = batch.ids.count
        guard rows > 0 else { return }
        precondition(wanted.lowerBound >= 0 && wanted.upperBound <= layers.count, "layers that are not loaded")
        precondition(caches.isEmpty || caches.count == batch.lengths.count, "not one cache for each prompt")
        let firsts = caches.isEmpty ? [Int](repeating: 0, count: batch.lengths.count) : caches.map(\.count)
        let reach = zip(firsts, batch.lengths).map { $0 + $1 }.max() ?? 0
        workspace.prepare(for: batch, reach: reach, config)
        let width = config.hiddenSize
        if wanted.lowerBound == 0 { embed(batch, firsts, &workspace, &visitor) }
        for number in wanted {
            let pass = LayerPass(
                layer: layers[number], number: number, batch: batch, firsts: firsts, config: config, adapter: adapter)
            show(workspace.residual, rows, width, at: Site(.residPre, layer: number), to: &visitor)
            pass.run(&caches, &workspace, &visitor)
            show(workspace.residual, rows, width, at: Site(.residPost, layer: number), to: &visitor)
        }
        for index in caches.indices { caches[index].advance(by: batch.lengths[index]) }
        guard finish > .none, let finalNorm else {
            precondition(finish == .none, "the end of the model is not loaded")
            return
        }
        precondition(wanted.upperBound == config.layerCount, "the final norm follows the last layer")
        finalNorm.apply(workspace.residual, rows: rows, into: &workspace.normed)
        show(workspace.normed, rows, width, at: Site(.lnFinal), to: &visitor)
        if finish == .logits { visitor.visit(logits: statistics(batch, &workspace)) }
    }

    /// residual = embedding · scale (+ position).
    private func embed<Visitor: ActivationVisitor>(
        _ batch: TokenBatch, _ firsts: [Int], _ space: inout Workspace, _ visitor: inout Visitor
    ) {
        let width = config.hiddenSize
        let rows = batch.ids.count
        var residual = space.residual.mutableSpan
        for (row, id) in batch.ids.enumerated() {
            var target = residual._mutatingExtracting(row * width..<(row + 1) * width)
            embedding.copyRow(Int(id), into: &target)
        }
        if config.embeddingScale != 1 {
            var part = residual._mutatingExtracting(0..<rows * width)
            DecoderLoops.scale(&part, by: config.embeddingScale)
        }
        show(space.residual, rows, width, at: Site(.embed), to: &visitor)
        if let positions { add(positions, batch, firsts, to: &space.residual) }
    }

    /// residual += the vector of each token's position.
    private func add(_ positions: StoredMatrix, _ batch: TokenBatch, _ firsts: [Int], to residual: inout [Float]) {
        let width = config.hiddenSize
        var vector = [Float](repeating: 0, count: width)
        var row = 0
        for (first, length) in zip(firsts, batch.lengths) {
            for position in first..<first + length {
                var target = vector.mutableSpan
                positions.copyRow(position, into: &target)
                var stream = residual.mutableSpan
                var own = stream._mutatingExtracting(row * width..<(row + 1) * width)
                DecoderLoops.add(vector.span, to: &own, count: width)
                row += 1
            }
        }
    }
}

/// Shows the first rows of a buffer to a visitor.
func show<Visitor: ActivationVisitor>(
    _ buffer: [Float], _ rows: Int, _ width: Int, at site: Site, to visitor: inout Visitor
) {
    visitor.visit(site, rows: buffer.span.extracting(0..<rows * width), width: width)
}
