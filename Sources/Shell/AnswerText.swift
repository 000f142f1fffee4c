public import QueryEngine
internal import QueryLanguage
public import Terminal

/// Answers as text in one of the formats; everything that came from a store passes through `Escape`.
public struct AnswerText: Sendable {
    /// The format.
    public var format: AnswerFormat
    /// Columns of the screen; nil for a file.
    public var width: Int?
    /// Rows of a table that are shown; nil for all.
    public var rowLimit: Int?
    /// Letters of a cell that are shown where there is no `width`; nil for all.
    var cellLimit: Int? = 100
    /// Draws with ASCII only.
    public var isASCII: Bool
    /// Says `_7`, what was read and how long it took, as at the prompt; files leave it out, so that bytes repeat.
    public var tellsWork: Bool

    /// Colours of heat maps.
    public var colours = ColourDepth.none

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
        for line in [facts(value, shown).joined(separator: " · ")] + AnswerText.notes(value) {
            let lines = width.map { TextWidth.wrapped(line, to: $0, next: "  ") } ?? [line]
            out += lines.joined(separator: "\n") + "\n"
        }
        return out
    }

    private func facts(_ value: ShownValue, _ shown: Presentation) -> [String] {
        var facts = [Escape.visible(value.type.description)] + shown.footer.map { Escape.visible($0) }
        guard tellsWork else { return facts }
        // What is only looked at has no number.
        if value.number > 0 { facts[0] = "_\(value.number)  " + facts[0] }
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
        case .grid(let grid):
            if grid.rows.count == 1, grid.columns.count == 1, format == .table {
                // One number needs no rules around it.
                let cell = CellText.rows(grid)[0].first ?? ""
                return [title, Escape.visible(grid.columns[0].title) + "  " + cell].compactMap { $0 }
                    .joined(separator: "\n") + "\n"
            }
            return table(grid, style: format == .box ? .box : .table, header: title)
        case .bars(let bars, let quantity):
            let labels = Presentation.distinctParts(bars.map(\.label))
            let drawn = zip(bars, labels).map { Plots.Bar(Escape.visible($1), $0.value, spread: $0.sd) }
            let heading = title ?? Escape.visible(quantity)
            return heading + "\n" + Plots.bar(drawn, width: min(width ?? 80, 100), isASCII: isASCII)
        case .sparks(let x, let series, let xName, let quantity):
            return sparks(series, x: x, xName: xName, heading: title ?? Escape.visible(quantity))
        case .heat(let columns, let rows, let columnName, let quantity):
            return heat(rows, columns: columns, columnName: columnName, heading: title ?? Escape.visible(quantity))
        case .points(let clouds):
            var plot = ScatterPlot(
                clouds: zip(clouds, Presentation.distinctParts(clouds.map(\.name))).map {
                    ScatterPlot.Cloud(Escape.visible($1), Array(zip($0.x, $0.y)))
                })
            plot.title = title
            plot.width = min(width ?? 80, 100)
            plot.isASCII = isASCII
            return plot.text()
        case .lines(let x, let positions, let series, let xName, let quantity):
            let names = Presentation.distinctParts(series.map(\.name))
            var chart = LineChart(
                xLabels: x.map { Escape.visible($0) }, xPositions: Presentation.readable(positions),
                series: zip(series, names).map { LineChart.Series(Escape.visible($1), $0.values.map { $0 }) })
            chart.title = title
            chart.yTitle = Escape.visible(quantity)
            chart.xTitle = Escape.visible(xName)
            chart.width = min(width ?? 80, 100)
            chart.isASCII = isASCII
            return chart.text()
        }
    }

    /// Lines of small bars with the least and the largest value of each. Where a line is wider than the screen a bar is the mean of
    /// neighbours, and the heading says of how many.
    private func sparks(_ series: [Presentation.Series], x: [String], xName: String, heading: String) -> String {
        let names = Presentation.distinctParts(series.map(\.name)).map { Escape.visible($0) }
        let margin = min(names.map { TextWidth.columns($0) }.max() ?? 0, 30)
        let ends = series.map { line in
            let finite = line.values.filter(\.isFinite)
            return finite.isEmpty
                ? "no value" : "\(NumberFormat.short(finite.min() ?? 0)) … \(NumberFormat.short(finite.max() ?? 0))"
        }
        let taken = margin + 4 + (ends.map { TextWidth.columns($0) }.max() ?? 0)
        let room = width.map { max(8, $0 - taken) } ?? Int.max
        let longest = series.map(\.values.count).max() ?? 0
        let group = longest <= room ? 1 : (longest + room - 1) / room
        var out = "\(heading) over \(Escape.visible(xName)): " + Escape.visible(AnswerText.span(x))
        out += group > 1 ? ", the mean of \(group) a bar\n" : "\n"
        for ((line, end), name) in zip(zip(series, ends), names) {
            out += TextWidth.padded(TextWidth.truncated(name, to: margin), to: margin) + (margin > 0 ? "  " : "")
            out += Plots.spark(AnswerText.means(line.values, of: group), isASCII: isASCII) + "  " + end + "\n"
        }
        return out
    }

    /// Means of neighbours, without those that are no numbers.
    private static func means(_ values: [Double], of group: Int) -> [Double] {
        guard group > 1 else { return values }
        return stride(from: 0, to: values.count, by: group).map { start in
            let finite = values[start..<min(start + group, values.count)].filter(\.isFinite)
            return finite.isEmpty ? .nan : finite.reduce(0, +) / Double(finite.count)
        }
    }

    /// Rows of cells, all on one scale.
    private func heat(_ rows: [Presentation.Series], columns: [String], columnName: String, heading: String) -> String {
        let names = Presentation.distinctParts(rows.map(\.name)).map { Escape.visible($0) }
        var map = HeatMap(
            heading: "\(heading) over \(Escape.visible(columnName)): " + Escape.visible(AnswerText.span(columns)),
            rows: zip(names, rows).map { ($0, $1.values) })
        map.width = width ?? 80
        map.isASCII = isASCII
        map.colours = colours
        return map.text()
    }

    /// The first and the last of some labels.
    private static func span(_ labels: [String]) -> String {
        guard let first = labels.first, let last = labels.last, labels.count > 1 else { return labels.first ?? "" }
        func short(_ label: String) -> String { Double(label).map { NumberFormat.short($0) } ?? label }
        return "\(short(first)) … \(short(last))"
    }

    private func table(_ grid: Presentation.Grid, style: TableRenderer.Style, header: String?) -> String {
        var columns = grid.columns.map {
            TableRenderer.Column(Escape.visible($0.title), isRightAligned: $0.isNumeric)
        }
        var renderer = TableRenderer(style: style, width: width, rowLimit: rowLimit, isASCII: isASCII)
        renderer.cellLimit = cellLimit
        if tellsWork { renderer.hint = "`.page` shows all" }
        var rows = CellText.rows(grid)
        if style != .md, let bars = bars(grid, beside: rows, columns) {
            columns.append(TableRenderer.Column(""))
            for place in rows.indices { rows[place].append(bars[place]) }
        }
        return renderer.text(columns: columns, rows: rows, header: header)
    }

    /// Bars for the numbers of a column, in the room that the table leaves; nil where there is too little, or nothing to draw.
    private func bars(
        _ grid: Presentation.Grid, beside rows: [[String]], _ columns: [TableRenderer.Column]
    ) -> [String]? {
        guard let column = grid.bars else { return nil }
        let values: [Double] = grid.rows.map { row in
            switch row[column] {
            case .number(let value): value
            case .int(let value): Double(value)
            case .stat(let stat): stat.mean
            default: .nan
            }
        }
        guard values.count(where: \.isFinite) > 1 else { return nil }
        let taken = columns.indices.reduce(0) { sum, place in
            let widest = rows.reduce(TextWidth.columns(columns[place].title)) {
                max($0, place < $1.count ? TextWidth.columns($1[place]) : 0)
            }
            return sum + widest + 3
        }
        let room = min(32, (width ?? 80) - taken - 4)
        return room >= 8 ? Plots.bars(values, width: room, isASCII: isASCII) : nil
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
