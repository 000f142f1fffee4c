import Analysis
import QueryLanguage
import Synchronization

extension VerbImplementations {
    static let latents: [String: StepMaker] = [
        "topk": { _, arguments, _, _, _ in
            let prefixes = arguments.items("k").compactMap { if case .int(let k) = $0 { k } else { nil } }
            return .topk(prefixes, isSwept: arguments.isSweep("k"))
        },
        "overlap": { executor, _, _, node, _ in compared(.overlap, executor, node) },
        "jaccard": { executor, _, _, node, _ in
            if node.inputs.first?.type.element.sides.first?.isSet == true { return .jaccardOfSets }
            return compared(.jaccard, executor, node)
        },
    ]

    private static func compared(_ comparison: LatentComparison, _ executor: Executor, _ node: PlanNode) -> MapStep? {
        guard case .pair(.topLatents(_, let latents), _)? = node.inputs.first?.type.element else { return nil }
        return .comparingLatents(comparison, latents: latents, tally: executor.makeTally())
    }
}

extension MapStep {
    /// Prefixes of the stored lists: nothing is copied, `overlap` answers all of them at once.
    static func topk(_ prefixes: [Int], isSwept: Bool) -> MapStep {
        MapStep(
            axes: { axes in isSwept ? axes + [Axis("k", prefixes.map { .int($0) })] : axes },
            isCellwise: true, latents: .passed,
            apply: { block, _ in
                var block = block
                block.payload = block.payload.cut(prefixes, isSwept: isSwept)
                if isSwept { block.inner.append(Axis("k", prefixes.map { .int($0) })) }
                return block
            })
    }

    /// `overlap` or `jaccard` of both sides.
    ///
    /// - Parameter latents: F, the size of the dictionary.
    static func comparingLatents(_ comparison: LatentComparison, latents: Int, tally: LatentTally) -> MapStep {
        var step = MapStep.payload(latents: .indicesOnly) { block in
            guard case .pair(.latents(let left), .latents(let right)) = block.payload else { return block.payload }
            return .numbers(
                try comparison.compare(
                    left, right, inner: block.inner, rows: block.rows, latents: latents, tally: tally))
        }
        step.tally = tally
        return step
    }
}

extension Payload {
    fileprivate func cut(_ prefixes: [Int], isSwept: Bool) -> Payload {
        switch self {
        case .latents(var lists):
            lists.prefixes = prefixes
            lists.isSwept = isSwept
            // One k is a shorter list; several share the long one until `overlap` reads them all at once.
            return .latents(isSwept ? lists : lists.cut(to: prefixes.first ?? lists.stored))
        case .pair(let left, let right):
            return .pair(left.cut(prefixes, isSwept: isSwept), right.cut(prefixes, isSwept: isSwept))
        default: return self
        }
    }
}

/// How two top-k lists are compared.
enum LatentComparison: String, Sendable {
    case overlap, jaccard

    /// One number for every inner cell (with `k` last where it is swept) and row, from one pass over the lists.
    func compare(
        _ left: LatentLists, _ right: LatentLists, inner: [Axis], rows: Int, latents: Int, tally: LatentTally
    ) throws -> [Double] {
        var lists = inner
        if left.isSwept, let place = inner.index(of: "k") { lists.remove(at: place) }
        let count = left.prefixes.count
        var out = [Double](repeating: 0, count: lists.cells * count * rows)
        for cell in 0..<lists.cells {
            var state = try Overlap(k: left.prefixes)
            var ranks = state.makeRanks(latents: latents)
            try state.add(
                left: left.indices.span.extracting(cell * rows * left.stored..<(cell + 1) * rows * left.stored),
                leftWidth: left.stored,
                right: right.indices.span.extracting(cell * rows * right.stored..<(cell + 1) * rows * right.stored),
                rightWidth: right.stored, ranks: &ranks)
            tally.add(state)
            // `k` is appended last by `topk`, so it runs fastest among the inner axes.
            for place in 0..<count {
                let base = (cell * count + place) * rows
                if self == .overlap {
                    var all = out.mutableSpan
                    state.overlaps(place: place, into: &all, from: base)
                } else {
                    for row in 0..<rows { out[base + row] = state.jaccard(token: row, place: place) }
                }
            }
        }
        return out
    }
}

/// Counts the tokens that have fewer active latents than were asked for, while blocks run on several threads.
final class LatentTally: Sendable {
    private let counts = Mutex<(short: Int, tokens: Int, k: Int)>((0, 0, 0))

    func add(_ state: Overlap) {
        let most = state.k.max() ?? 0
        let place = state.k.firstIndex(of: most) ?? 0
        let short = state.tokensShortOf[place]
        counts.withLock { $0 = ($0.short + short, $0.tokens + state.tokens, most) }
    }

    /// Short cells, cells, k: as far as counted since `drain`.
    var counters: [Int] { counts.withLock { [$0.short, $0.tokens, $0.k] } }

    /// Adds what another run has counted.
    func add(_ counters: [Int]) {
        counts.withLock { $0 = ($0.short + counters[0], $0.tokens + counters[1], max($0.k, counters[2])) }
    }

    /// What there is to say, once; starts over.
    func drain() -> String? {
        let (short, tokens, k) = counts.withLock { counts in
            defer { counts = (0, 0, 0) }
            return counts
        }
        guard short > 0 else { return nil }
        return "\(short) of \(tokens) token × layer cells have fewer than \(k) active latents on one side: "
            + "their empty places count as differing at k = \(k)"
    }
}
