public import Tensor

/// What the numbers of a block are: with its bytes this is all that encoder and decoder know.
public struct BlockShape: Sendable, Hashable {
    /// What an encoding may expect of a row.
    public enum Kind: Sendable, Hashable {
        /// Numbers in no special order.
        case plain
        /// Latent indices of an autoencoder; unused places trail in a row and hold `ColumnID.noLatent`.
        case latentIndices
        /// Latent values, falling in each row; unused places trail and hold 0.
        case latentValues
    }

    /// How one number is stored; `int8` blocks are f32 before and after.
    public var elementType: ElementType
    /// Numbers in a row, at least 1.
    public var width: Int
    /// What a row holds.
    public var kind: Kind

    /// Any shape of at least one number a row.
    public init(elementType: ElementType, width: Int, kind: Kind = .plain) {
        precondition(width > 0, "a row without numbers")
        self.elementType = elementType
        self.width = width
        self.kind = kind
    }

    /// The shape of a column's blocks.
    public init(_ spec: ColumnSpec) {
        let kind: Kind =
            switch spec.id {
            case .latentIndex: .latentIndices
            case .latentValue: .latentValues
            default: .plain
            }
        self.init(elementType: spec.elementType, width: spec.width, kind: kind)
    }

    /// Bytes without structure: an attachment.
    public static let bytes = BlockShape(elementType: .uint8, width: 1)

    /// Bytes of one row before encoding.
    public var rowBytes: Int { width * elementType.byteCount }
}
