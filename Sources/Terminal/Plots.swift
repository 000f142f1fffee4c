/// Small charts as text: a bar for each value, or one line of blocks. Deterministic for a given width.
public enum Plots {
    /// One bar.
    public struct Bar: Sendable, Hashable {
        /// Its name, escaped already.
        public var label: String
        /// Its length; NaN draws none.
        public var value: Double
        /// Printed after the value.
        public var spread: Double?

        /// A bar without a spread unless one is given.
        public init(_ label: String, _ value: Double, spread: Double? = nil) {
            self.label = label
            self.value = value
            self.spread = spread
        }
    }

    /// Labels, bars and values in `width` columns, one line each; negative bars grow to the left of a common zero.
    public static func bar(_ bars: [Bar], width: Int = 80, isASCII: Bool = false) -> String {
        guard !bars.isEmpty else { return "" }
        let labelWidth = min(bars.map { TextWidth.columns($0.label) }.max() ?? 0, max(8, width / 3))
        let decimals = NumberFormat.commonDecimals(means: bars.map(\.value), spreads: bars.compactMap(\.spread))
        let values = bars.map { bar in
            bar.spread == nil
                && bars.allSatisfy { $0.spread == nil && ($0.value == $0.value.rounded() || $0.value.isNaN) }
                ? NumberFormat.short(bar.value) : text(bar, decimals)
        }
        let valueWidth = values.map { TextWidth.columns($0) }.max() ?? 0
        let room = max(8, width - labelWidth - valueWidth - 4)
        let finite = bars.map(\.value).filter(\.isFinite)
        let low = min(0, finite.min() ?? 0)
        let high = max(0, finite.max() ?? 0)
        let span = high - low
        // Cells on the left of zero.
        let left = span > 0 ? Int((-low / span * Double(room)).rounded()) : 0
        let scale = span > 0 ? Double(room) / span : 0
        return zip(bars, values).map { bar, value in
            let label = TextWidth.padded(TextWidth.truncated(bar.label, to: labelWidth), to: labelWidth)
            let drawn = cells(bar.value.isFinite ? bar.value * scale : 0, left: left, right: room - left, isASCII)
            return "\(label)  \(drawn)  \(TextWidth.padded(value, to: valueWidth, rightAligned: true))\n"
        }.joined()
    }

    /// The bars alone, `width` columns each, from a common zero: for a column of a table.
    public static func bars(_ values: [Double], width: Int, isASCII: Bool = false) -> [String] {
        let finite = values.filter(\.isFinite)
        let low = min(0, finite.min() ?? 0)
        let high = max(0, finite.max() ?? 0)
        // Halves: the difference of two ends near the largest double would overflow.
        let half = high / 2 - low / 2
        let left = half > 0 ? Int((-low / 2 / half * Double(width)).rounded()) : 0
        return values.map { value in
            let length = value.isFinite && half > 0 ? value / 2 / half * Double(width) : 0
            return cells(length, left: left, right: width - left, isASCII)
        }
    }

    /// One block a value, from the smallest to the largest; NaN is a blank.
    public static func spark(_ values: [Double], isASCII: Bool = false, low: Double? = nil, high: Double? = nil)
        -> String
    {
        let steps = Array(isASCII ? "_.-=+*%#" : "▁▂▃▄▅▆▇█")
        let finite = values.filter(\.isFinite)
        guard let least = low ?? finite.min(), let most = high ?? finite.max() else {
            return String(repeating: " ", count: values.count)
        }
        return String(
            values.map { value -> Character in
                guard value.isFinite else { return " " }
                guard most > least else { return steps[steps.count / 2] }
                let share = min(1, max(0, (value - least) / (most - least)))
                return steps[min(steps.count - 1, Int(share * Double(steps.count)))]
            })
    }

    private static func text(_ bar: Bar, _ decimals: Int?) -> String {
        if bar.spread != nil { return NumberFormat.mean(bar.value, plusMinus: bar.spread, decimals: decimals) }
        guard let decimals, bar.value.isFinite else { return NumberFormat.short(bar.value) }
        return NumberFormat.fixed(bar.value, decimals: decimals)
    }

    /// A bar of `length` cells (negative to the left) in a field of `left` + `right` cells.
    private static func cells(_ length: Double, left: Int, right: Int, _ isASCII: Bool) -> String {
        if length < 0 {
            let halves = min(2 * left, Int((-length * 2).rounded()))
            let full = String(repeating: isASCII ? "#" : "█", count: halves / 2)
            let part = halves % 2 == 1 ? (isASCII ? "-" : "▐") : ""
            let blanks = left - full.count - part.count
            return String(repeating: " ", count: blanks) + part + full + zero(left, isASCII)
                + String(repeating: " ", count: right)
        }
        let eighths = min(8 * right, Int((length * 8).rounded()))
        var text = String(repeating: isASCII ? "#" : "█", count: eighths / 8)
        if eighths % 8 > 0 {
            let parts = Array(isASCII ? "   ----" : "▏▎▍▌▋▊▉")
            text.append(parts[eighths % 8 - 1])
        }
        return String(repeating: " ", count: left) + zero(left, isASCII) + text
            + String(repeating: " ", count: right - text.count)
    }

    /// The zero line, drawn only where bars go both ways.
    private static func zero(_ left: Int, _ isASCII: Bool) -> String { left > 0 ? (isASCII ? "|" : "│") : "" }
}
