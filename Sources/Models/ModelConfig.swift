/// A decoder-only transformer described by a value: what the forward pass must know, nothing about where it came from.
///
/// One description for every family: another architecture is another way to fill these fields, not another type.
public struct ModelConfig: Sendable, Hashable {
    /// The entry of `architectures` that chose how the rest was read, such as `Qwen2ForCausalLM`.
    public var architecture: String
    public var layerCount: Int
    /// Width d of the residual stream.
    public var hiddenSize: Int
    /// Token ids are 0 ..< vocabularySize.
    public var vocabularySize: Int
    public var attention: Attention
    public var feedForward: FeedForward
    public var norm: Norm
    /// Whether the unembedding is the embedding matrix.
    public var tiedEmbeddings: Bool
    /// Longest sequence that the model was made for; longer ones are computed all the same.
    public var maximumPositions: Int?

    /// Causal attention; `headCount / keyValueHeadCount` queries share one key and value head.
    public struct Attention: Sendable, Hashable {
        public var headCount: Int
        public var keyValueHeadCount: Int
        public var headSize: Int
        public var rotary: Rotary
        /// A bias on the projections of queries, keys and values.
        public var hasInputBias: Bool
        public var hasOutputBias: Bool
    }

    /// Rotary positions over whole heads, halves paired: angle of pair i at position p is p · base^(−2i / headSize).
    public struct Rotary: Sendable, Hashable {
        public var base: Double
    }

    /// down(activation(gate(x)) · up(x)).
    public struct FeedForward: Sendable, Hashable {
        public var size: Int
        public var activation: Activation
        public var hasBias: Bool
    }

    public enum Activation: String, Sendable, Hashable, CaseIterable {
        case silu
    }

    /// x / √(mean x² + ε) · weight, before attention and before the feed-forward network.
    public struct Norm: Sendable, Hashable {
        public var epsilon: Double
    }

    /// Inputs and outputs of one linear module of a layer.
    public func shape(of module: DecoderModule) -> (outputs: Int, inputs: Int) {
        let queries = attention.headCount * attention.headSize
        let keys = attention.keyValueHeadCount * attention.headSize
        return switch module {
        case .queries: (queries, hiddenSize)
        case .keys, .values: (keys, hiddenSize)
        case .attentionOutput: (hiddenSize, queries)
        case .gate, .up: (feedForward.size, hiddenSize)
        case .down: (hiddenSize, feedForward.size)
        }
    }
}

/// A linear module of a decoder layer. The raw value is its path within the layer, as Hugging Face models and PEFT spell it.
public enum DecoderModule: String, Sendable, Hashable, CaseIterable {
    case queries = "self_attn.q_proj"
    case keys = "self_attn.k_proj"
    case values = "self_attn.v_proj"
    case attentionOutput = "self_attn.o_proj"
    case gate = "mlp.gate_proj"
    case up = "mlp.up_proj"
    case down = "mlp.down_proj"
}
