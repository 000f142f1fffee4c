internal import Terminal

/// Colours and marks of several kinds, and the legend that says which is which.
extension SVGDrawing {
    /// How a kind looks.
    struct Look {
        var colour: String
        /// Of the style sheet that follows the screen; none for colours of a scale.
        var fill: String?
        var stroke: String?
        var mark: Int

        var fillAttributes: [(String, String)] { (fill.map { [("class", $0)] } ?? []) + [("fill", colour)] }
        var strokeAttributes: [(String, String)] { (stroke.map { [("class", $0)] } ?? []) + [("stroke", colour)] }
    }

    func look(_ index: Int, of count: Int) -> Look {
        guard count > SVGDrawing.mostKinds else {
            return Look(colour: palette.kinds[index], fill: "f\(index)", stroke: "s\(index)", mark: index % 4)
        }
        // The brightest tenth of the scale is hard to see on white, the darkest on black.
        let ends = theme == .dark ? (0.25, 1.0) : (0.0, 0.88)
        let share = ends.0 + (ends.1 - ends.0) * Double(index) / Double(max(1, count - 1))
        return Look(colour: ColourScale.sequential.colour(at: share).hex, mark: 0)
    }

    private static func inOrder(_ names: [String]) -> String { "\(names.count) in order" }

    /// Columns that the legend takes at the right; 0 without one.
    func legendWidth(_ names: [String]) -> Double {
        guard names.count > 1 || names.contains(where: { !$0.isEmpty }) else { return 0 }
        let shown =
            names.count > SVGDrawing.mostKinds
            ? [names.first ?? "", names.last ?? "", SVGDrawing.inOrder(names)] : names
        let longest = shown.map { FontWidth.of($0, size: SVGDrawing.smallSize) }.max() ?? 0
        return min(210, longest + 40)
    }

    /// Names beside their marks; beyond eight the ends of the scale.
    mutating func legend(_ names: [String], in box: Box, width: Double) {
        guard width > 0 else { return }
        let x = box.right + 16
        let room = width - 36
        if names.count > SVGDrawing.mostKinds {
            let height = min(160.0, box.bottom - box.top - 20)
            let steps = 32
            for step in 0..<steps {
                let colour = look(steps - 1 - step, of: steps).colour
                markup.element(
                    "rect",
                    [
                        ("x", SVGDrawing.pixels(x)),
                        ("y", SVGDrawing.pixels(box.top + 10 + height * Double(step) / Double(steps))),
                        ("width", "10"), ("height", SVGDrawing.pixels(height / Double(steps) + 0.5)), ("fill", colour),
                    ])
            }
            for (name, y) in [(names.last ?? "", box.top + 19), (names.first ?? "", box.top + 10 + height)] {
                text(
                    FontWidth.truncated(name, to: room, size: SVGDrawing.smallSize), at: (x + 18, y),
                    size: SVGDrawing.smallSize, anchor: "start", hint: name)
            }
            text(
                SVGDrawing.inOrder(names), at: (x + 18, box.top + 10 + height / 2 + 4), size: SVGDrawing.smallSize,
                anchor: "start", isMuted: true)
            return
        }
        for (index, name) in names.enumerated() {
            let y = box.top + 10 + Double(index) * 18
            mark(look(index, of: names.count), at: (x + 5, y))
            text(
                FontWidth.truncated(name, to: room, size: SVGDrawing.smallSize), at: (x + 18, y + 4),
                size: SVGDrawing.smallSize, anchor: "start", hint: name)
        }
    }

    /// A point of a kind: circle, square, triangle or diamond, so that print without colour tells them apart too.
    mutating func mark(_ look: Look, at place: (x: Double, y: Double), size: Double = 3.2, hint: String? = nil) {
        let (x, y) = place
        switch look.mark {
        case 0:
            markup.element(
                "circle",
                look.fillAttributes + [
                    ("cx", SVGDrawing.pixels(x)), ("cy", SVGDrawing.pixels(y)), ("r", SVGDrawing.pixels(size)),
                ], hint: hint)
        case 1:
            markup.element(
                "rect",
                look.fillAttributes + [
                    ("x", SVGDrawing.pixels(x - size)), ("y", SVGDrawing.pixels(y - size)),
                    ("width", SVGDrawing.pixels(2 * size)), ("height", SVGDrawing.pixels(2 * size)),
                ], hint: hint)
        default:
            let s = size * 1.25
            let corners =
                look.mark == 2
                ? [(x, y - s), (x + s, y + s * 0.8), (x - s, y + s * 0.8)]
                : [(x, y - s), (x + s, y), (x, y + s), (x - s, y)]
            let points = corners.map { "\(SVGDrawing.pixels($0.0)),\(SVGDrawing.pixels($0.1))" }.joined(separator: " ")
            markup.element("polygon", look.fillAttributes + [("points", points)], hint: hint)
        }
    }
}
