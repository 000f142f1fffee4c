internal import Terminal

extension SVGDrawing {
    /// A line for each series, with a band where it has a range.
    mutating func drawLines(_ x: [String], _ positions: [Double]?, _ series: [Figure.Series]) {
        let all = series.flatMap { $0.values + ($0.low ?? []) + ($0.high ?? []) }.filter(\.isFinite)
        guard let least = all.min(), let most = all.max(), !x.isEmpty else { return drawNothing() }
        // Marks and bands stay off the frame, except at zero.
        let room = most / 2 - least / 2 < Ticks.largest / 4 ? (most - least) * 0.04 : 0
        let ticks = Ticks(
            from: least >= 0 ? max(0, least - room) : least - room, to: most <= 0 ? min(0, most + room) : most + room,
            wanted: 5)
        let names = series.map(\.name)
        let legendRoom = legendWidth(names)
        var box = Box(
            left: SVGDrawing.leftMargin(ticks), right: SVGDrawing.width - 20 - legendRoom, top: top,
            bottom: top + SVGDrawing.plotHeight)
        var places = SVGDrawing.places(x.count, positions, in: box)
        var labels = XLabels(x, at: places, room: box.right - box.left)
        if labels.reach < 8 {
            // The first slanted label begins left of the axis.
            box.left += 8 - labels.reach
            places = SVGDrawing.places(x.count, positions, in: box)
            labels = XLabels(x, at: places, room: box.right - box.left)
        }
        begin(bottom: box.bottom + labels.height + 26)
        yAxis(ticks, in: box, title: figure.yTitle)
        line((box.left, box.bottom), (box.right, box.bottom))
        if ticks.low < 0, ticks.high > 0 { line((box.left, box.y(0, ticks)), (box.right, box.y(0, ticks))) }
        xLabels(labels, in: box)
        for (index, one) in series.enumerated() { band(one, look(index, of: series.count), places, ticks, box) }
        for (index, one) in series.enumerated() {
            draw(one, look(index, of: series.count), x, places, ticks, box, marks: series.count <= 8 && x.count <= 60)
        }
        legend(names, in: box, width: legendRoom)
        markup.end()
    }

    /// Pixels of the places along x; a single one stands in the middle.
    static func places(_ count: Int, _ positions: [Double]?, in box: Box) -> [Double] {
        let inset = min(24, (box.right - box.left) / 12)
        let (left, room) = (box.left + inset, box.right - box.left - 2 * inset)
        guard count > 1 else { return [(box.left + box.right) / 2] }
        guard let positions, positions.count == count, let low = positions.min(), let high = positions.max(), high > low
        else { return (0..<count).map { left + room * Double($0) / Double(count - 1) } }
        return positions.map { left + room * ($0 - low) / (high - low) }
    }

    private mutating func band(_ one: Figure.Series, _ look: Look, _ places: [Double], _ ticks: Ticks, _ box: Box) {
        guard let low = one.low, let high = one.high, low.count == places.count, high.count == places.count else {
            return
        }
        for run in SVGDrawing.runs(places.indices, { low[$0].isFinite && high[$0].isFinite }) {
            let up = run.map { "\(SVGDrawing.pixels(places[$0])),\(SVGDrawing.pixels(box.y(high[$0], ticks)))" }
            let down = run.reversed().map {
                "\(SVGDrawing.pixels(places[$0])),\(SVGDrawing.pixels(box.y(low[$0], ticks)))"
            }
            if run.count == 1 {
                // A range at one place is a line, not an area.
                whisker(look, (places[run.lowerBound], low[run.lowerBound], high[run.lowerBound]), ticks, box)
            } else {
                markup.element(
                    "polygon",
                    look.fillAttributes + [("fill-opacity", "0.16"), ("points", (up + down).joined(separator: " "))])
            }
        }
    }

    private mutating func whisker(
        _ look: Look, _ range: (x: Double, low: Double, high: Double), _ ticks: Ticks, _ box: Box
    ) {
        markup.element(
            "line",
            look.strokeAttributes + [
                ("x1", SVGDrawing.pixels(range.x)), ("x2", SVGDrawing.pixels(range.x)),
                ("y1", SVGDrawing.pixels(box.y(range.low, ticks))), ("y2", SVGDrawing.pixels(box.y(range.high, ticks))),
                ("stroke-width", "1.5"),
            ])
    }

