public import QueryEngine
internal import QueryLanguage
internal import Terminal

/// Answers as text in one of the formats; everything that came from a store passes through `Escape`.
public struct AnswerText: Sendable {
    /// The format.
    public var format: AnswerFormat
    /// Columns of the screen; nil for a file.
    public var width: Int?
    /// Rows of a table that are shown; nil for all.
    public var rowLimit: Int?
    /// Draws with ASCII only.
    public var isASCII: Bool
    /// Says `_7`, what was read and how long it took, as at the prompt; files leave it out, so that bytes repeat.
    public var tellsWork: Bool

    /// Data goes to a terminal: then csv and json are escaped too; a file gets the bytes as they are.
    public var isForTerminal = false

    /// Tables of any size unless said otherwise.
    public init(
        format: AnswerFormat = .table, width: Int? = nil, rowLimit: Int? = nil, isASCII: Bool = false,
        tellsWork: Bool = false
    ) {
        self.format = format
        self.width = width
        self.rowLimit = rowLimit
        self.isASCII = isASCII
        self.tellsWork = tellsWork
    }

    /// One answer, ending in a newline; `json` is one object of several lines.
    public func text(_ value: ShownValue) -> String {
        switch format {
        case .csv: data(value.csv)
        case .json: data(value.json(indent: 2) + "\n")
        case .jsonl: data(value.json() + "\n")
        case .md: markdown(value)
        case .table, .box: screen(value)
        }
    }

    private func data(_ text: String) -> String { isForTerminal ? Escape.lines(text) : text }

    /// Lines that say what a reader must know about an answer, one for each note.
    public static func notes(_ value: ShownValue) -> [String] { value.notes.map { "note: " + Escape.visible($0.text) } }

    private func screen(_ value: ShownValue) -> String {
        let shown = value.presentation
        var out = ""
        // A value that is not computed yet is only its type, and that stands in the last line.
        if case .text(let text) = shown.body, text == value.type.description {} else { out = body(shown) }
        out += facts(value, shown).joined(separator: " · ") + "\n"
        for note in AnswerText.notes(value) { out += note + "\n" }
        return out
    }

    private func facts(_ value: ShownValue, _ shown: Presentation) -> [String] {
        var facts = [Escape.visible(value.type.description)] + shown.footer.map { Escape.visible($0) }
        guard tellsWork else { return facts }
        facts[0] = "_\(value.number)  " + facts[0]
        if value.isCached { facts.append("cached") }
        if value.reads.chunks > 0 {
            let plural = value.reads.chunks == 1 ? "" : "s"
            facts.append("\(value.reads.chunks) chunk\(plural), \(ByteText.of(value.reads.bytes))")
        }
        let parts = value.elapsed.components
        facts.append(NumberFormat.duration(Double(parts.seconds) + Double(parts.attoseconds) * 1e-18))
        return facts
    }

    private func body(_ shown: Presentation) -> String {
        let title = shown.title.map { Escape.visible($0) }
        switch shown.body {
        case .text(let text): return (title.map { $0 + "\n" } ?? "") + Escape.lines(text) + "\n"
        case .grid(let grid): return table(grid, style: format == .box ? .box : .table, header: title)
        case .bars(let bars, let quantity):
            let labels = AnswerText.distinctParts(bars.map(\.label))
            let drawn = zip(bars, labels).map { Plots.Bar(Escape.visible($1), $0.value, spread: $0.sd) }
            let heading = title ?? Escape.visible(quantity)
            return heading + "\n" + Plots.bar(drawn, width: min(width ?? 80, 100), isASCII: isASCII)
        case .sparks(let x, let series, let xName, let quantity):
            return sparks(series, x: x, xName: xName, heading: title ?? Escape.visible(quantity))
        case .heat(let columns, let rows, let columnName, let quantity):
            return heat(rows, columns: columns, columnName: columnName, heading: title ?? Escape.visible(quantity))
        case .points(let clouds):
            var plot = ScatterPlot(
                clouds: zip(clouds, AnswerText.distinctParts(clouds.map(\.name))).map {
                    ScatterPlot.Cloud(Escape.visible($1), Array(zip($0.x, $0.y)))
                })
            plot.title = title
            plot.width = min(width ?? 80, 100)
            plot.isASCII = isASCII
            return plot.text()
        case .lines(let x, let positions, let series, let xName, let quantity):
            let names = AnswerText.distinctParts(series.map(\.name))
            var chart = LineChart(
                xLabels: x.map { Escape.visible($0) }, xPositions: AnswerText.readable(positions),
                series: zip(series, names).map { LineChart.Series(Escape.visible($1), $0.values.map { $0 }) })
            chart.title = title
            chart.yTitle = Escape.visible(quantity)
            chart.xTitle = Escape.visible(xName)
            chart.width = min(width ?? 80, 100)
            chart.isASCII = isASCII
            return chart.text()
        }
    }

