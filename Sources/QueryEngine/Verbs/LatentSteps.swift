import Kernels
import QueryLanguage
import Tensor

extension MapStep {
    /// Prefixes of the stored lists: nothing is copied, `overlap` answers all of them at once.
    static func topk(_ prefixes: [Int], isSwept: Bool) -> MapStep {
        MapStep(
            axes: { axes in isSwept ? axes + [Axis("k", prefixes.map { .int($0) })] : axes },
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
    static func comparingLatents(_ comparison: LatentComparison, latents: Int) -> MapStep {
        .payload { block in
            guard case .pair(.latents(let left), .latents(let right)) = block.payload else { return block.payload }
            return .numbers(comparison.compare(left, right, inner: block.inner, rows: block.rows, latents: latents))
        }
    }
}

extension Payload {
    fileprivate func cut(_ prefixes: [Int], isSwept: Bool) -> Payload {
        switch self {
        case .latents(var lists):
            lists.prefixes = prefixes
            lists.isSwept = isSwept
            return .latents(lists)
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
    func compare(_ left: LatentLists, _ right: LatentLists, inner: [Axis], rows: Int, latents: Int) -> [Double] {
        let prefixes = left.prefixes
        let deepest = prefixes.max() ?? 1
        let kPlace = left.isSwept ? inner.index(of: "k") : nil
        var lists = inner
        if let kPlace { lists.remove(at: kPlace) }
        var ranks = RankIntersection(latents: latents, topK: deepest)
        var counts = [UInt32](repeating: 0, count: rows * deepest)
        var out = [Double](repeating: 0, count: lists.cells * prefixes.count * rows)
        for cell in 0..<lists.cells {
            let a = left.indices.span.extracting(cell * rows * left.stored..<(cell + 1) * rows * left.stored)
            let b = right.indices.span.extracting(cell * rows * right.stored..<(cell + 1) * rows * right.stored)
            do {
                var span = counts.mutableSpan
                ranks.intersect(
                    left: a, leftWidth: left.stored, right: b, rightWidth: right.stored, tokens: rows, counts: &span)
            }
            for (place, k) in prefixes.enumerated() {
                // `k` is appended last by `topk`, so it runs fastest among the inner axes.
                let base = (cell * prefixes.count + place) * rows
                for row in 0..<rows {
                    let both = Double(counts[row * deepest + k - 1])
                    switch self {
                    case .overlap: out[base + row] = both / Double(k)
                    case .jaccard:
                        let either =
                            Double(active(a, row * left.stored, k) + active(b, row * right.stored, k)) - both
                        out[base + row] = either == 0 ? .nan : both / either
                    }
                }
            }
        }
        return out
    }

    /// How many of the first k places are used.
    private func active(_ indices: Span<UInt32>, _ start: Int, _ k: Int) -> Int {
        for place in 0..<k where indices[start + place] == ColumnID.noLatent { return place }
        return k
    }
}