    private mutating func draw(
        _ one: Figure.Series, _ look: Look, _ x: [String], _ places: [Double], _ ticks: Ticks, _ box: Box, marks: Bool
    ) {
        let isDrawn: (Int) -> Bool = { $0 < one.values.count && one.values[$0].isFinite }
        for run in SVGDrawing.runs(places.indices, isDrawn) {
            let points = run.map {
                "\(SVGDrawing.pixels(places[$0])),\(SVGDrawing.pixels(box.y(one.values[$0], ticks)))"
            }
            if run.count > 1 {
                markup.element(
                    "polyline",
                    look.strokeAttributes + [
                        ("fill", "none"), ("stroke-width", marks ? "2" : "1.4"), ("stroke-linejoin", "round"),
                        ("points", points.joined(separator: " ")),
                    ], hint: one.name.isEmpty ? nil : one.name)
            }
            // A value without neighbours would not be seen.
            guard marks || run.count == 1 else { continue }
            for place in run {
                let value = NumberFormat.short(one.values[place])
                mark(
                    look, at: (places[place], box.y(one.values[place], ticks)),
                    hint: [one.name, x[place]].filter { !$0.isEmpty }.joined(separator: ", ") + ": " + value)
            }
        }
    }

    /// The longest ranges of neighbours that pass.
    static func runs(_ indices: Range<Int>, _ passes: (Int) -> Bool) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start: Int?
        for index in indices {
            if passes(index) {
                start = start ?? index
            } else if let first = start {
                runs.append(first..<index)
                start = nil
            }
        }
        if let first = start { runs.append(first..<indices.upperBound) }
        return runs
    }

    // MARK: - The x axis

    /// Labels along x: all that fit side by side, slanted where they are long, every n-th where they are many.
    struct XLabels {
        var shown: [(text: String, full: String, x: Double)] = []
        var isSlanted = false
        var height = 18.0
        /// The leftmost pixel of slanted labels.
        var reach = Double.infinity

        init(_ labels: [String], at places: [Double], room: Double) {
            let widths = labels.map { FontWidth.of($0, size: SVGDrawing.smallSize) + 8 }
            let least = zip(places, places.dropFirst()).map { $1 - $0 }.min() ?? room
            let longest = widths.max() ?? 0
            var step = 1
            if longest > least {
                // Short labels are thinned out, long ones turned.
                if longest <= 44 {
                    step = Int((longest / max(least, 0.01)).rounded(.up))
                } else {
                    isSlanted = true
                    step = max(1, Int((15 / max(least, 0.01)).rounded(.up)))
                }
            }
            for index in stride(from: 0, to: labels.count, by: step) {
                let text =
                    isSlanted ? FontWidth.truncated(labels[index], to: 130, size: SVGDrawing.smallSize) : labels[index]
                shown.append((text, labels[index], places[index]))
            }
            if isSlanted {
                let longest = shown.map { FontWidth.of($0.text, size: SVGDrawing.smallSize) }.max() ?? 0
                height = 14 + longest * 0.64
                reach =
                    shown.map { $0.x - FontWidth.of($0.text, size: SVGDrawing.smallSize) * 0.77 }.min() ?? .infinity
            }
        }
    }

    mutating func xLabels(_ labels: XLabels, in box: Box) {
        for label in labels.shown {
            line((label.x, box.bottom), (label.x, box.bottom + 4))
            if labels.isSlanted {
                text(
                    label.text, at: (label.x + 3, box.bottom + 15), size: SVGDrawing.smallSize, anchor: "end",
                    turn: -40,
                    hint: label.full)
            } else {
                text(label.text, at: (label.x, box.bottom + 17), size: SVGDrawing.smallSize)
            }
        }
        let shown = FontWidth.truncated(figure.xTitle, to: box.right - box.left, size: SVGDrawing.textSize)
        text(shown, at: ((box.left + box.right) / 2, box.bottom + labels.height + 20), hint: figure.xTitle)
    }

    /// A frame that says that there is nothing in it.
    mutating func drawNothing() {
        begin(bottom: top + 60)
        text("no values to draw", at: (SVGDrawing.width / 2, top + 30), isMuted: true)
        markup.end()
    }
}
