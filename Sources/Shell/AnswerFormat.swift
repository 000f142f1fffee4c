/// How answers are written.
public enum AnswerFormat: String, Sendable, Hashable, CaseIterable {
    /// For people: rules as in a paper, charts where the query asks for them.
    case table
    /// The same with a frame.
    case box
    /// Markdown tables.
    case md
    /// One row a cell with all labels, full precision.
    case csv
    /// Type, dims, data, notes and provenance; several answers make a list.
    case json
    /// The same, one answer a line.
    case jsonl

    /// Whether a person reads it, so that notes stand under the answer.
    public var isForPeople: Bool { self == .table || self == .box || self == .md }

    /// The names, for help and errors.
    public static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
