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
        /// The column whose numbers are drawn as bars beside the rows; nil for none.
        public var bars: Int?
    }

    /// One bar.
    public struct Bar: Sendable, Hashable {
        public var label: String
        public var value: Double
        /// ± for a stat.
        public var sd: Double?
        /// Around the value: mean ± sd, or the bounds of an interval.
        public var low: Double?
        public var high: Double?
    }

    /// One line of a chart: a value for every x, NaN where there is none.
    public struct Series: Sendable, Hashable {
        public var name: String
        public var values: [Double]
        public var sd: [Double]?
        /// Around every value: mean ± sd, or the bounds of an interval.
        public var low: [Double]?
        public var high: [Double]?
    }

    /// Points of one kind.
    public struct Cloud: Sendable, Hashable {
        public var name: String
        public var x: [Double]
        public var y: [Double]
    }

    public enum Body: Sendable {
        case grid(Grid)
        case bars([Bar], quantity: String)
        /// - x: labels in order, and their numbers where they are numbers.
        case lines(x: [String], positions: [Double]?, series: [Series], xName: String, quantity: String)
        /// A line of small bars for each series.
        case sparks(x: [String], series: [Series], xName: String, quantity: String)
        /// Rows of shades on one scale.
        case heat(columns: [String], rows: [Series], columnName: String, quantity: String)
        /// Points in the plane.
        case points([Cloud])
        case text(String)
    }

    public var title: String?
    public var body: Body
    /// Short facts under the answer, such as `n = 1,234`.
    public var footer: [String]
}
