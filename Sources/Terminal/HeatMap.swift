/// Rows of cells on one scale: two rows a line in colours where the terminal has them, one row a line in blocks of eight heights elsewhere.
public struct HeatMap: Sendable {
    /// Names of the rows, made visible already, with a value for each column; NaN is a gap.
    public var rows: [(name: String, values: [Double])]
    /// Written above.
    public var heading: String
    /// Columns of the screen.
    public var width = 80
    public var isASCII = false
    public var colours = ColourDepth.none

    public init(heading: String, rows: [(name: String, values: [Double])]) {
        self.heading = heading
        self.rows = rows
    }

    /// The map, ending in a newline.
    public func text() -> String {
        guard let fit = ColourScale.fitting(rows.flatMap(\.values)) else { return heading + "\n(no values to draw)\n" }
        let margin = min(rows.map { TextWidth.columns($0.name) }.max() ?? 0, 30)
        let lead = margin > 0 ? margin + 2 : 0
        let columns = rows.map(\.values.count).max() ?? 0
        // Two columns a cell, so that a cell is about as wide as high; with half blocks one will do.
        let isWide = columns * 2 + lead <= width && !(isDrawnInHalves && columns > 24)
        let shown = max(1, min(columns, width - lead))
        let drawn = isDrawnInHalves ? halves(fit, lead, shown, isWide) : blocks(lead, shown, isWide)
        var out = heading + "\n" + drawn + scale(fit)
        if shown < columns { out += "(shown: \(shown) of \(columns) columns; `--format csv` gives all)\n" }
        return out
    }

    private var isDrawnInHalves: Bool { colours != .none && !isASCII }

    private func label(_ name: String, _ lead: Int) -> String {
        guard lead > 0 else { return "" }
        return TextWidth.padded(TextWidth.truncated(name, to: lead - 2), to: lead)
    }

    private func blocks(_ lead: Int, _ shown: Int, _ isWide: Bool) -> String {
        let finite = rows.flatMap { $0.values.filter(\.isFinite) }
        return rows.map { row in
            let text = Plots.spark(
                Array(row.values.prefix(shown)), isASCII: isASCII, low: finite.min(), high: finite.max())
            return label(row.name, lead) + (isWide ? text.map { "\($0)\($0)" }.joined() : text) + "\n"
        }.joined()
    }

    private func halves(
        _ fit: (scale: ColourScale, low: Double, high: Double), _ lead: Int, _ shown: Int, _ isWide: Bool
    ) -> String {
        var out = ""
        for upper in stride(from: 0, to: rows.count, by: 2) {
            let lower = upper + 1 < rows.count ? rows[upper + 1].values : []
            out += label(rows[upper].name, lead)
            for column in 0..<shown {
                let top = colour(rows[upper].values, column, fit)
                let bottom = colour(lower, column, fit)
                let cell: String
                switch (top, bottom) {
                case (let top?, let bottom?): cell = colours.ink(top) + colours.ground(bottom) + "▀"
                case (let top?, nil): cell = "\u{1B}[49m" + colours.ink(top) + "▀"
                case (nil, let bottom?): cell = "\u{1B}[49m" + colours.ink(bottom) + "▄"
                case (nil, nil): cell = "\u{1B}[0m "
                }
                out += isWide ? cell + String(cell.suffix(1)) : cell
            }
            out += "\u{1B}[0m\n"
        }
        return out
    }

    private func colour(
        _ values: [Double], _ column: Int, _ fit: (scale: ColourScale, low: Double, high: Double)
    ) -> ColourScale.Colour? {
        guard column < values.count, values[column].isFinite else { return nil }
        guard fit.high > fit.low else { return fit.scale.colour(at: 0.5) }
        return fit.scale.colour(at: (values[column] / 2 - fit.low / 2) / (fit.high / 2 - fit.low / 2))
    }

    /// What the shades stand for.
    private func scale(_ fit: (scale: ColourScale, low: Double, high: Double)) -> String {
        guard isDrawnInHalves else {
            let finite = rows.flatMap { $0.values.filter(\.isFinite) }
            let ends = Plots.spark([0, 1], isASCII: isASCII)
            return "\(ends.prefix(1)) \(NumberFormat.short(finite.min() ?? 0)) … \(ends.suffix(1)) "
                + "\(NumberFormat.short(finite.max() ?? 0))\n"
        }
        let steps = 16
        let bar = (0..<steps).map {
            colours.ink(fit.scale.colour(at: Double($0) / Double(steps - 1))) + "█"
        }
        return "\(NumberFormat.short(fit.low)) " + bar.joined() + "\u{1B}[0m \(NumberFormat.short(fit.high))\n"
    }
}

/// How many colours a terminal is given.
public enum ColourDepth: Sendable, Hashable {
    case none
    /// The 256 that nearly all have.
    case indexed
    /// Red, green and blue of eight bits.
    case full

    /// The sequence that writes in a colour.
    func ink(_ colour: ColourScale.Colour) -> String { sequence(colour, "38") }

    /// The sequence that fills the ground with a colour.
    func ground(_ colour: ColourScale.Colour) -> String { sequence(colour, "48") }

    private func sequence(_ colour: ColourScale.Colour, _ layer: String) -> String {
        switch self {
        case .none: ""
        case .indexed: "\u{1B}[\(layer);5;\(colour.index256)m"
        case .full: "\u{1B}[\(layer);2;\(colour.red);\(colour.green);\(colour.blue)m"
        }
    }
}
