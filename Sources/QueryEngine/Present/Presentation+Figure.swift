import Figures

extension Presentation {
    /// The picture of it; nil for tables and texts.
    ///
    /// - Parameter axes: what runs across and up, for points
    func figure(axes: (x: String, y: String)) -> Figure? {
        switch body {
        case .grid, .text: return nil
        case .bars(let bars, let quantity):
            let labels = Presentation.distinctParts(bars.map(\.label))
            return Figure(
                marks: .bars(
                    zip(bars, labels).map { Figure.Bar(label: $1, value: $0.value, low: $0.low, high: $0.high) }),
                title: title, xTitle: "", yTitle: Presentation.measured(quantity), footer: footer)
        case .lines(let x, let positions, let series, let xName, let quantity):
            return Figure(
                marks: .lines(x: x, positions: Presentation.readable(positions), series: Presentation.named(series)),
                title: title, xTitle: Presentation.measured(xName), yTitle: Presentation.measured(quantity),
                footer: footer)
        case .sparks(let x, let series, let xName, let quantity):
            return Figure(
                marks: .lines(x: x, positions: nil, series: Presentation.named(series)), title: title,
                xTitle: Presentation.measured(xName), yTitle: Presentation.measured(quantity), footer: footer)
        case .heat(let columns, let rows, let columnName, let quantity):
            var rows = Presentation.named(rows)
            // `layer 0`, `layer 1`, …: the word stands beside the axis.
            let words = rows.map { $0.name.split(separator: " ", maxSplits: 1) }
            var rowTitle = ""
            if let word = words.first?.first,
                words.allSatisfy({ $0.count == 2 && $0[0] == word && Double($0[1]) != nil })
            {
                rowTitle = String(word)
                for (place, parts) in words.enumerated() { rows[place].name = String(parts[1]) }
            }
            var figure = Figure(
                marks: .heat(columns: columns, rows: rows), title: title, xTitle: Presentation.measured(columnName),
                yTitle: Presentation.measured(quantity), footer: footer)
            figure.rowTitle = Presentation.measured(rowTitle)
            return figure
        case .points(let clouds):
            let names = Presentation.distinctParts(clouds.map(\.name))
            return Figure(
                marks: .points(zip(clouds, names).map { Figure.Cloud(name: $1, x: $0.x, y: $0.y) }), title: title,
                xTitle: Presentation.measured(axes.x), yTitle: Presentation.measured(axes.y), footer: footer)
        }
    }

    private static func named(_ series: [Series]) -> [Figure.Series] {
        zip(series, distinctParts(series.map(\.name))).map {
            Figure.Series(name: $1, values: $0.values, low: $0.low, high: $0.high)
        }
    }

    /// A quantity or dimension with its unit, where it has one that its name does not say.
    static func measured(_ name: String) -> String {
        switch name {
        case "entropy": "entropy (nats)"
        case "next_logprob": "log-probability of the next token (nats)"
        case "frequency": "frequency (share of tokens)"
        case "token": "token (position)"
        case "mean ± sd": "mean"
        case "estimate [low, high]": "estimate"
        case "statistic (p)": "statistic"
        default: name
        }
    }
}
