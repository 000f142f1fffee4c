import QueryLanguage

extension VerbImplementations {
    static let histograms: [String: Computation] = [
        "hist": { .frame(try $0.histogram($1, $2)) },
        "scatter": { .frame(try $0.points($1, $2)) },
    ]
}

extension Executor {
    /// `hist`: two passes, one for the ends, one to count.
    fileprivate func histogram(_ arguments: BoundArguments, _ node: PlanNode) throws -> Frame {
        let input = node.inputs[0]
        let samples = input.type.sampleDims
        let gone = Set(samples.isEmpty ? input.type.dims.map(\.name) : samples)
        let value = try grouped(input, gone: gone)
        let kept = value.inner.filter { !gone.contains($0.name) }
        let target = value.inner.cellMap(into: kept).map { $0 ?? 0 }
        let bins = arguments.int("bins") ?? 20
        var (low, high) = (arguments.double("low"), arguments.double("high"))
        if low == nil || high == nil {
            var ends = (low: Double.infinity, high: -Double.infinity)
            try value.scan(threads: threads) { piece -> (low: Double, high: Double) in
                guard case .numbers(let values) = piece.block.payload else { return (.infinity, -.infinity) }
                let finite = values.filter(\.isFinite)
                return (finite.min() ?? .infinity, finite.max() ?? -.infinity)
            } merge: {
                ends = (min(ends.low, $0.low), max(ends.high, $0.high))
            }
            if ends.low > ends.high { ends = (0, 1) }
            // One value alone gets half a unit on both sides, as in numpy.
            if ends.low == ends.high { ends = (ends.low - 0.5, ends.high + 0.5) }
            low = low ?? ends.low
            high = high ?? max(ends.high, (low ?? 0) + 1e-9)
        }
        let (first, last) = (low ?? 0, high ?? 1)
        guard first < last, (last - first).isFinite else {
            throw QueryFailure(
                "empty-range", at: node,
                "all numbers lie outside of \(Constant.text(of: first)) … \(Constant.text(of: last))",
                help: "leave `low` or `high` out")
        }
        let edges = (0...bins).map { $0 == bins ? last : first + (last - first) / Double(bins) * Double($0) }
        var groups: Set<RowGroup> = []
        try value.scanRows { cell, prompt, token in
            if let group = value.groups.group(cell: cell, prompt: prompt, token: token) { groups.insert(group) }
        }
        struct Partial: Sendable {
            var cell: Int
            var counts: [Int]
            var outside = 0
        }
        var counts: [Int32: [Int]] = [:]
        var outside = 0
        try value.scan(threads: threads) { piece -> Partial in
            var partial = Partial(cell: piece.cell, counts: [Int](repeating: 0, count: kept.cells * bins))
            guard case .numbers(let values) = piece.block.payload else { return partial }
            let rows = piece.block.rows
            for (cell, place) in target.enumerated() {
                for row in cell * rows..<(cell + 1) * rows where !Missing.holds(values[row]) {
                    if let bin = Executor.bin(of: values[row], edges) {
                        partial.counts[place * bins + bin] += 1
                    } else {
                        partial.outside += 1
                    }
                }
            }
            return partial
        } merge: { partial in
            let group = value.groups.group(cell: partial.cell, prompt: 0, token: 0)?.cell ?? 0
            var sums = counts[group] ?? [Int](repeating: 0, count: kept.cells * bins)
            for index in sums.indices { sums[index] += partial.counts[index] }
            counts[group] = sums
            outside += partial.outside
        }
        if outside > 0 {
            note(
                .outsideBins,
                "\(outside) cell\(outside == 1 ? " is" : "s are") NaN, infinite or outside of \(NumberText.short(first)) … \(NumberText.short(last)), and not counted"
            )
        }
        let axis = Axis("bin", edges.dropLast().map { .double($0) })
        return value.groups.frame(groups, inner: kept + [axis]) { rows in
            var out: [Double] = []
            for place in 0..<kept.cells * bins {
                for row in rows { out.append(Double(counts[row.cell]?[place] ?? 0)) }
            }
            return .numbers(out)
        }
    }

    /// The interval a number lies in: half-open, the last one closed.
    private static func bin(of value: Double, _ edges: [Double]) -> Int? {
        guard value >= edges[0], value <= edges[edges.count - 1] else { return nil }
        return min(edges.count - 2, max(0, edges.partitioningIndex { $0 > value } - 1))
    }

    /// `scatter`: two numbers for each cell.
    fileprivate func points(_ arguments: BoundArguments, _ node: PlanNode) throws -> Frame {
        var input = try frame(node.inputs[0])
        if let other = arguments.node("v") {
            let join = try joined(input, try frame(other), cellBytes: 16, node)
            guard case .numbers(let x) = join.a.payload, case .numbers(let y) = join.b.payload else { return input }
            let places = join.places
            return join.frame(.pair(.numbers(places.map { x[$0.a] }), .numbers(places.map { y[$0.b] })))
        }
        if case .vectors(let values, let width) = input.payload, width >= 2 {
            let starts = stride(from: 0, to: values.count, by: width)
            input.payload = .pair(
                .numbers(starts.map { Double(values[$0]) }), .numbers(starts.map { Double(values[$0 + 1]) }))
        }
        return input
    }
}
