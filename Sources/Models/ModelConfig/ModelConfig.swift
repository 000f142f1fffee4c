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
    /// Longest sequence that the model was made for. With learned positions nothing longer can be computed.
    public var maximumPositions: Int?
    /// A vector for each position is added to the embedding.
    public var hasLearnedPositions = false
    /// What the embedding is multiplied by.
    public var embeddingScale: Float = 1
    /// The same in every layer, but for the windows.
    public var attention: Attention
    /// The same in every layer.
    public var feedForward: FeedForward
    /// Before both blocks of a layer and at the end.
    public var norm: Norm
    /// Another norm on what each block gives, before it is added to the residual stream.
    public var hasPostNorms = false
    /// Both blocks read the same residual stream and are added to it together: there is nothing between them.
    public var isParallel = false
    /// cap · tanh(l / cap) takes the place of each logit l.
    public var logitCap: Double?
    /// Whether the unembedding is the embedding matrix.
    public var tiedEmbeddings: Bool
    /// What the parts are called in the files.
    public var tensors: TensorNames

    /// Causal attention; `headCount / keyValueHeadCount` queries share one key and value head.
    public struct Attention: Sendable, Hashable {
        /// Query heads.
        public var headCount: Int
        /// A divisor of `headCount`.
        public var keyValueHeadCount: Int
        /// `headCount · headSize` need not be the hidden size.
        public var headSize: Int
        /// How queries and keys know their positions; nil where the embedding tells them.
        public var rotary: Rotary?
        /// For each layer how many tokens a token sees, itself included; nil for all before it.
        public var windows: [Int?]
        /// What scores are multiplied by before the softmax.
        public var scoreScale: Double
        /// cap · tanh(s / cap) takes the place of each scaled score s.
        public var scoreCap: Double?
        /// An RMS norm on each head of queries and keys, before rotary positions.
        public var hasQueryKeyNorm = false
        /// How the outputs of the projections of queries, keys and values lie.
        public var packing: Packing = .apart
        /// A bias on the projections of queries, keys and values.
        public var hasInputBias: Bool
        /// A bias on the projection back to the residual stream.
        public var hasOutputBias: Bool

        /// Numbers of all query heads of a token.
        public var queryWidth: Int { headCount * headSize }
        /// Numbers of all key heads of a token.
        public var keyValueWidth: Int { keyValueHeadCount * headSize }
    }

    /// One module for queries, keys and values, or one for each.
    public enum Packing: Sendable, Hashable {
        /// Three modules.
        case apart
        /// One: all queries, then all keys, then all values.
        case blocks
        /// One: for each head its query, its key, its value.
        case byHead
    }

    /// Gated: down(activation(gate(x)) · up(x)); plain: down(activation(gate(x))).
    public struct FeedForward: Sendable, Hashable {
        /// Width between the first half and the second.
        public var size: Int
        /// Applied to the gate.
        public var activation: Activation
        /// Whether there is an up.
        public var isGated: Bool
        /// Gate and up are one module, gate first.
        public var isPacked = false
        /// A bias on all projections.
        public var hasBias: Bool
    }

    /// Between the two halves of a feed-forward network; several names mean the same.
    public enum Activation: String, Sendable, Hashable, CaseIterable {
        case silu
        case gelu
        case geluTanh = "gelu_pytorch_tanh"
        case relu

        /// As `hidden_act` spells it.
        init?(name: String) {
            switch name {
            case "silu", "swish": self = .silu
            case "gelu": self = .gelu
            case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": self = .geluTanh
            case "relu": self = .relu
            default: return nil
            }
        }
    }

    /// What brings the residual stream to unit size before a block.
    public struct Norm: Sendable, Hashable {
        /// The formula.
        public var kind: Kind
        /// Added to the mean square or the variance.
        public var epsilon: Double

        public enum Kind: Sendable, Hashable {
            /// x / √(mean x² + ε) · weight.
            case rms
            /// x / √(mean x² + ε) · (1 + weight).
            case rmsPlusOne
            /// (x − mean) / √(variance + ε) · weight + bias.
            case layer
        }
    }
}
