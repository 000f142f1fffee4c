/// The state of a long task as one line: share done, rate and time left. Pure; whoever owns stderr writes it.
public struct ProgressLine: Sendable {
    /// What is counted, such as `rows` or `bytes`.
    public enum Unit: Sendable, Hashable {
        case count(String)
        case bytes
        /// Pieces that mean nothing to the reader: no rate is shown.
        case share
    }

    /// Nothing is shown before this many seconds.
    public static let delay = 0.3
    /// Seconds between two drawings.
    public static let interval = 0.1

    let label: String
    let total: Int?
    let unit: Unit
    private var lastDrawn: Double?

    /// A task of `total` units, or of unknown length.
    public init(_ label: String, total: Int?, unit: Unit) {
        self.label = label
        self.total = total
        self.unit = unit
    }

    /// The line for a moment, or nil when it is too early to draw (again); `elapsed` in seconds since the start.
    ///
    /// - Parameters:
    ///   - before: of what is done, so much was done before the start.
    ///   - bytes: produced since the start; nil where nobody counts them.
    public mutating func update(
        done: Int, before: Int = 0, bytes: Int? = nil, elapsed: Double, width: Int
    ) -> String? {
        guard elapsed >= ProgressLine.delay else { return nil }
        if let lastDrawn, elapsed - lastDrawn < ProgressLine.interval { return nil }
        lastDrawn = elapsed
        return text(done: done, before: before, bytes: bytes, elapsed: elapsed, width: width)
    }

    /// Whether a line is on the screen that must be wiped before anything else is printed.
    public var isShown: Bool { lastDrawn != nil }

    /// `capture [#####     ]  50%  1.2 MiB/s  ETA 3 s`, cut to the width.
    public func text(done: Int, before: Int = 0, bytes: Int? = nil, elapsed: Double, width: Int) -> String {
        let rate = elapsed > 0 ? Double(done - before) / elapsed : 0
        var speed: String =
            switch unit {
            case .bytes: NumberFormat.bytes(Int(min(rate, 1e18))) + "/s"
            case .share: ""
            case .count(let name): NumberFormat.count(Int(min(rate, 1e18))) + " \(name)/s"
            }
        if let bytes {
            let flow = elapsed > 0 ? Int(min(Double(bytes) / elapsed, 1e18)) : 0
            speed += "  \(NumberFormat.bytes(bytes)), \(NumberFormat.bytes(flow))/s"
        }
        guard let total, total > 0 else {
            let done = unit == .share ? NumberFormat.duration(elapsed) : NumberFormat.count(done)
            return TextWidth.truncated("\(label)  \(done)" + (speed.isEmpty ? "" : "  \(speed)"), to: width)
        }
        let share = min(1, max(0, Double(done) / Double(total)))
        let left = rate > 0 ? Double(max(0, total - done)) / rate : .infinity
        let percent = TextWidth.padded("\(Int((share * 100).rounded(.down)))%", to: 4, rightAligned: true)
        let tail = " \(percent)  \(speed.isEmpty ? "" : speed + "  ")ETA \(NumberFormat.duration(left))"
        let room = width - TextWidth.columns(label) - TextWidth.columns(tail) - 3
        guard room >= 8 else { return TextWidth.truncated(label + tail, to: width) }
        let cells = min(room, 40)
        let full = Int(share * Double(cells))
        let bar = String(repeating: "█", count: full) + String(repeating: "·", count: cells - full)
        return "\(label) [\(bar)]\(tail)"
    }
}
