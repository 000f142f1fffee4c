/// A linear module of a decoder layer as it lies in the files: what an adapter can change.
public struct LinearModule: Sendable, Hashable {
    /// Within the layer, as Hugging Face models and PEFT spell it: `mlp.down_proj`, `self_attn.qkv_proj`, `attn.c_attn`.
    public var path: String
    /// Width of what it reads.
    public var inputs: Int
    /// Width of what it gives.
    public var outputs: Int
    /// Whether it adds a bias.
    public var hasBias: Bool
    /// What the forward pass uses it for.
    var role: Role

    enum Role: Sendable, Hashable {
        case queries, keys, values, packedAttention, attentionOutput, gate, up, packedGate, down
    }
}

extension ModelConfig {
    /// The linear modules of every layer, in the order of computation.
    public var linearModules: [LinearModule] {
        let queries = attention.queryWidth
        let keys = attention.keyValueWidth
        let bias = attention.hasInputBias
        var modules: [LinearModule] = []
        func add(_ path: String, _ inputs: Int, _ outputs: Int, _ hasBias: Bool, _ role: LinearModule.Role) {
            modules.append(LinearModule(path: path, inputs: inputs, outputs: outputs, hasBias: hasBias, role: role))
        }
        if attention.packing == .apart {
            add(tensors.queries, hiddenSize, queries, bias, .queries)
            add(tensors.keys, hiddenSize, keys, bias, .keys)
            add(tensors.values, hiddenSize, keys, bias, .values)
        } else {
            add(tensors.packedAttention, hiddenSize, queries + 2 * keys, bias, .packedAttention)
        }
        add(tensors.attentionOutput, queries, hiddenSize, attention.hasOutputBias, .attentionOutput)
        if feedForward.isPacked {
            add(tensors.packedGate, hiddenSize, 2 * feedForward.size, feedForward.hasBias, .packedGate)
        } else {
            add(tensors.gate, hiddenSize, feedForward.size, feedForward.hasBias, .gate)
            if feedForward.isGated { add(tensors.up, hiddenSize, feedForward.size, feedForward.hasBias, .up) }
        }
        add(tensors.down, feedForward.size, hiddenSize, feedForward.hasBias, .down)
        return modules
    }
}
