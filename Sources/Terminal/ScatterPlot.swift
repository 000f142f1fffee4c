/// Points in the plane as text: a mark for each place that holds points, ticks on both axes, a legend for several clouds.
public struct ScatterPlot: Sendable {
    /// Points of one kind.
    public struct Cloud: Sendable {
        /// Its name in the legend, escaped already.
        public var name: String
        /// Points that are not finite are left out.
        public var points: [(x: Double, y: Double)]

        /// A cloud.
        public init(_ name: String, _ points: [(Double, Double)]) {
            self.name = name
            self.points = points.map { ($0.0, $0.1) }
        }
    }

    /// The points.
    public var clouds: [Cloud]
    /// Written above.
    public var title: String?
    /// Columns of the whole drawing.
    public var width = 80
    /// Lines between the axes.
    public var height = 18
    /// Draws with ASCII only.
    public var isASCII = false

    /// Clouds to be given a title and a size.
    public init(clouds: [Cloud]) { self.clouds = clouds }

    private var marks: [Character] { Array(isASCII ? "o+x*#@%&" : "●○■□▲△◆◇") }

    /// The drawing, ending in a newline.
    public func text() -> String {
        let heading = title.map { TextWidth.truncated($0, to: width) + "\n" } ?? ""
        let points = clouds.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
        guard let left = points.map(\.x).min(), let right = points.map(\.x).max(), let low = points.map(\.y).min(),
            let high = points.map(\.y).max()
        else { return heading + "(no points to draw)\n" }
        let across = Ticks(from: left, to: right, wanted: 6)
        let up = Ticks(from: low, to: high, wanted: max(3, height / 4))
        let margin = up.labels.map { TextWidth.columns($0) }.max() ?? 0
        let columns = max(10, width - margin - 3)
        let rows = max(4, height)
        var canvas = Array(repeating: Array(repeating: Character(" "), count: columns), count: rows)
        for (index, cloud) in clouds.enumerated() {
            for point in cloud.points where point.x.isFinite && point.y.isFinite {
                let column = ScatterPlot.place(point.x, across, columns)
                canvas[rows - 1 - ScatterPlot.place(point.y, up, rows)][column] = marks[index % marks.count]
            }
        }
        var lines: [String] = []
        for (row, cells) in canvas.enumerated() {
            let tick = up.values.firstIndex { rows - 1 - ScatterPlot.place($0, up, rows) == row }
            let edge = isASCII ? (tick == nil ? "|" : "+") : (tick == nil ? "│" : "┤")
            lines.append(
                TextWidth.padded(tick.map { up.labels[$0] } ?? "", to: margin, rightAligned: true) + " " + edge
                    + String(cells))
        }
        let lead = String(repeating: " ", count: margin + 1)
        var axis = Array(repeating: Character(isASCII ? "-" : "─"), count: columns)
        var labels = Array(repeating: Character(" "), count: columns + 1)
        var free = 0
        for (value, label) in zip(across.values, across.labels) {
            let column = ScatterPlot.place(value, across, columns)
            axis[column] = isASCII ? "+" : "┬"
            let start = max(0, min(columns - label.count, column - label.count / 2))
            guard start >= free, start + label.count <= columns else { continue }
            for (offset, character) in label.enumerated() { labels[start + offset] = character }
            free = start + label.count + 1
        }
        lines.append(lead + (isASCII ? "+" : "└") + String(axis))
        lines.append(lead + " " + String(labels))
        if clouds.count > 1 {
            for (index, cloud) in clouds.prefix(20).enumerated() {
                lines.append(
                    lead + " \(marks[index % marks.count]) "
                        + TextWidth.truncated(cloud.name, to: max(8, width - margin - 6)))
            }
            if clouds.count > 20 { lines.append(lead + " and \(clouds.count - 20) more") }
        }
        return heading
            + lines.map { line in line.lastIndex { $0 != " " }.map { String(line[...$0]) } ?? "" }
            .joined(separator: "\n") + "\n"
    }

    private static func place(_ value: Double, _ ticks: Ticks, _ cells: Int) -> Int {
        let share = min(1, max(0, (value - ticks.low) / (ticks.high - ticks.low)))
        return min(cells - 1, Int((share * Double(cells - 1)).rounded()))
    }
}
