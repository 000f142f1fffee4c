import QueryLanguage

extension VerbImplementations {
    static let quantiles: [String: Computation] = [
        "median": { .frame(try $0.quantiles([0.5], isSwept: false, $1, $2)) },
        "quantile": { executor, arguments, node in
            let shares = arguments.items("q").compactMap(\.number)
            return .frame(try executor.quantiles(shares, isSwept: arguments.isSweep("q"), arguments, node))
        },
    ]
}

extension Executor {
    /// Quantiles over the dimensions named, or all samples; the list of q becomes the last axis.
    fileprivate func quantiles(_ shares: [Double], isSwept: Bool, _ arguments: BoundArguments, _ node: PlanNode) throws
        -> Frame
    {
        let input = node.inputs[0]
        let named = arguments.dims("dims")
        let gone = Set(named.isEmpty ? input.type.sampleDims : named)
        let value = try grouped(input, gone: gone, by: arguments.column("by"))
        let kept = value.inner.filter { !gone.contains($0.name) }
        let width = input.type.element.vectorWidth ?? 1
        let target = value.inner.cellMap(into: kept).map { $0 ?? 0 }
        // The groups first: which there are takes no reading of numbers.
        var found: Set<RowGroup> = []
        try value.scanRows { cell, prompt, token in
            if let group = value.groups.group(cell: cell, prompt: prompt, token: token) { found.insert(group) }
        }
        let order = found.sorted()
        let number = Dictionary(order.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let perGroup = kept.cells * width
        var search = RankSearch(
            sets: order.count * perGroup, expected: value.rows * value.inner.cells * width, shares: shares)
        while search.answer == nil {
            guard search.isPossible else {
                throw QueryFailure(
                    "too-large", at: node,
                    "\(order.count * perGroup) medians of \(value.rows * value.inner.cells * width) numbers don't fit in memory",
                    help: "choose a layer, or take fewer prompts with `head(n)`")
            }
            let empty = search.nextPass()
            var pass = empty
            try value.scan(threads: threads) { piece -> RankSearch.Pass in
                var seen = empty.empty
                let rows = piece.block.rows
                let sets = (0..<rows).map { row in
                    value.groups.group(cell: piece.cell, prompt: piece.prompts[row], token: piece.tokens[row])
                        .flatMap { number[$0] }
                }
                for (cell, place) in target.enumerated() {
                    for row in 0..<rows {
                        guard let set = sets[row] else { continue }
                        let base = set * perGroup + place * width
                        switch piece.block.payload {
                        case .numbers(let values): seen.add(values[cell * rows + row], to: base)
                        case .vectors(let values, _):
                            let start = (cell * rows + row) * width
                            for component in 0..<width {
                                seen.add(Double(values[start + component]), to: base + component)
                            }
                        default: break
                        }
                    }
                }
                return seen
            } merge: {
                pass.merge($0)
            }
            search.finish(pass)
        }
        let answer = search.answer ?? []
        let axes = kept + (isSwept ? [Axis("q", arguments.items("q").compactMap(\.label))] : [])
        return value.groups.frame(found, inner: axes) { groups in
            var numbers: [Double] = []
            for cell in 0..<kept.cells {
                for share in shares.indices {
                    for group in groups {
                        for component in 0..<width {
                            numbers.append(
                                number[group].map { answer[$0 * perGroup + cell * width + component][share] } ?? .nan)
                        }
                    }
                }
            }
            return input.type.element.vectorWidth == nil
                ? .numbers(numbers) : .vectors(numbers.map { Float($0) }, width: width)
        }
    }
}
