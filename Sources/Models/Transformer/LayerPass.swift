internal import Kernels
internal import Tensor

/// One layer's part of a forward pass.
struct LayerPass {
    let layer: DecoderLayer
    let number: Int
    let batch: TokenBatch
    /// Position of each prompt's first token.
    let firsts: [Int]
    let config: ModelConfig
    let adapter: LoRAAdapter?

    private var rows: Int { batch.ids.count }
    private var width: Int { config.hiddenSize }

    /// residual += attention(norm(residual)); residual += network(norm(residual)), or both from the same residual.
    func run<Visitor: ActivationVisitor>(
        _ caches: inout [KeyValueCache], _ space: inout Workspace, _ visitor: inout Visitor
    ) {
        attend(&caches, &space, &visitor)
        if config.isParallel {
            feedForward(&space, &visitor)
            add(space.attended, to: &space.residual)
        } else {
            add(space.attended, to: &space.residual)
            show(space.residual, rows, width, at: Site(.residMid, layer: number), to: &visitor)
            feedForward(&space, &visitor)
        }
        add(space.added, to: &space.residual)
    }

    /// attended = output(attention(norm(residual))).
    private func attend<Visitor: ActivationVisitor>(
        _ caches: inout [KeyValueCache], _ space: inout Workspace, _ visitor: inout Visitor
    ) {
        let attention = config.attention
        layer.attentionNorm.apply(space.residual, rows: rows, into: &space.normed)
        project(&space, &visitor)
        show(space.queries, rows, attention.queryWidth, at: Site(.q, layer: number), to: &visitor)
        show(space.keys, rows, attention.keyValueWidth, at: Site(.k, layer: number), to: &visitor)
        show(space.values, rows, attention.keyValueWidth, at: Site(.v, layer: number), to: &visitor)
        layer.queryNorm?.apply(inPlace: &space.queries, rows: rows * attention.headCount)
        layer.keyNorm?.apply(inPlace: &space.keys, rows: rows * attention.keyValueHeadCount)
        mix(&caches, &space)
        show(space.mixed, rows, attention.queryWidth, at: Site(.z, layer: number), to: &visitor)
        apply(layer.attentionOutput, space.mixed, into: &space.attended, &space.scalars, &space.tile, &visitor)
        if let norm = layer.attentionPostNorm {
            norm.apply(space.attended, rows: rows, into: &space.normed)
            swap(&space.attended, &space.normed)
        }
        show(space.attended, rows, width, at: Site(.attnOut, layer: number), to: &visitor)
    }

    /// queries, keys and values of norm(residual).
    private func project<Visitor: ActivationVisitor>(_ space: inout Workspace, _ visitor: inout Visitor) {
        let modules = layer.attentionInput
        guard modules.count == 1 else {
            apply(modules[0], space.normed, into: &space.queries, &space.scalars, &space.tile, &visitor)
            apply(modules[1], space.normed, into: &space.keys, &space.scalars, &space.tile, &visitor)
            apply(modules[2], space.normed, into: &space.values, &space.scalars, &space.tile, &visitor)
            return
        }
        apply(modules[0], space.normed, into: &space.packed, &space.scalars, &space.tile, &visitor)
        let shape = config.attention
        let whole = shape.queryWidth + 2 * shape.keyValueWidth
        if shape.packing == .blocks {
            split(space.packed, whole, at: 0, into: &space.queries, rows, shape.queryWidth)
            split(space.packed, whole, at: shape.queryWidth, into: &space.keys, rows, shape.keyValueWidth)
            split(
                space.packed, whole, at: shape.queryWidth + shape.keyValueWidth, into: &space.values, rows,
                shape.keyValueWidth)
        } else {
            // A head's query, key and value lie together: each (token, head) is a row of three.
            let size = shape.headSize
            split(space.packed, 3 * size, at: 0, into: &space.queries, rows * shape.headCount, size)
            split(space.packed, 3 * size, at: size, into: &space.keys, rows * shape.headCount, size)
            split(space.packed, 3 * size, at: 2 * size, into: &space.values, rows * shape.headCount, size)
        }
    }

    /// mixed = attention of each prompt; rotates queries and keys in place and adds keys and values to the caches.
    private func mix(_ caches: inout [KeyValueCache], _ space: inout Workspace) {
        let shape = config.attention
        let attention = CausalAttention(
            shape: shape, window: shape.windows[number], queryBlock: space.queryBlock)
        var row = 0
        for (index, count) in batch.lengths.enumerated() where count > 0 {
            let first = firsts[index]
            let own = row * shape.queryWidth..<(row + count) * shape.queryWidth
            let shared = row * shape.keyValueWidth..<(row + count) * shape.keyValueWidth
            if let table = space.angles(tokens: first + count) {
                rotate(&space.queries, own, table, first, count, heads: shape.headCount)
                rotate(&space.keys, shared, table, first, count, heads: shape.keyValueHeadCount)
            }
            if caches.isEmpty {
                mix(
                    attention, space.queries, own, space.keys, space.values, shared, first, count, &space.scores,
                    into: &space.mixed)
            } else {
                caches[index].append(
                    keys: space.keys.span.extracting(shared), values: space.values.span.extracting(shared),
                    layer: number)
                let past = caches[index].layers[number]
                mix(
                    attention, space.queries, own, past.keys, past.values, 0..<past.keys.count, first, count,
                    &space.scores, into: &space.mixed)
            }
            row += count
        }
    }

