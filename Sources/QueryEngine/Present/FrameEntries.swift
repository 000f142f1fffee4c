import Analysis
import QueryLanguage
import Tensor

/// A frame's cells in the order of its type: outer, prompt, token, inner; each with the label along every dimension.
struct FrameEntries {
    let frame: Frame
    /// Names of the dimensions.
    let names: [String]
    private let outerLabels: [[Label]]
    private let innerLabels: [[Label]]

    init(_ frame: Frame) {
        self.frame = frame
        names = frame.dimensionNames
        func labels(_ axes: [Axis]) -> [[Label]] {
            (0..<axes.cells).map { cell in
                zip(axes, axes.coordinates(of: cell)).map { axis, position in axis.labels[position] }
            }
        }
        outerLabels = labels(frame.outer)
        innerLabels = labels(frame.inner)
    }

    /// Number of cells.
    var count: Int { frame.rows * innerLabels.count }

    /// Calls back with the labels and the place in the payload of every cell.
    func each(_ body: (_ labels: [Label], _ place: Int) -> Void) {
        for cell in outerLabels.indices {
            for row in frame.offsets[cell]..<frame.offsets[cell + 1] {
                if row & 0x3F == 0, WorkWatch.isCancelled { return }
                let head = outerLabels[cell] + rowLabels(row, cell)
                for inner in innerLabels.indices { body(head + innerLabels[inner], inner * frame.rows + row) }
            }
        }
    }

    /// The labels of a row: prompt id and token position, as far as the frame has them.
    func rowLabels(_ row: Int, _ cell: Int) -> [Label] {
        var labels: [Label] = []
        if frame.prompts != nil { labels.append(.string(frame.promptKey(row: row, cell: cell))) }
        if let tokens = frame.tokens { labels.append(.int(Int(tokens[row]))) }
        return labels
    }

    /// The value at a place as a cell of a table.
    func cell(_ place: Int, _ element: Element) -> Presentation.Cell {
        switch frame.payload {
        case .numbers(let values):
            switch element {
            case .int: return values[place].isFinite ? .int(Int(values[place])) : .number(values[place])
            case .bool: return .bool(values[place] != 0)
            default: return .number(values[place])
            }
        case .stats(let stats): return .stat(stats[place])
        case .intervals(let values):
            let one = values[place]
            guard !one.estimate.isNaN else { return .missing }
            let bounds = "[\(NumberText.short(one.low)), \(NumberText.short(one.high))]"
            return .text("\(NumberText.short(one.estimate)) \(bounds)")
        case .tests(let values):
            let one = values[place]
            guard !one.statistic.isNaN else { return .missing }
            return .text("\(NumberText.short(one.statistic)) (p = \(NumberText.short(one.pValue)))")
        case .predictions(let values):
            guard let name = frame.className(values[place]) else { return .missing }
            let probability = values[place].probability
            return .text(probability.isNaN ? name : "\(name) (\(NumberText.short(probability)))")
        case .vectors(let values, let width):
            let head = values[place * width..<place * width + min(width, 4)].map { NumberText.short(Double($0)) }
            return .text("[" + head.joined(separator: ", ") + (width > 4 ? ", …]" : "]"))
        case .latents(let lists):
            let start = place * lists.stored
            let used = lists.indices[start..<start + lists.stored].prefix { $0 != UInt32.max }
            let head = used.prefix(4).enumerated().map {
                "\($1): \(NumberText.short(Double(lists.values[start + $0])))"
            }
            return .text("{" + head.joined(separator: ", ") + (used.count > 4 ? ", …}" : "}"))
        case .sets(let sets):
            let head = sets[place].prefix(8).map { String($0) }.joined(separator: ", ")
            return .text("{" + head + (sets[place].count > 8 ? ", … \(sets[place].count) in all}" : "}"))
        case .texts(let values): return values[place].map { .text($0) } ?? .missing
        case .pair: return .text("pair")
        }
    }

    /// What a chart draws around the number of a cell; nil where nothing is known of it.
    func range(_ place: Int) -> (low: Double, high: Double)? {
        switch frame.payload {
        case .stats(let stats): (stats[place].mean - stats[place].sd, stats[place].mean + stats[place].sd)
        case .intervals(let values): (values[place].low, values[place].high)
        default: nil
        }
    }

    /// The number behind a cell, for charts; NaN where it has none.
    func number(_ place: Int) -> (value: Double, sd: Double?) {
        switch frame.payload {
        case .numbers(let values): (values[place], nil)
        case .stats(let stats): (stats[place].mean, stats[place].sd)
        case .intervals(let values): (values[place].estimate, nil)
        case .tests(let values): (values[place].statistic, nil)
        default: (.nan, nil)
        }
    }
}

/// Numbers inside texts, where no column aligns them.
enum NumberText {
    /// Three significant digits.
    static func short(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
        guard value != 0 else { return "0" }
        let magnitude = abs(value)
        if magnitude >= 1e6 || magnitude < 1e-3 {
            var exponent = 0
            var mantissa = magnitude
            while mantissa >= 10 {
                mantissa /= 10
                exponent += 1
            }
            while mantissa < 1 {
                mantissa *= 10
                exponent -= 1
            }
            return (value < 0 ? "-" : "") + fixed(mantissa, 2) + "e\(exponent)"
        }
        let places =
            magnitude >= 100
            ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : magnitude >= 0.1 ? 3 : magnitude >= 0.01 ? 4 : 5
        return (value < 0 ? "-" : "") + fixed(magnitude, places)
    }

    private static func fixed(_ value: Double, _ places: Int) -> String {
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = Int((value * Double(scale)).rounded())
        guard places > 0 else { return String(scaled) }
        let rest = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: places - rest.count) + rest
    }
}
