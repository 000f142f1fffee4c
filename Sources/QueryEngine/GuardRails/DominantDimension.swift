import Kernels
import QueryLanguage
import Scan
import Store

/// One dimension of a residual stream may hold a tenth to a half of the squared norm; a raw cosine then compares little else.
///
/// Measured on a sample of the rows that depends on the data alone: at most 16 stretches of 32 rows, evenly spread.
enum DominantDimension {
    /// The verbs whose answer it decides.
    static let verbs: Set<String> = ["cosine", "nearest", "angle"]

    /// A share of the squared norm that is worth saying, if it is also this many times the share that each would have alike.
    private static let share = 0.1
    private static let excess = 8.0
    private static let stretches = 16
    private static let rows = 32

    /// What to say about the vectors that a node gives; nil where none dominates.
    static func text(_ node: PlanNode, _ executor: Executor) throws -> String? {
        let width: Int
        switch node.type.element {
        case .vector(let count): width = count
        case .pair(.vector(let count), _): width = count
        default: return nil
        }
        guard width > 1 else { return nil }
        var squares = Squares(width: width)
        let axes: [Axis]
        switch try executor.evaluate(node) {
        case .stream(let stream):
            guard stream.source != nil else { return nil }
            axes = stream.inner
            for batch in sample(try stream.batches()) {
                squares.add(try stream.block(batch).payload, inner: axes.cells)
            }
        case .frame(let frame):
            axes = frame.inner
            squares.add(frame.payload, inner: axes.cells)
        default: return nil
        }
        return text(squares.dominant(), axes)
    }

    /// The first rows of batches that lie evenly spread.
    private static func sample(_ batches: [Batch]) -> [Batch] {
        let step = max(1, batches.count / stretches)
        return stride(from: 0, to: batches.count, by: step).prefix(stretches).map { place in
            var batch = batches[place]
            var left = rows
            batch.segments = batch.segments.compactMap { segment in
                guard left > 0 else { return nil }
                var kept = segment
                kept.count = min(left, segment.count)
                left -= kept.count
                return kept
            }
            batch.rows = rows - left
            return batch
        }
    }

    private static func text(_ found: [(cell: Int, dimension: Int, share: Double)], _ axes: [Axis]) -> String? {
        guard let worst = found.max(by: { $0.share < $1.share }) else { return nil }
        let place = zip(axes, axes.coordinates(of: worst.cell)).map { "\($0.name) \($0.labels[$1])" }
        let percent = Int((worst.share * 100).rounded())
        let whole =
            "dimension \(worst.dimension) of \(place.isEmpty ? "the vectors" : place.joined(separator: ", "))"
            + " holds \(percent) % of the squared norm"
        let others = found.count > 1 ? ", and it is like that in \(found.count) of \(axes.cells) places" : ""
        return "\(whole)\(others): a cosine mostly compares that one number. `center` or `drop_dims(1)` first"
    }

    /// Σ x² of every dimension, for each inner cell.
    private struct Squares {
        let width: Int
        var sums: [Double] = []

        init(width: Int) { self.width = width }

        mutating func add(_ payload: Payload, inner: Int) {
            switch payload {
            case .vectors(let values, let each):
                guard each == width, inner > 0 else { return }
                if sums.isEmpty { sums = [Double](repeating: 0, count: inner * width) }
                let (width, rows) = (width, values.count / inner / width)
                let zero = [Double](repeating: 0, count: width)
                var all = sums.mutableSpan
                for cell in 0..<inner {
                    var mine = all._mutatingExtracting(cell * width..<(cell + 1) * width)
                    RowSums.addSquares(
                        values.span.extracting(cell * rows * width..<(cell + 1) * rows * width), rows: rows,
                        width: width, around: zero.span, to: &mine)
                }
            case .pair(let left, let right):
                add(left, inner: inner)
                add(right, inner: inner)
            default: return
            }
        }

        /// Of every cell that has one, the dimension that holds too much.
        func dominant() -> [(cell: Int, dimension: Int, share: Double)] {
            (0..<sums.count / max(1, width)).compactMap { cell in
                let mine = sums[cell * width..<(cell + 1) * width]
                let total = mine.reduce(0, +)
                guard total > 0, total.isFinite, let most = mine.max(), let place = mine.firstIndex(of: most) else {
                    return nil
                }
                let share = most / total
                guard share >= DominantDimension.share, share * Double(width) >= DominantDimension.excess else {
                    return nil
                }
                return (cell, place - mine.startIndex, share)
            }
        }
    }
}
