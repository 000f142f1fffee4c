import Analysis
import Kernels
import QueryLanguage
import Store
import Tensor

/// What resampling and exchanging prompts needs of a value: for every prompt the sum and the count of its cells.
///
/// Means of resampled prompts then weigh cells as `mean` does, tokens of long prompts included.
struct PromptSums: Sendable {
    var outer: [Axis]
    /// Grid axes that are left.
    var inner: [Axis]
    /// Prompts of outer cell c are `offsets[c] ..< offsets[c + 1]`.
    var offsets: [Int]
    /// Ids of the prompts, all cells after each other.
    var keys: [String]
    /// Ordinal of each prompt in its cell's table.
    var prompts: [Int32]
    var tables: [PromptTable]
    /// 1 for numbers.
    var width: Int
    /// Inner cells × prompts × width.
    var sums: [Double]
    /// Inner cells × prompts.
    var counts: [Double]

    /// The prompts of one cell.
    func range(_ cell: Int) -> Range<Int> { offsets[cell]..<offsets[cell + 1] }

    /// From frames with one row a prompt.
    ///
    /// - Parameter counts: cells behind every number; nil for one each.
    init(_ frame: Frame, counts other: Frame?) {
        outer = frame.outer
        inner = frame.inner
        offsets = frame.offsets
        prompts = frame.prompts ?? []
        tables = frame.tables
        keys = (0..<frame.outer.cells).flatMap { cell in
            (frame.offsets[cell]..<frame.offsets[cell + 1]).map { frame.promptKey(row: $0, cell: cell) }
        }
        let cells = frame.inner.cells * frame.rows
        switch frame.payload {
        case .vectors(let values, let width):
            self.width = width
            sums = values.map { Double($0) }
        case .numbers(let values):
            width = 1
            sums = values
        default:
            width = 1
            sums = [Double](repeating: .nan, count: cells)
        }
        if case .numbers(let found)? = other?.payload {
            counts = found
        } else {
            counts = [Double](repeating: 1, count: cells)
        }
        guard width == 1 else { return }
        // A number that is not there is not part of any mean.
        for place in 0..<cells where Missing.holds(sums[place]) {
            sums[place] = 0
            counts[place] = 0
        }
    }

    /// Σ weight · sum / Σ weight · count over the prompts of one cell, one number per component.
    func mean(_ inner: Int, _ range: Range<Int>, weight: (Int) -> Double) -> [Double] {
        var total = 0.0
        var out = [Double](repeating: 0, count: width)
        let base = inner * prompts.count
        for prompt in range {
            if prompt & 0xFF == 0, WorkWatch.isCancelled { break }
            let w = weight(prompt - range.lowerBound)
            guard w != 0 else { continue }
            total += w * counts[base + prompt]
            let start = (base + prompt) * width
            for j in 0..<width { out[j] += w * sums[start + j] }
        }
        for j in 0..<width { out[j] = total == 0 ? .nan : out[j] / total }
        return out
    }
}

extension Executor {
    /// The prompts' sums of a value, tokens and repeats added up.
    func promptSums(_ node: PlanNode) throws -> PromptSums {
        let gone = Set(node.type.sampleDims).subtracting(["prompt"])
        guard !gone.isEmpty else { return PromptSums(try frame(node), counts: nil) }
        var width: Int?
        if case .vector(let count) = node.type.element { width = count }
        let pooling = { (kind: PoolKind) in Pooling(kind: kind, gone: gone, width: width, by: nil) }
        switch try evaluate(node) {
        case .stream(let stream):
            return PromptSums(
                try pooled(stream, pooling(.sum), node, isNode: true),
                counts: try pooled(stream, pooling(.count), node, isNode: true))
        default:
            let frame = try frame(node)
            return PromptSums(pooling(.sum).pool(frame), counts: pooling(.count).pool(frame))
        }
    }
}
