internal import Terminal

/// A figure as SVG: text stays text, colours follow the reader's screen or are fixed, nothing is loaded from elsewhere.
public struct SVGDrawing {
    let figure: Figure
    let theme: Theme
    var markup = Markup()
    var palette: Theme.Palette { theme.palette }

    /// Pixels of the whole picture at its natural size; it scales.
    static let width = 680.0
    static let plotHeight = 340.0
    static let textSize = 12.0
    static let smallSize = 11.0
    /// More kinds than this are told apart by a scale of colours, not by one colour each.
    static let mostKinds = 8

    /// The whole document.
    public static func text(_ figure: Figure, theme: Theme = .auto) -> String {
        var drawing = SVGDrawing(figure: figure, theme: theme)
        return drawing.draw()
    }

    private mutating func draw() -> String {
        switch figure.marks {
        case .bars(let bars): drawBars(bars)
        case .lines(let x, let positions, let series): drawLines(x, positions, series)
        case .heat(let columns, let rows): drawHeat(columns, rows)
        case .points(let clouds): drawPoints(clouds)
        }
        return markup.out
    }

    // MARK: - The frame

    /// Opens the document. `bottom` is the lowest pixel that is drawn on, above the caption.
    mutating func begin(bottom: Double) {
        let height = bottom + 8 + Double(figure.caption.count) * 15 + (figure.caption.isEmpty ? 0 : 6)
        markup.begin(
            "svg",
            [
                ("xmlns", "http://www.w3.org/2000/svg"), ("width", SVGDrawing.pixels(SVGDrawing.width)),
                ("height", SVGDrawing.pixels(height)),
                ("viewBox", "0 0 \(SVGDrawing.pixels(SVGDrawing.width)) \(SVGDrawing.pixels(height))"),
                ("role", "img"), ("font-family", "Helvetica, Arial, 'Liberation Sans', sans-serif"),
                ("font-size", SVGDrawing.pixels(SVGDrawing.textSize)),
            ])
        if let title = figure.title { markup.element("title", text: title) }
        if !theme.style.isEmpty { markup.raw("<style>\(theme.style)</style>\n") }
        markup.element(
            "rect",
            [
                ("class", "bg"), ("width", "100%"), ("height", "100%"), ("fill", palette.background),
            ])
        if let title = figure.title {
            text(
                FontWidth.truncated(title, to: SVGDrawing.width - 24, size: 16.5), at: (12, 24), size: 15,
                anchor: "start",
                weight: "600", hint: title)
        }
        for (index, line) in figure.caption.enumerated() {
            text(
                FontWidth.truncated(line, to: SVGDrawing.width - 24, size: SVGDrawing.smallSize),
                at: (12, bottom + 20 + Double(index) * 15), size: SVGDrawing.smallSize, anchor: "start", isMuted: true,
                hint: line)
        }
    }

    /// The first pixel under the title.
    var top: Double { figure.title == nil ? 16 : 44 }

    mutating func text(
        _ text: String, at place: (x: Double, y: Double), size: Double = SVGDrawing.textSize, anchor: String = "middle",
        weight: String? = nil, isMuted: Bool = false, turn: Double? = nil, hint: String? = nil
    ) {
        var attributes = [
            ("class", isMuted ? "muted" : "ink"), ("x", SVGDrawing.pixels(place.x)), ("y", SVGDrawing.pixels(place.y)),
            ("text-anchor", anchor), ("fill", isMuted ? palette.muted : palette.ink),
        ]
        if size != SVGDrawing.textSize { attributes.append(("font-size", SVGDrawing.pixels(size))) }
        if let weight { attributes.append(("font-weight", weight)) }
        if let turn {
            attributes.append(
                (
                    "transform",
                    "rotate(\(SVGDrawing.pixels(turn)) \(SVGDrawing.pixels(place.x)) \(SVGDrawing.pixels(place.y)))"
                ))
        }
        markup.element("text", attributes, text: text, hint: hint == text ? nil : hint)
    }

    mutating func line(_ a: (x: Double, y: Double), _ b: (x: Double, y: Double), isGrid: Bool = false) {
        markup.element(
            "line",
            [
                ("class", isGrid ? "grid" : "axis"), ("x1", SVGDrawing.pixels(a.x)), ("y1", SVGDrawing.pixels(a.y)),
                ("x2", SVGDrawing.pixels(b.x)), ("y2", SVGDrawing.pixels(b.y)),
                ("stroke", isGrid ? palette.grid : palette.ink), ("stroke-width", "1"),
            ])
    }

    /// The y axis with its grid lines and title; gives nothing drawn to the right of `box.x`.
    mutating func yAxis(_ ticks: Ticks, in box: Box, title: String) {
        for (value, label) in zip(ticks.values, ticks.labels) {
            let y = box.y(value, ticks)
            line((box.left, y), (box.right, y), isGrid: true)
            text(label, at: (box.left - 7, y + 4), size: SVGDrawing.smallSize, anchor: "end")
        }
        line((box.left, box.top), (box.left, box.bottom))
        let middle = (box.top + box.bottom) / 2
        let shown = FontWidth.truncated(title, to: box.bottom - box.top + 40, size: SVGDrawing.textSize)
        text(shown, at: (18, middle), turn: -90, hint: title)
    }

    /// Room for the labels of a y axis and its turned title.
    static func leftMargin(_ ticks: Ticks) -> Double {
        38 + (ticks.labels.map { FontWidth.of($0, size: smallSize) }.max() ?? 0)
    }

    /// Numbers as pixels: two decimals, no more than a screen shows.
    static func pixels(_ value: Double) -> String {
        let text = NumberFormat.fixed(value, decimals: 2)
        guard text.contains(".") else { return text }
        var short = Substring(text)
        while short.hasSuffix("0") { short = short.dropLast() }
        return String(short.hasSuffix(".") ? short.dropLast() : short)
    }

    /// The rectangle that values are drawn in.
    struct Box {
        var left: Double
        var right: Double
        var top: Double
        var bottom: Double

        func y(_ value: Double, _ ticks: Ticks) -> Double {
            bottom - Box.share(value, ticks) * (bottom - top)
        }

        func x(_ value: Double, _ ticks: Ticks) -> Double { left + Box.share(value, ticks) * (right - left) }

        private static func share(_ value: Double, _ ticks: Ticks) -> Double {
            // Halves: the difference of two ends near the largest double would overflow.
            min(1, max(0, (value / 2 - ticks.low / 2) / (ticks.high / 2 - ticks.low / 2)))
        }
    }
}
