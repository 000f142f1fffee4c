import Analysis
import QueryLanguage

/// Turns a computed value into what is shown, by its shape and the layout that was asked for.
struct Presenter {
    var type: QueryType
    var layout: Layout
    /// Cells of an array that are laid out at most; the rest is announced.
    static let entryLimit = 100_000

    func present(_ operand: Operand) -> Presentation {
        switch operand {
        case .constant(let constant):
            let text = if case .string(let string) = constant { string } else { constant.description }
            return Presentation(title: nil, body: .text(text), footer: [])
        case .frame where layout == .quiet, .table where layout == .quiet:
            return Presentation(title: nil, body: .text(type.description), footer: [])
        case .table(let table): return present(table)
        case .frame(let frame): return present(frame)
        case .probes:
            return Presentation(
                title: nil, body: .text(type.description),
                footer: ["a probe: `apply` it to rows, `save` it, or take its `weights`"])
        case .stream, .labelled, .fits:
            return Presentation(
                title: nil, body: .text(type.description),
                footer: ["nothing is computed yet: pool it (`mean`, `summary`), score it, or `describe` it"])
        }
    }

    private func present(_ table: Table) -> Presentation {
        let columns = table.columns.enumerated().map { place, column in
            let numeric =
                column.kind == .int || column.kind == .double
                || (!table.rows.isEmpty && table.rows.allSatisfy { $0[place].number != nil || $0[place] == .none })
            return Presentation.Column(title: column.name, isNumeric: numeric)
        }
        let rows = table.rows.map { row in row.map(Presenter.cell) }
        return Presentation(
            title: nil, body: .grid(Presentation.Grid(columns: columns, rows: rows)),
            footer: ["\(rows.count) row\(rows.count == 1 ? "" : "s")"])
    }

    private static func cell(_ constant: Constant) -> Presentation.Cell {
        switch constant {
        case .none: .missing
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .double(let value): .number(value)
        case .string(let value): .text(value)
        case .list: .text(constant.description)
        }
    }

    private func present(_ frame: Frame) -> Presentation {
        let entries = FrameEntries(frame)
        switch layout {
        case .bars(let title): return bars(entries, title)
        case .lines(let x, let color, let title): return lines(entries, x: x, color: color, title)
        case .table(let rows, let cols): return grid(entries, rows: rows, cols: cols)
        case .histogram(let title): return histogram(entries, title)
        case .sparks(let x, let title): return sparks(entries, x: x, title)
        case .heat(let x, let y, let title): return heat(entries, x: x, y: y, title)
        case .points(let title, _, _): return points(entries, title)
        case .automatic, .quiet: return byShape(entries)
        }
    }

    /// Tables, with bars beside one column of numbers; shapes instead of numbers where those would fill more than a screen.
    private func byShape(_ entries: FrameEntries) -> Presentation {
        let frame = entries.frame
        let axes = frame.outer + frame.inner
        switch frame.payload {
        case .numbers, .stats, .intervals: break
        default: return grid(entries, rows: nil, cols: nil)
        }
        guard !frame.hasRows, let last = axes.last, type.element != .bool else {
            return grid(entries, rows: nil, cols: nil)
        }
        if axes.count > 1, last.count > Presenter.spread, last.isOrdered {
            var shown =
                axes.dropLast().cells > Presenter.spread
                ? heat(entries, x: last.name, y: axes[axes.count - 2].name, nil) : sparks(entries, x: last.name, nil)
            shown.footer.append("`table` shows the numbers")
            return shown
        }
        var shown = grid(entries, rows: nil, cols: nil)
        if case .grid(var grid) = shown.body, axes.count == 1, grid.rows.count > 1 {
            grid.bars = grid.columns.count - 1
            shown.body = .grid(grid)
        }
        return shown
    }

    // MARK: - Tables

    /// Most columns that a dimension spreads over before it goes down instead.
    static let spread = 12

    private func grid(_ entries: FrameEntries, rows: String?, cols: String?) -> Presentation {
        var across = cols
        if across == nil, entries.names.count > 1, !type.element.isVector {
            // The last dimension that does not go down goes across, where it is small.
            let axes = entries.frame.outer + entries.frame.inner
            if let last = entries.names.last(where: { $0 != rows }), let axis = axes.first(where: { $0.name == last }),
                axis.count <= Presenter.spread
            {
                across = last
            }
        }
        if across == rows { across = nil }
        var down = entries.names.filter { $0 != across }
        if let rows, let place = down.firstIndex(of: rows) {
            // The dimension asked for comes last of those that go down, so that it varies fastest.
            down.append(down.remove(at: place))
        }
        let places = down.compactMap { entries.names.firstIndex(of: $0) }
        let acrossPlace = across.flatMap { entries.names.firstIndex(of: $0) }
        var headings: [Label] = []
        var headingPlace: [Label: Int] = [:]
        var order: [[Label]] = []
        var cells: [[Label]: [Int: Int]] = [:]
        var left = Presenter.entryLimit
        entries.each { labels, place in
            guard left > 0 else { return }
            left -= 1
            let key = places.map { labels[$0] }
            let column: Int
            if let acrossPlace {
                let label = labels[acrossPlace]
                if let known = headingPlace[label] {
                    column = known
                } else {
                    column = headings.count
                    headingPlace[label] = column
                    headings.append(label)
                }
            } else {
                column = 0
            }
            if cells[key] == nil { order.append(key) }
            cells[key, default: [:]][column] = place
        }
        if let rows, down.count > 1, let first = down.first, first != rows { order = stableOrder(order) }
        var columns = down.map { Presentation.Column(title: $0, isNumeric: isNumeric($0, entries.frame)) }
        if acrossPlace != nil {
            columns += headings.map { Presentation.Column(title: heading($0, of: across ?? ""), isNumeric: true) }
        } else {
            columns.append(Presentation.Column(title: type.quantity ?? valueName, isNumeric: !type.element.isVector))
        }
        let width = max(1, headings.count)
        let grid = order.map { key in
            key.map { Presenter.cell($0) }
                + (0..<width).map { column in
                    cells[key]?[column].map { entries.cell($0, type.element) } ?? .missing
                }
        }
        var footer = counts(entries.frame)
        if entries.count > Presenter.entryLimit {
            footer.append("the first \(Presenter.entryLimit) of \(entries.count) cells")
        }
        return Presentation(title: nil, body: .grid(Presentation.Grid(columns: columns, rows: grid)), footer: footer)
    }

