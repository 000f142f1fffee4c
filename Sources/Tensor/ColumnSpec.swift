/// The shape of one column: what it is called, how a number is stored and how many a row has.
public struct ColumnSpec: Sendable, Hashable {
    /// What the column is.
    public var id: ColumnID
    /// How one number is stored.
    public var elementType: ElementType
    /// Numbers in a row, 1…`widthLimit`.
    public var width: Int

    /// The widest column a chunk file may hold: a row of 16 MiB.
    public static let widthLimit = 4 << 20

    /// Any shape; who stores it checks it.
    public init(id: ColumnID, elementType: ElementType, width: Int) {
        self.id = id
        self.elementType = elementType
        self.width = width
    }

    /// Bytes of one row before encoding.
    public var rowBytes: Int { width * elementType.byteCount }

    /// The same as its type keeps them: of `int8`, which is given and read as f32, a byte a number.
    public var keptRowBytes: Int { elementType == .int8 ? width : rowBytes }
}
