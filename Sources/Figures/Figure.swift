/// What a chart shows, before any form of it: text that came from a store is made visible by whoever draws.
public struct Figure: Sendable {
    /// A value with the range around it, if it has one.
    public struct Bar: Sendable, Hashable {
        public var label: String
        public var value: Double
        public var low: Double?
        public var high: Double?

        public init(label: String, value: Double, low: Double? = nil, high: Double? = nil) {
            self.label = label
            self.value = value
            self.low = low
            self.high = high
        }
    }

    /// A value for every place along x, NaN where there is none; with a band around it, if it has one.
    public struct Series: Sendable, Hashable {
        public var name: String
        public var values: [Double]
        public var low: [Double]?
        public var high: [Double]?

        public init(name: String, values: [Double], low: [Double]? = nil, high: [Double]? = nil) {
            self.name = name
            self.values = values
            self.low = low
            self.high = high
        }
    }

    /// Points of one kind.
    public struct Cloud: Sendable, Hashable {
        public var name: String
        public var x: [Double]
        public var y: [Double]

        public init(name: String, x: [Double], y: [Double]) {
            self.name = name
            self.x = x
            self.y = y
        }
    }

    /// What is drawn.
    public enum Marks: Sendable {
        /// One bar below the other, labels at the left.
        case bars([Bar])
        /// - positions: where the labels stand along x; nil for equal distances
        case lines(x: [String], positions: [Double]?, series: [Series])
        /// Rows of coloured cells.
        case heat(columns: [String], rows: [Series])
        case points([Cloud])
    }

    public var marks: Marks
    public var title: String?
    /// What runs along x, and what the numbers are, with their units.
    public var xTitle: String
    public var yTitle: String
    /// What runs down, for cells.
    public var rowTitle = ""
    /// Facts under the chart, such as `n = 96`.
    public var footer: [String]

    public init(marks: Marks, title: String? = nil, xTitle: String, yTitle: String, footer: [String] = []) {
        self.marks = marks
        self.title = title
        self.xTitle = xTitle
        self.yTitle = yTitle
        self.footer = footer
    }

    /// Numbers that can't be drawn.
    var missing: (count: Int, total: Int) {
        let values: [Double] =
            switch marks {
            case .bars(let bars): bars.map(\.value)
            case .lines(_, _, let series), .heat(_, let series): series.flatMap(\.values)
            case .points(let clouds): clouds.flatMap { zip($0.x, $0.y).map { $0.isFinite ? $1 : $0 } }
            }
        return (values.count { !$0.isFinite }, values.count)
    }

    /// The lines under the chart.
    var caption: [String] {
        let (count, total) = missing
        return footer + (count == 0 ? [] : ["not drawn: \(count) of \(total) values, missing or infinite"])
    }
}

/// Which colours a picture has.
public enum Theme: String, Sendable, Hashable, CaseIterable {
    /// Light, and dark where the reader's screen is.
    case auto
    case light
    case dark

    /// What is written and drawn between the marks.
    struct Palette {
        var background: String
        var ink: String
        var muted: String
        var grid: String
        /// Kinds told apart by eyes of all sorts (after Okabe and Ito, 2008), dark enough on the ground.
        var kinds: [String]
    }

    static let lightPalette = Palette(
        background: "#ffffff", ink: "#1a1a1a", muted: "#666666", grid: "#e4e4e4",
        kinds: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b07d00", "#3b9dd9", "#7a5195", "#4d4d4d"])
    static let darkPalette = Palette(
        background: "#16181d", ink: "#ececec", muted: "#a3a7ae", grid: "#30343c",
        kinds: ["#4fa8e0", "#ff8c42", "#2fc79b", "#e29cc6", "#e0b040", "#8fd0ff", "#b79be0", "#c4c4c4"])

    /// What is written into the elements; `auto` changes it by a style sheet.
    var palette: Palette { self == .dark ? Theme.darkPalette : Theme.lightPalette }

    /// The style sheet of a picture that follows the screen.
    var style: String {
        guard self == .auto else { return "" }
        let dark = Theme.darkPalette
        var rules = [
            ".bg{fill:\(dark.background)}", ".ink{fill:\(dark.ink)}", ".muted{fill:\(dark.muted)}",
            ".axis{stroke:\(dark.ink)}", ".grid{stroke:\(dark.grid)}", ".edge{stroke:\(dark.background)}",
        ]
        for (index, colour) in dark.kinds.enumerated() {
            rules.append(".f\(index){fill:\(colour)}")
            rules.append(".s\(index){stroke:\(colour)}")
        }
        return "@media (prefers-color-scheme:dark){" + rules.joined() + "}"
    }
}
