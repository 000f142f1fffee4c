/// One or more series over a common x axis as text: a mark for each value, dots between, axis labels and a legend.
public struct LineChart: Sendable {
    /// One line of the chart.
    public struct Series: Sendable, Hashable {
        /// Its name in the legend, escaped already.
        public var name: String
        /// A value for each x; nil and NaN leave a gap.
        public var values: [Double?]

        /// A series.
        public init(_ name: String, _ values: [Double?]) {
            self.name = name
            self.values = values
        }
    }

    /// Labels along x, one for each value.
    public var xLabels: [String]
    /// Where the values stand along x; nil for equal distances.
    public var xPositions: [Double]?
    /// The lines.
    public var series: [Series]
    /// Written under the x axis, above the chart, and above the y axis.
    public var xTitle: String?
    /// Written above the chart.
    public var title: String?
    /// Written above the y axis.
    public var yTitle: String?
    /// Columns of the whole chart.
    public var width = 80
    /// Lines between the axes.
    public var height = 14
    /// Draws with ASCII only.
    public var isASCII = false

    /// An empty chart to be given titles and a size.
    public init(xLabels: [String], xPositions: [Double]? = nil, series: [Series]) {
        self.xLabels = xLabels
        self.xPositions = xPositions
        self.series = series
    }

    /// The marks of the series, in order; they repeat after eight.
    private var marks: [Character] { Array(isASCII ? "o+x*#@%&" : "●○■□▲△◆◇") }

