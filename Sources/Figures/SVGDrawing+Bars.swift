internal import Terminal

extension SVGDrawing {
    /// Bars from a common zero, one below the other, so that labels of any length can be read; the number stands behind each.
    mutating func drawBars(_ bars: [Figure.Bar]) {
        let all = bars.flatMap { [$0.value, $0.low ?? $0.value, $0.high ?? $0.value] }.filter(\.isFinite)
        guard let least = all.min(), let most = all.max() else { return drawNothing() }
        let ticks = Ticks(from: min(0, least), to: max(0, most), wanted: 5)
        let step = bars.count <= 40 ? 22.0 : bars.count <= 120 ? 14 : max(3, 1800 / Double(bars.count))
        let labelRoom = min(260, (bars.map { FontWidth.of($0.label, size: SVGDrawing.smallSize) }.max() ?? 0) + 2)
        let values = bars.map { SVGDrawing.number($0) }
        let valueRoom = (values.map { FontWidth.of($0, size: SVGDrawing.smallSize) }.max() ?? 0) + 14
        var box = Box(left: labelRoom + 24, right: SVGDrawing.width - valueRoom - 12, top: top, bottom: 0)
        // Numbers stand in a column of their own: beside the bars they would meet the whiskers.
        box.bottom = top + step * Double(bars.count) + 6
        begin(bottom: box.bottom + 44)
        for (value, label) in zip(ticks.values, ticks.labels) {
            let x = box.x(value, ticks)
            line((x, box.top), (x, box.bottom), isGrid: true)
            text(label, at: (x, box.bottom + 17), size: SVGDrawing.smallSize)
        }
        let zero = box.x(0, ticks)
        let look = look(0, of: 1)
        // Labels of many thin bars: as many as can be read.
        let every = max(1, Int((13 / step).rounded(.up)))
        for (index, bar) in bars.enumerated() {
            let y = box.top + 3 + step * Double(index)
            let height = step * 0.72
            if bar.value.isFinite {
                let end = box.x(bar.value, ticks)
                markup.element(
                    "rect",
                    look.fillAttributes + [
                        ("x", SVGDrawing.pixels(min(zero, end))), ("y", SVGDrawing.pixels(y + step * 0.14)),
                        ("width", SVGDrawing.pixels(abs(end - zero))), ("height", SVGDrawing.pixels(height)),
                    ], hint: bar.label + ": " + values[index])
                range(of: bar, at: y + step / 2, ticks, box)
            }
            guard index % every == 0 else { continue }
            let label = FontWidth.truncated(bar.label, to: labelRoom, size: SVGDrawing.smallSize)
            text(
                label, at: (box.left - 8, y + step / 2 + 4), size: SVGDrawing.smallSize, anchor: "end", hint: bar.label)
            text(
                values[index], at: (SVGDrawing.width - 12, y + step / 2 + 4), size: SVGDrawing.smallSize, anchor: "end",
                isMuted: !bar.value.isFinite)
        }
        line((zero, box.top), (zero, box.bottom))
        let title = FontWidth.truncated(figure.yTitle, to: box.right - box.left + valueRoom, size: SVGDrawing.textSize)
        text(title, at: ((box.left + box.right) / 2, box.bottom + 38), hint: figure.yTitle)
        markup.end()
    }

    private static func number(_ bar: Figure.Bar) -> String {
        guard bar.value.isFinite else { return bar.value.isNaN ? "–" : NumberFormat.short(bar.value) }
        guard let low = bar.low, let high = bar.high else { return NumberFormat.short(bar.value) }
        let (below, above) = (bar.value - low, high - bar.value)
        if abs(above - below) <= 1e-9 * max(abs(above), abs(below)) {
            return NumberFormat.mean(bar.value, plusMinus: above)
        }
        return "\(NumberFormat.short(bar.value)) [\(NumberFormat.short(low)), \(NumberFormat.short(high))]"
    }

    private mutating func range(of bar: Figure.Bar, at y: Double, _ ticks: Ticks, _ box: Box) {
        guard let low = bar.low, let high = bar.high, low.isFinite, high.isFinite, high > low else { return }
        let (a, b) = (box.x(low, ticks), box.x(high, ticks))
        line((a, y), (b, y))
        for x in [a, b] { line((x, y - 3), (x, y + 3)) }
    }
}
