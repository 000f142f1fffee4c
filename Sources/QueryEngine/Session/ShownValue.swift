public import QueryLanguage

/// An answer: the value with what it rests on.
public struct ShownValue: Sendable {
    /// `_7` for later statements; 0 for what was only looked at.
    public let number: Int
    public let type: QueryType
    let operand: Operand
    let layout: Layout
    public let notes: [Note]
    public let reads: ReadCount
    public let elapsed: Duration
    /// It was computed before, from the same chunks.
    public let isCached: Bool
    /// The statement as it was written.
    public let query: String
    let context: ValueText.Context

    /// How it is drawn.
    public var presentation: Presentation { Presenter(type: type, layout: layout).present(operand) }

    /// One row a cell with all labels, for Markdown and other tables of scripts.
    public var tidy: Presentation.Grid { ValueText(type: type, operand: operand).tidy }

    /// RFC 4180, full precision.
    public var csv: String { ValueText(type: type, operand: operand).csv }

    /// One JSON object: type, dims, data, n, notes, query, parameters, store, generation, seed.
    public func json(indent: Int? = nil) -> String {
        ValueText(type: type, operand: operand).json(context, indent: indent)
    }
}
