import Analysis
import QueryLanguage
import Scan
import Tensor

extension VerbImplementations {
    static let inference: [String: Computation] = [
        "bootstrap": { .frame(try $0.bootstrapped($1, $2)) },
        "ci": { .frame(try $0.intervals($1, $2)) },
        "permutation_test": { .frame(try $0.permuted($1, $2)) },
        "correlate": { .frame(try $0.correlated($1, $2)) },
        "verdict": { try $0.verdict($1, $2) },
    ]
}

extension Executor {
    /// Resamples of a piece; pieces depend on n alone.
    private static let resamplesPerPiece = 16

    /// `bootstrap`: means over resampled prompts along `boot`.
    func bootstrapped(_ arguments: BoundArguments, _ node: PlanNode) throws -> Frame {
        let sums = try promptSums(node.inputs[0])
        let n = arguments.int("n") ?? 1000
        let bootstrap = Bootstrap(seed: UInt64(bitPattern: Int64(arguments.int("seed") ?? 0)))
        let (cells, inner, width) = (sums.outer.cells, sums.inner.cells, sums.width)
        let orders = (0..<cells).map { bootstrap.sample(Array(sums.keys[sums.range($0)])) }
        for cell in 0..<cells where sums.range(cell).count < 10 {
            note(
                .fewPrompts,
                "only \(sums.range(cell).count) prompt\(sums.range(cell).count == 1 ? "" : "s") to resample: intervals of so few are too narrow"
            )
            break
        }
        var out = [Double](repeating: .nan, count: n * inner * cells * width)
        let step = Executor.resamplesPerPiece
        try ParallelScan.run(count: (n + step - 1) / step, threads: threads) { piece -> [Double] in
            var found: [Double] = []
            for index in piece * step..<min(n, (piece + 1) * step) {
                try WorkWatch.check()
                let drawn = orders.map { bootstrap.counts($0, resample: index) }
                for place in 0..<inner {
                    for cell in 0..<cells {
                        found += sums.mean(place, sums.range(cell)) { Double(drawn[cell][$0]) }
                    }
                }
            }
            return found
        } merge: { piece, found in
            let start = piece * step * inner * cells * width
            out.replaceSubrange(start..<start + found.count, with: found)
        }
        let axes = [Axis("boot", (0..<n).map { .int($0) })] + sums.inner
        let payload: Payload =
            node.type.element.isVector ? .vectors(out.map { Float($0) }, width: width) : .numbers(out)
        return Frame(outer: sums.outer, inner: axes, payload: payload)
    }

    /// `ci`: percentiles of resamples, or Student's interval of a mean.
    func intervals(_ arguments: BoundArguments, _ node: PlanNode) throws -> Frame {
        let input = try frame(node.inputs[0])
        let level = arguments.double("level") ?? 0.95
        let isBoot = input.inner.index(of: "boot") != nil
        let gone: Set<String> = isBoot ? ["boot"] : ["rep", "fold"]
        let axes = input.inner.filter { !gone.contains($0.name) }
        if !isBoot, axes.count < input.inner.count {
            note(
                .dependentRepeats,
                "repeats and folds share training rows: this interval takes them as independent and is too narrow")
        }
        guard case .numbers(let values) = input.payload else { return input }
        var groups: [[Int]] = Array(repeating: [], count: axes.cells)
        for (cell, target) in input.inner.cellMap(into: axes).enumerated() { groups[target ?? 0].append(cell) }
        var found: [Interval] = []
        for group in groups {
            for cell in 0..<input.outer.cells {
                let range = input.offsets[cell]..<input.offsets[cell + 1]
                let own = group.flatMap { inner in range.map { values[inner * input.rows + $0] } }
                    .filter { !Missing.holds($0) }
                found.append(isBoot ? .percentile(own, level: level) : .student(own, level: level))
            }
        }
        return Frame(outer: input.outer, inner: axes, payload: .intervals(found))
    }
}