    /// One prompt: its queries are `own` of `queries`, its keys and values `past` of `keys` and `values`.
    private func mix(
        _ attention: CausalAttention, _ queries: [Float], _ own: Range<Int>, _ keys: [Float], _ values: [Float],
        _ past: Range<Int>, _ first: Int, _ count: Int, _ scores: inout [Float], into mixed: inout [Float]
    ) {
        var out = mixed.mutableSpan
        var target = out._mutatingExtracting(own)
        attention.mix(
            queries: queries.span.extracting(own), keys: keys.span.extracting(past),
            values: values.span.extracting(past), first: first, count: count, scores: &scores, into: &target)
    }

    private func rotate(
        _ x: inout [Float], _ part: Range<Int>, _ table: RotaryTable, _ first: Int, _ count: Int, heads: Int
    ) {
        let turned = config.attention.rotary?.size ?? 0
        let angles = first * turned / 2..<(first + count) * turned / 2
        var span = x.mutableSpan
        var target = span._mutatingExtracting(part)
        DecoderLoops.rotateHalves(
            &target, cosine: table.cosine.span.extracting(angles), sine: table.sine.span.extracting(angles),
            rows: count, heads: heads, size: config.attention.headSize, turned: turned)
    }

    /// added = down(activation(gate(norm(residual))) · up(norm(residual))).
    private func feedForward<Visitor: ActivationVisitor>(_ space: inout Workspace, _ visitor: inout Visitor) {
        let network = config.feedForward
        let size = network.size
        layer.feedForwardNorm.apply(space.residual, rows: rows, into: &space.normed)
        if network.isPacked {
            apply(layer.gate, space.normed, into: &space.packed, &space.scalars, &space.tile, &visitor)
            split(space.packed, 2 * size, at: 0, into: &space.gate, rows, size)
            split(space.packed, 2 * size, at: size, into: &space.up, rows, size)
        } else {
            apply(layer.gate, space.normed, into: &space.gate, &space.scalars, &space.tile, &visitor)
        }
        show(space.gate, rows, size, at: Site(.mlpPre, layer: number), to: &visitor)
        if let up = layer.up { apply(up, space.normed, into: &space.up, &space.scalars, &space.tile, &visitor) }
        activate(&space.gate, space.up)
        show(space.gate, rows, size, at: Site(.mlpAct, layer: number), to: &visitor)
        apply(layer.down, space.gate, into: &space.added, &space.scalars, &space.tile, &visitor)
        if let norm = layer.feedForwardPostNorm {
            norm.apply(space.added, rows: rows, into: &space.normed)
            swap(&space.added, &space.normed)
        }
        show(space.added, rows, width, at: Site(.mlpOut, layer: number), to: &visitor)
    }

    /// A linear module; its adapter's scalars are shown to the visitor.
    private func apply<Visitor: ActivationVisitor>(
        _ linear: LinearLayer, _ x: [Float], into out: inout [Float], _ scalars: inout [Float], _ tile: inout [Float],
        _ visitor: inout Visitor
    ) {
        let adapted = adapter?.module(at: linear.module.path, layer: number)
        linear.apply(x, rows: rows, adapter: adapted, into: &out, scalars: &scalars, tile: &tile)
        guard let adapted else { return }
        show(scalars, rows, adapted.rank, at: adapted.site, to: &visitor)
    }

    private func split(
        _ packed: [Float], _ stride: Int, at start: Int, into out: inout [Float], _ rows: Int, _ width: Int
    ) {
        var out = out.mutableSpan
        DecoderLoops.copyColumns(
            packed.span.extracting(start..<packed.count), stride: stride, into: &out, stride: width, rows: rows,
            width: width)
    }

    private func activate(_ gate: inout [Float], _ up: [Float]) {
        let network = config.feedForward
        let activation: DecoderLoops.Activation =
            switch network.activation {
            case .silu: .silu
            case .gelu: .gelu
            case .geluTanh: .geluTanh
            case .relu: .relu
            }
        var gate = gate.mutableSpan
        DecoderLoops.activate(
            &gate, with: activation, up: network.isGated ? up.span : nil, count: rows * network.size)
    }

    private func add(_ added: [Float], to residual: inout [Float]) {
        var residual = residual.mutableSpan
        DecoderLoops.add(added.span, to: &residual, count: rows * width)
    }
}