    /// Lines of small bars with the least and the largest value of each.
    private func sparks(_ series: [Presentation.Series], x: [String], xName: String, heading: String) -> String {
        let names = AnswerText.distinctParts(series.map(\.name)).map { Escape.visible($0) }
        let margin = min(names.map { TextWidth.columns($0) }.max() ?? 0, 30)
        var out = "\(heading) over \(Escape.visible(xName)): " + Escape.visible(AnswerText.span(x)) + "\n"
        for (line, name) in zip(series, names) {
            let finite = line.values.filter(\.isFinite)
            let ends =
                finite.isEmpty
                ? "no value" : "\(NumberFormat.short(finite.min() ?? 0)) … \(NumberFormat.short(finite.max() ?? 0))"
            out += TextWidth.padded(TextWidth.truncated(name, to: margin), to: margin) + (margin > 0 ? "  " : "")
            out += Plots.spark(line.values, isASCII: isASCII) + "  " + ends + "\n"
        }
        return out
    }

    /// Rows of blocks, all on one scale, with what the scale is.
    private func heat(_ rows: [Presentation.Series], columns: [String], columnName: String, heading: String) -> String {
        let names = AnswerText.distinctParts(rows.map(\.name)).map { Escape.visible($0) }
        let margin = min(names.map { TextWidth.columns($0) }.max() ?? 0, 30)
        let finite = rows.flatMap { $0.values.filter(\.isFinite) }
        guard let low = finite.min(), let high = finite.max() else { return heading + "\n(no values to draw)\n" }
        var out = "\(heading) over \(Escape.visible(columnName)): " + Escape.visible(AnswerText.span(columns)) + "\n"
        // Two columns a cell, so that a cell is about as wide as high.
        let isWide = columns.count * 2 + margin + 2 <= width ?? 80
        for (row, name) in zip(rows, names) {
            let drawn = Plots.spark(row.values, isASCII: isASCII, low: low, high: high)
            out += TextWidth.padded(TextWidth.truncated(name, to: margin), to: margin) + (margin > 0 ? "  " : "")
            out += (isWide ? drawn.map { "\($0)\($0)" }.joined() : drawn) + "\n"
        }
        let scale = Plots.spark([0, 1], isASCII: isASCII)
        return out + "\(scale.prefix(1)) \(NumberFormat.short(low)) … \(scale.suffix(1)) \(NumberFormat.short(high))\n"
    }

    /// The first and the last of some labels.
    private static func span(_ labels: [String]) -> String {
        guard let first = labels.first, let last = labels.last, labels.count > 1 else { return labels.first ?? "" }
        func short(_ label: String) -> String { Double(label).map { NumberFormat.short($0) } ?? label }
        return "\(short(first)) … \(short(last))"
    }

    /// Names made of parts, without the parts that all of them share: `b · p · layer 0` among its like is `layer 0`.
    static func distinctParts(_ names: [String]) -> [String] {
        let parts = names.map { $0.split(separator: " · ", omittingEmptySubsequences: false) }
        guard parts.count > 1, let first = parts.first, parts.allSatisfy({ $0.count == first.count }) else {
            return names
        }
        let kept = first.indices.filter { place in parts.contains { $0[place] != first[place] } }
        guard !kept.isEmpty else { return names }
        return parts.map { part in kept.map { String(part[$0]) }.joined(separator: " · ") }
    }

    /// Positions that grow like powers (k = 1, 2, 4, …) would crowd at the left: those stand at equal distances.
    static func readable(_ positions: [Double]?) -> [Double]? {
        guard let positions, positions.count > 2, let first = positions.first, let last = positions.last else {
            return positions
        }
        let steps = zip(positions, positions.dropFirst()).map { $1 - $0 }
        guard let least = steps.min(), least > 0 else { return nil }
        return (last - first) / least > 4 * Double(positions.count) ? nil : positions
    }

    private func table(_ grid: Presentation.Grid, style: TableRenderer.Style, header: String?) -> String {
        let columns = grid.columns.map {
            TableRenderer.Column(Escape.visible($0.title), isRightAligned: $0.isNumeric)
        }
        var renderer = TableRenderer(style: style, width: width, rowLimit: rowLimit, isASCII: isASCII)
        renderer.cellLimit = 100
        return renderer.text(columns: columns, rows: CellText.rows(grid), header: header)
    }

    private func markdown(_ value: ShownValue) -> String {
        let shown = value.presentation
        var out = shown.title.map { "**\(Escape.visible($0))**\n\n" } ?? ""
        switch shown.body {
        case .grid(let grid): out += table(grid, style: .md, header: nil)
        case .text(let text): out += Escape.lines(text) + "\n"
        case .bars, .lines, .sparks, .heat, .points: out += table(value.tidy, style: .md, header: nil)
        }
        out += "\n" + facts(value, shown).joined(separator: " · ") + "\n"
        for note in AnswerText.notes(value) { out += "\n> " + note + "\n" }
        return out
    }
}
