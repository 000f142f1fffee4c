internal import Terminal

extension SVGDrawing {
    /// Coloured cells with the scale beside them.
    mutating func drawHeat(_ columns: [String], _ rows: [Figure.Series]) {
        guard let (scale, low, high) = ColourScale.fitting(rows.flatMap(\.values)), !columns.isEmpty else {
            return drawNothing()
        }
        let labelRoom = min(200, (rows.map { FontWidth.of($0.name, size: SVGDrawing.smallSize) }.max() ?? 0) + 2)
        let ticks = Ticks(from: low, to: high, wanted: 4)
        let scaleRoom = 52 + (ticks.labels.map { FontWidth.of($0, size: SVGDrawing.smallSize) }.max() ?? 0)
        var box = Box(left: labelRoom + 46, right: SVGDrawing.width - scaleRoom - 14, top: top, bottom: 0)
        // Few columns are as wide as their labels need.
        let longest = (columns.map { FontWidth.of($0, size: SVGDrawing.smallSize) }.max() ?? 0) + 9
        let cellWidth = min(max(46, min(150, longest)), (box.right - box.left) / Double(columns.count))
        let cellHeight = rows.count == 0 ? 0 : min(30, max(3, min(cellWidth, 640 / Double(rows.count))))
        box.right = box.left + cellWidth * Double(columns.count)
        box.bottom = top + cellHeight * Double(rows.count)
        let places = columns.indices.map { box.left + cellWidth * (Double($0) + 0.5) }
        let labels = XLabels(columns, at: places, room: box.right - box.left)
        let scaleHeight = max(96, min(220, box.bottom - box.top))
        begin(bottom: max(box.bottom + labels.height + 26, top + scaleHeight + 22))
        // Hints on each of very many cells would make the file many times as large.
        let hasHints = rows.count * columns.count <= 10_000
        let every = max(1, Int((12.5 / max(cellHeight, 0.1)).rounded(.up)))
        markup.begin("g", [("shape-rendering", "crispEdges")])
        for (index, row) in rows.enumerated() {
            let y = box.top + cellHeight * Double(index)
            for (place, value) in zip(columns.indices, row.values) {
                let share = high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0.5
                let hint = "\(row.name), \(columns[place]): \(value.isNaN ? "no value" : NumberFormat.short(value))"
                markup.element(
                    "rect",
                    [
                        ("x", SVGDrawing.pixels(box.left + cellWidth * Double(place))), ("y", SVGDrawing.pixels(y)),
                        ("width", SVGDrawing.pixels(cellWidth)), ("height", SVGDrawing.pixels(cellHeight)),
                        ("fill", value.isFinite ? scale.colour(at: share).hex : "#9a9a9a"),
                    ] + (value.isFinite ? [] : [("fill-opacity", "0.35")]), hint: hasHints ? hint : nil)
            }
        }
        markup.end()
        for (index, row) in rows.enumerated() where index % every == 0 {
            let y = box.top + cellHeight * Double(index)
            text(
                FontWidth.truncated(row.name, to: labelRoom, size: SVGDrawing.smallSize),
                at: (box.left - 7, y + cellHeight / 2 + 4), size: SVGDrawing.smallSize, anchor: "end", hint: row.name)
        }
        xLabels(labels, in: box)
        let shown = FontWidth.truncated(figure.rowTitle, to: max(80, box.bottom - box.top), size: SVGDrawing.textSize)
        text(shown, at: (18, (box.top + box.bottom) / 2), turn: -90, hint: figure.rowTitle)
        colourBar(scale, low, high, ticks, at: box.right + 18, height: scaleHeight)
        markup.end()
    }

    private mutating func colourBar(
        _ scale: ColourScale, _ low: Double, _ high: Double, _ ticks: Ticks, at x: Double, height: Double
    ) {
        let steps = 48
        for step in 0..<steps {
            markup.element(
                "rect",
                [
                    ("x", SVGDrawing.pixels(x)), ("y", SVGDrawing.pixels(top + height * Double(step) / Double(steps))),
                    ("width", "12"), ("height", SVGDrawing.pixels(height / Double(steps) + 0.5)),
                    ("fill", scale.colour(at: 1 - (Double(step) + 0.5) / Double(steps)).hex),
                ])
        }
        for (value, label) in zip(ticks.values, ticks.labels) where value >= low && value <= high {
            let share = high > low ? (value - low) / (high - low) : 0.5
            text(
                label, at: (x + 18, top + height * (1 - share) + 4), size: SVGDrawing.smallSize, anchor: "start")
        }
        // Under the scale; to the left of the picture's edge where it is too long for that.
        let room = SVGDrawing.width - x - 8
        let fits = FontWidth.of(figure.yTitle, size: SVGDrawing.smallSize) <= room
        text(
            FontWidth.truncated(figure.yTitle, to: max(140, room), size: SVGDrawing.smallSize),
            at: (fits ? x : SVGDrawing.width - 8, top + height + 17), size: SVGDrawing.smallSize,
            anchor: fits ? "start" : "end", hint: figure.yTitle)
    }

    /// Points in the plane.
    mutating func drawPoints(_ clouds: [Figure.Cloud]) {
        let points = clouds.map { zip($0.x, $0.y).filter { $0.isFinite && $1.isFinite } }
        let all = points.flatMap { $0 }
        guard let left = all.map(\.0).min(), let right = all.map(\.0).max(), let low = all.map(\.1).min(),
            let high = all.map(\.1).max()
        else { return drawNothing() }
        let across = Ticks(from: left, to: right, wanted: 6)
        let up = Ticks(from: low, to: high, wanted: 5)
        let names = clouds.count > 1 ? clouds.map(\.name) : []
        let legendRoom = legendWidth(names)
        let box = Box(
            left: SVGDrawing.leftMargin(up), right: SVGDrawing.width - 20 - legendRoom, top: top,
            bottom: top + SVGDrawing.plotHeight)
        begin(bottom: box.bottom + 44)
        yAxis(up, in: box, title: figure.yTitle)
        for (value, label) in zip(across.values, across.labels) {
            let x = box.x(value, across)
            line((x, box.top), (x, box.bottom), isGrid: true)
            text(label, at: (x, box.bottom + 17), size: SVGDrawing.smallSize)
        }
        line((box.left, box.bottom), (box.right, box.bottom))
        text(
            FontWidth.truncated(figure.xTitle, to: box.right - box.left, size: SVGDrawing.textSize),
            at: ((box.left + box.right) / 2, box.bottom + 38), hint: figure.xTitle)
        // Many points are smaller, and shine through where they lie on one another.
        let size = all.count <= 60 ? 3.6 : all.count <= 600 ? 2.8 : 1.8
        markup.begin("g", [("fill-opacity", all.count <= 60 ? "0.9" : "0.6")])
        for (index, cloud) in points.enumerated() {
            let look = look(index, of: clouds.count)
            for point in cloud { mark(look, at: (box.x(point.0, across), box.y(point.1, up)), size: size) }
        }
        markup.end()
        legend(names, in: box, width: legendRoom)
        markup.end()
    }
}