    /// The chart, ending in a newline.
    public func text() -> String {
        let values = series.flatMap { $0.values.compactMap { $0 } }.filter(\.isFinite)
        guard let least = values.min(), let most = values.max(), !xLabels.isEmpty else {
            return (title.map { $0 + "\n" } ?? "") + "(no values to plot)\n"
        }
        let ticks = Ticks(from: least, to: most, wanted: max(3, height / 4))
        let labels = ticks.labels
        let margin = labels.map { TextWidth.columns($0) }.max() ?? 0
        let columns = max(10, width - margin - 3)
        var canvas = Array(repeating: Array(repeating: Character(" "), count: columns), count: max(4, height))
        var coincides = false
        for (index, line) in series.enumerated() {
            let covers = draw(line, mark: marks[index % marks.count], ticks: ticks, on: &canvas)
            coincides = coincides || covers
        }
        var lines: [String] = []
        if let title { lines.append(TextWidth.truncated(title, to: width)) }
        if let yTitle { lines.append(TextWidth.truncated(yTitle, to: width)) }
        for (row, cells) in canvas.enumerated() {
            let tick = ticks.values.firstIndex { self.row($0, ticks, canvas.count) == row }
            let label = tick.map { labels[$0] } ?? ""
            let edge = isASCII ? (tick == nil ? "|" : "+") : (tick == nil ? "│" : "┤")
            let text = TextWidth.padded(label, to: margin, rightAligned: true) + " " + edge + String(cells)
            lines.append(LineChart.trimmed(text))
        }
        lines.append(String(repeating: " ", count: margin + 1) + axis(columns))
        lines.append(LineChart.trimmed(String(repeating: " ", count: margin + 2) + tickLabels(columns)))
        if let xTitle {
            let lead = margin + 2 + max(0, (columns - TextWidth.columns(xTitle)) / 2)
            lines.append(String(repeating: " ", count: lead) + xTitle)
        }
        lines += legend(indent: margin + 2)
        if coincides {
            lines.append(String(repeating: " ", count: margin + 2) + "(marks that coincide: the last of them is drawn)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func position(_ index: Int, _ columns: Int) -> Int {
        let count = xLabels.count
        guard count > 1 else { return columns / 2 }
        // Half a label's room on both sides.
        let lead = min(columns / 8, max(1, (TextWidth.columns(xLabels[0]) + 1) / 2))
        let usable = Double(columns - 1 - 2 * lead)
        guard let xPositions, xPositions.count == count, let low = xPositions.min(), let high = xPositions.max(),
            high > low
        else { return lead + Int((Double(index) / Double(count - 1) * usable).rounded()) }
        return lead + Int(((xPositions[index] - low) / (high - low) * usable).rounded())
    }

    private func row(_ value: Double, _ ticks: Ticks, _ rows: Int) -> Int {
        let share = min(1, max(0, (value - ticks.low) / (ticks.high - ticks.low)))
        return min(rows - 1, max(0, rows - 1 - Int((share * Double(rows - 1)).rounded())))
    }

    /// Draws one series; true where its marks cover those of another.
    private func draw(_ line: Series, mark: Character, ticks: Ticks, on canvas: inout [[Character]]) -> Bool {
        let columns = canvas[0].count
        var last: (x: Int, y: Double)?
        var points: [(x: Int, row: Int)] = []
        for index in xLabels.indices {
            guard index < line.values.count, let given = line.values[index], given.isFinite else {
                last = nil
                continue
            }
            let value = min(Ticks.largest, max(-Ticks.largest, given))
            let x = position(index, columns)
            if let last, x > last.x + 1 {
                for between in (last.x + 1)..<x {
                    let share = Double(between - last.x) / Double(x - last.x)
                    let place = row(last.y + share * (value - last.y), ticks, canvas.count)
                    if canvas[place][between] == " " { canvas[place][between] = isASCII ? "." : "·" }
                }
            }
            points.append((x, row(value, ticks, canvas.count)))
            last = (x, value)
        }
        var covers = false
        for point in points {
            let there = canvas[point.row][point.x]
            covers = covers || (there != mark && marks.contains(there))
            canvas[point.row][point.x] = mark
        }
        return covers
    }

    private func axis(_ columns: Int) -> String {
        var cells = Array(repeating: Character(isASCII ? "-" : "─"), count: columns)
        for index in xLabels.indices { cells[position(index, columns)] = isASCII ? "+" : "┬" }
        return (isASCII ? "+" : "└") + String(cells)
    }

    /// As many labels as fit without touching, the first and the last before all others.
    private func tickLabels(_ columns: Int) -> String {
        var free = Array(repeating: true, count: columns)
        var cells = Array(repeating: " ", count: columns)
        let order = [0, xLabels.count - 1] + Array(xLabels.indices.dropFirst().dropLast())
        for index in order {
            let label = TextWidth.truncated(xLabels[index], to: max(4, columns / 3))
            let length = TextWidth.columns(label)
            guard length > 0, length <= columns else { continue }
            let start = min(columns - length, max(0, position(index, columns) - length / 2))
            let reach = max(0, start - 1)..<min(columns, start + length + 1)
            guard reach.allSatisfy({ free[$0] }) else { continue }
            for place in start..<(start + length) {
                free[place] = false
                cells[place] = ""
            }
            cells[start] = label
        }
        return cells.joined()
    }

    private func legend(indent: Int) -> [String] {
        guard series.count > 1 || (series.first.map { !$0.name.isEmpty } ?? false) else { return [] }
        var lines: [String] = []
        var line = ""
        for (index, one) in series.enumerated() {
            let entry = "\(marks[index % marks.count]) \(TextWidth.truncated(one.name, to: max(8, width - indent - 4)))"
            if !line.isEmpty, indent + TextWidth.columns(line) + 3 + TextWidth.columns(entry) > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : "   ") + entry
        }
        return (lines + [line]).map { String(repeating: " ", count: indent) + $0 }
    }

    private static func trimmed(_ text: String) -> String {
        text.lastIndex { $0 != " " }.map { String(text[...$0]) } ?? ""
    }
}

/// Round numbers along an axis: steps of 1, 2 or 5 times a power of ten that enclose the values.
public struct Ticks: Sendable {
    /// The first and the last of them.
    public let low: Double
    public let high: Double
    /// Where they stand, and how they are written.
    public let values: [Double]
    public let labels: [String]
    /// Values beyond this are drawn at the edge: the range of a chart stays finite.
    public static let largest = 1e300

    /// About `wanted` steps.
    public init(from least: Double, to most: Double, wanted: Int) {
        var low = max(-Ticks.largest, least)
        var high = min(Ticks.largest, most)
        if !(high - low > 1e-12 * max(abs(low), abs(high))) {
            let room = low == 0 ? 1 : abs(low) * 0.1
            low -= room
            high += room
        }
        let rough = (high - low) / Double(max(1, wanted))
        // Powers by repeated multiplication: no libm, the same bits everywhere.
        var power = 1.0
        var decimals = 0
        while power > rough, decimals < 300 {
            power /= 10
            decimals += 1
        }
        while power * 10 <= rough {
            power *= 10
            decimals -= 1
        }
        let factor = rough / power > 5 ? 10.0 : rough / power > 2 ? 5 : rough / power > 1 ? 2 : 1
        if factor == 10 { decimals -= 1 }
        let step = power * factor
        let first = (low / step + 1e-9).rounded(.down)
        let last = (high / step - 1e-9).rounded(.up)
        self.low = first * step
        self.high = max(last, first + 1) * step
        let scientific = decimals > 6 || max(abs(self.low), abs(self.high)) >= 1e7
        values = (0...Int(min(100, max(1, last - first)))).map { (first + Double($0)) * step }
        labels = values.map {
            scientific ? NumberFormat.short($0) : NumberFormat.fixed($0, decimals: max(0, decimals))
        }
    }
}