    /// Keys grouped by their first labels in order of first sight.
    private func stableOrder(_ keys: [[Label]]) -> [[Label]] {
        guard let width = keys.first?.count, width > 1 else { return keys }
        var ranks: [[Label: Int]] = Array(repeating: [:], count: width)
        for key in keys {
            for (place, label) in key.enumerated() where ranks[place][label] == nil {
                ranks[place][label] = ranks[place].count
            }
        }
        return keys.sorted { a, b in
            for place in 0..<width {
                let (x, y) = (ranks[place][a[place]] ?? 0, ranks[place][b[place]] ?? 0)
                if x != y { return x < y }
            }
            return false
        }
    }

    private var valueName: String {
        switch type.element {
        case .stat: "mean ± sd"
        case .interval: "estimate [low, high]"
        case .test: "statistic (p)"
        case .vector: "vector"
        case .set: "latents"
        default: "value"
        }
    }

    private func heading(_ label: Label, of dim: String) -> String {
        // `accuracy` says what it is; `8` does not.
        if case .string(let text) = label { return text }
        return "\(dim) \(label)"
    }

    private func isNumeric(_ dim: String, _ frame: Frame) -> Bool {
        guard let axis = (frame.outer + frame.inner).first(where: { $0.name == dim }) else { return dim == "token" }
        return axis.labels.allSatisfy { if case .string = $0 { false } else { true } }
    }

    private static func cell(_ label: Label) -> Presentation.Cell {
        switch label {
        case .int(let value): .int(value)
        case .double(let value): .text(Constant.text(of: value))
        case .string(let value): .text(value)
        }
    }

    /// `n = 1,234` where every cell rests on the same count, else the range.
    private func counts(_ frame: Frame) -> [String] {
        let all: [Int] =
            switch frame.payload {
            case .stats(let stats): stats.map(\.count)
            case .intervals(let values): values.map(\.count)
            case .tests(let values): values.map(\.count)
            default: []
            }
        guard let low = all.min(), let high = all.max() else { return [] }
        return [low == high ? "n = \(low)" : "n = \(low) to \(high)"]
    }

    // MARK: - Charts

    func bars(_ entries: FrameEntries, _ title: String?) -> Presentation {
        var bars: [Presentation.Bar] = []
        let shown = entries.names
        entries.each { labels, place in
            let number = entries.number(place)
            let parts = zip(shown, labels).map { name, label in
                if case .string(let text) = label { return text }
                return "\(name) \(label)"
            }
            let range = entries.range(place)
            bars.append(
                Presentation.Bar(
                    label: parts.joined(separator: " · "), value: number.value, sd: number.sd, low: range?.low,
                    high: range?.high))
        }
        return Presentation(
            title: title, body: .bars(bars, quantity: type.quantity ?? valueName), footer: counts(entries.frame))
    }

    func lines(_ entries: FrameEntries, x: String?, color: String?, _ title: String?) -> Presentation {
        let xName = x ?? entries.names.last ?? ""
        guard let xPlace = entries.names.firstIndex(of: xName) else { return bars(entries, title) }
        let others = entries.names.indices.filter { $0 != xPlace }
        // The dimension of the colour names the series first.
        let order = others.filter { entries.names[$0] == color } + others.filter { entries.names[$0] != color }
        var xs: [Label] = []
        var xIndex: [Label: Int] = [:]
        var names: [[Label]] = []
        var values: [[Label]: [Int: (value: Double, sd: Double?)]] = [:]
        var ranges: [[Label]: [Int: (low: Double, high: Double)]] = [:]
        entries.each { labels, place in
            let label = labels[xPlace]
            if xIndex[label] == nil {
                xIndex[label] = xs.count
                xs.append(label)
            }
            let key = order.map { labels[$0] }
            if values[key] == nil { names.append(key) }
            values[key, default: [:]][xIndex[label] ?? 0] = entries.number(place)
            if let range = entries.range(place) { ranges[key, default: [:]][xIndex[label] ?? 0] = range }
        }
        let series = names.map { key in
            let points = xs.indices.map { values[key]?[$0] ?? (.nan, nil) }
            let parts = zip(order, key).map { place, label -> String in
                if case .string(let text) = label { return text }
                return "\(entries.names[place]) \(label)"
            }
            let sds = points.compactMap(\.sd)
            return Presentation.Series(
                name: parts.joined(separator: " · "), values: points.map(\.value),
                sd: sds.count == points.count && !sds.isEmpty ? sds : nil,
                low: ranges[key].map { range in xs.indices.map { range[$0]?.low ?? .nan } },
                high: ranges[key].map { range in xs.indices.map { range[$0]?.high ?? .nan } })
        }
        let positions: [Double] = xs.compactMap { label in
            switch label {
            case .int(let value): Double(value)
            case .double(let value): value
            case .string: nil
            }
        }
        return Presentation(
            title: title,
            body: .lines(
                x: xs.map(\.description), positions: positions.count == xs.count ? positions : nil, series: series,
                xName: xName, quantity: type.quantity ?? valueName), footer: counts(entries.frame))
    }
}
