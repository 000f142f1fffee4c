/// A decoder-only transformer described by a value: what the forward pass must know, nothing about where it came from.
///
/// One description for every family: another architecture is another way to fill these fields, not another type.
public struct ModelConfig: Sendable, Hashable {
    /// The entry of `architectures` that chose how the rest was read, such as `Qwen2ForCausalLM`.
    public var architecture: String
    /// Decoder layers.
    public var layerCount: Int
    /// Width d of the residual stream.
    public var hiddenSize: Int
    /// Token ids are 0 ..< vocabularySize.
    public var vocabularySize: Int
    /// The same in every layer.
    public var attention: Attention
    /// The same in every layer.
    public var feedForward: FeedForward
    /// Before both blocks of a layer and at the end.
    public var norm: Norm
    /// Whether the unembedding is the embedding matrix.
    public var tiedEmbeddings: Bool
    /// Longest sequence that the model was made for; longer ones are computed all the same.
    public var maximumPositions: Int?

    /// Causal attention; `headCount / keyValueHeadCount` queries share one key and value head.
    public struct Attention: Sendable, Hashable {
        /// Query heads.
        public var headCount: Int
        /// A divisor of `headCount`.
        public var keyValueHeadCount: Int
        /// Even; `headCount · headSize` need not be the hidden size.
        public var headSize: Int
        /// How queries and keys know their positions.
        public var rotary: Rotary
        /// A bias on the projections of queries, keys and values.
        public var hasInputBias: Bool
        /// A bias on the projection back to the residual stream.
        public var hasOutputBias: Bool
    }

    /// Rotary positions over whole heads, halves paired: angle of pair i at position p is p · base^(−2i / headSize).
    public struct Rotary: Sendable, Hashable {
        /// `rope_theta`.
        public var base: Double
    }

    /// down(activation(gate(x)) · up(x)).
    public struct FeedForward: Sendable, Hashable {
        /// Width between up and down.
        public var size: Int
        /// Applied to the gate.
        public var activation: Activation
        /// A bias on all three projections.
        public var hasBias: Bool
    }

    /// The name is the one in `hidden_act`.
    public enum Activation: String, Sendable, Hashable, CaseIterable {
        case silu
    }

    /// x / √(mean x² + ε) · weight, before attention and before the feed-forward network.
    public struct Norm: Sendable, Hashable {
        /// Added to the mean square.
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
