/// How a value looks, before any terminal: what the shell draws and scripts convert.
public struct Presentation: Sendable {
    /// One cell of a table.
    public enum Cell: Sendable, Hashable {
        case text(String)
        case int(Int)
        case number(Double)
        /// Shown as mean ± sd.
        case stat(Stat)
        case bool(Bool)
        case missing
    }

    /// A column's heading.
    public struct Column: Sendable, Hashable {
        public var title: String
        public var isNumeric: Bool
    }

    /// Rows under headings.
    public struct Grid: Sendable, Hashable {
        public var columns: [Column]
        public var rows: [[Cell]]
    }

    /// One bar.
    public struct Bar: Sendable, Hashable {
        public var label: String
        public var value: Double
        /// ± for a stat.
        public var sd: Double?
    }

    /// One line of a chart: a value for every x, NaN where there is none.
    public struct Series: Sendable, Hashable {
        public var name: String
        public var values: [Double]
        public var sd: [Double]?
    }

    public enum Body: Sendable {
        case grid(Grid)
        case bars([Bar], quantity: String)
        /// - x: labels in order, and their numbers where they are numbers.
        case lines(x: [String], positions: [Double]?, series: [Series], xName: String, quantity: String)
        case text(String)
    }

    public var title: String?
    public var body: Body
    /// Short facts under the answer, such as `n = 1,234`.
    public var footer: [String]
}
