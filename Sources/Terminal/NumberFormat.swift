/// Numbers as a reader of a paper wants them: three significant digits, whole numbers as they are.
public enum NumberFormat {
    /// `1 chunk`, `2,000 chunks`: a count with its noun.
    public static func count(_ number: Int, _ noun: String) -> String {
        "\(count(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// A count, with thin groups of three: `12,345`.
    public static func count(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        var out = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { out.append(",") }
            out.append(digit)
        }
        return (value < 0 ? "-" : "") + out
    }

    /// A measured number: `0.123`, `12.3`, `1230`, `1.23e-05`; whole numbers below a million without a point.
    public static func short(_ value: Double, digits: Int = 3) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        if value == 0 { return "0" }
        if value == value.rounded(), abs(value) < 1e6 { return String(Int(value)) }
        let exponent = decimalExponent(value, digits: digits)
        if exponent < -4 || exponent >= 6 { return scientific(value, digits: digits) }
        return fixed(value, decimals: max(0, digits - 1 - exponent))
    }

    /// Mean and spread to the same decimals, chosen so that the spread shows two digits: `0.62 ± 0.03`.
    public static func mean(_ mean: Double, plusMinus spread: Double?, decimals: Int? = nil) -> String {
        guard let spread else { return short(mean) }
        if mean.isNaN || spread.isNaN || mean.isInfinite || spread.isInfinite {
            return short(mean) + " ± " + short(spread)
        }
        let places = decimals ?? commonDecimals(means: [mean], spreads: [spread])
        guard let places else { return short(mean) + " ± " + short(spread) }
        return fixed(mean, decimals: places) + " ± " + fixed(spread, decimals: places)
    }

    /// The decimals at which the largest value shows three significant digits, so that a column lines up; nil where a
    /// column spans too many magnitudes for that.
    public static func commonDecimals(means: [Double], spreads: [Double] = []) -> Int? {
        let largest = (means + spreads).filter(\.isFinite).map(abs).max() ?? 0
        guard largest > 0 else { return 2 }
        let exponent = decimalExponent(largest, digits: 3)
        guard exponent >= -4, exponent < 6 else { return nil }
        return max(0, 2 - exponent)
    }

    /// Exactly `decimals` digits after the point, half away from zero on the decimal digits of the value; never `-0`.
    public static func fixed(_ value: Double, decimals: Int) -> String {
        guard value.isFinite else { return short(value) }
        let decimals = min(max(0, decimals), 17)
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled < 9e15 else { return String(describing: value) }
        let whole = String(Int(scaled))
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard decimals > 0 else { return sign + whole }
        let digits = String(repeating: "0", count: max(0, decimals + 1 - whole.count)) + whole
        return sign + digits.dropLast(decimals) + "." + digits.suffix(decimals)
    }

    /// Bytes in the unit that fits: `0 B`, `812 B`, `1.5 KiB`, `3.2 GiB`.
    public static func bytes(_ count: Int) -> String {
        var value = Double(count)
        var unit = 0
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        while abs(value) >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return (unit == 0 ? String(count) : fixed(value, decimals: value < 10 ? 2 : value < 100 ? 1 : 0)) + " "
            + units[unit]
    }

    /// Seconds: `3 ms`, `1.2 s`, `2 min 05 s`, `1 h 02 min`.
    public static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0 else { return "?" }
        if seconds < 0.9995 { return "\(Int((seconds * 1000).rounded())) ms" }
        if seconds < 59.95 { return fixed(seconds, decimals: seconds < 10 ? 1 : 0) + " s" }
        let whole = Int(min(seconds, 1e9).rounded())
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        if whole < 3600 { return "\(whole / 60) min \(two(whole % 60)) s" }
        return "\(whole / 3600) h \(two(whole / 60 % 60)) min"
    }

    /// floor(log₁₀|value|) after rounding to `digits` significant digits: 9.996 counts as 10.
    private static func decimalExponent(_ value: Double, digits: Int) -> Int {
        var exponent = 0
        var rest = abs(value)
        while rest >= 10 {
            rest /= 10
            exponent += 1
        }
        while rest < 1, rest > 0 {
            rest *= 10
            exponent -= 1
        }
        var scale = 1.0
        for _ in 1..<max(2, digits) { scale *= 10 }
        return (rest * scale).rounded() >= 10 * scale ? exponent + 1 : exponent
    }

    private static func scientific(_ value: Double, digits: Int) -> String {
        let exponent = decimalExponent(value, digits: digits)
        var mantissa = value
        for _ in 0..<abs(exponent) { mantissa = exponent > 0 ? mantissa / 10 : mantissa * 10 }
        let power = abs(exponent)
        return fixed(mantissa, decimals: digits - 1) + "e" + (exponent < 0 ? "-" : "+") + (power < 10 ? "0" : "")
            + String(power)
    }
}
