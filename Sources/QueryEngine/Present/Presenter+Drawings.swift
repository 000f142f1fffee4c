import QueryLanguage

extension Presenter {
    /// `hist`: bars for one histogram, a line of small bars for each of several.
    func histogram(_ entries: FrameEntries, _ title: String?) -> Presentation {
        guard let axis = entries.frame.inner.last else { return sparks(entries, x: nil, title) }
        let edges = axis.labels.compactMap { label in
            if case .double(let edge) = label { edge } else { nil }
        }
        guard entries.count == axis.count, edges.count == axis.count else {
            return sparks(entries, x: axis.name, title)
        }
        let width = edges.count > 1 ? edges[1] - edges[0] : 0
        var bars: [Presentation.Bar] = []
        entries.each { _, place in
            let low = edges[bars.count]
            let text = width > 0 ? "\(NumberText.short(low)) … \(NumberText.short(low + width))" : NumberText.short(low)
            bars.append(Presentation.Bar(label: text, value: entries.number(place).value, sd: nil))
        }
        return Presentation(title: title, body: .bars(bars, quantity: type.quantity ?? "count"), footer: [])
    }

    /// `spark`: a series for each cell of the other dimensions.
    func sparks(_ entries: FrameEntries, x: String?, _ title: String?) -> Presentation {
        let lines = lines(entries, x: x, color: nil, title)
        guard case .lines(let x, _, let series, let xName, let quantity) = lines.body else { return lines }
        return Presentation(
            title: title, body: .sparks(x: x, series: series, xName: xName, quantity: quantity), footer: lines.footer)
    }

    /// `heatmap`: the dimension `y` and those not named go down, `x` across.
    func heat(_ entries: FrameEntries, x: String?, y: String?, _ title: String?) -> Presentation {
        let across = x ?? entries.names.last { $0 != y }
        let lines = lines(entries, x: across, color: y, title)
        guard case .lines(let x, _, let series, let xName, let quantity) = lines.body else { return lines }
        return Presentation(
            title: title, body: .heat(columns: x, rows: series, columnName: xName, quantity: quantity),
            footer: lines.footer)
    }

    /// `scatter`: the points of each cell of the grid dimensions.
    func points(_ entries: FrameEntries, _ title: String?) -> Presentation {
        guard case .pair(.numbers(let x), .numbers(let y)) = entries.frame.payload else { return bars(entries, title) }
        let grid = entries.names.indices.filter { !["prompt", "token"].contains(entries.names[$0]) }
        // A single dimension is what the points are.
        let named = grid.count == entries.names.count && grid.count == 1 ? [] : grid
        var order: [[Label]] = []
        var clouds: [[Label]: [(x: Double, y: Double)]] = [:]
        entries.each { labels, place in
            let key = named.map { labels[$0] }
            if clouds[key] == nil { order.append(key) }
            clouds[key, default: []].append((x[place], y[place]))
        }
        let series = order.map { key in
            let parts = zip(named, key).map { place, label -> String in
                if case .string(let text) = label { return text }
                return "\(entries.names[place]) \(label)"
            }
            let points = clouds[key] ?? []
            return Presentation.Cloud(
                name: parts.joined(separator: " · "), x: points.map(\.x), y: points.map(\.y))
        }
        return Presentation(title: title, body: .points(series), footer: ["\(entries.count) points"])
    }
}
