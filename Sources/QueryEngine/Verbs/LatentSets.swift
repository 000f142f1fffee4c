import QueryLanguage

extension VerbImplementations {
    static let setSteps: [String: StepMaker] = [
        "active": { _, arguments, _, _, _ in
            // With `freq=` samples are used up: that is a computation.
            guard arguments.double("freq") == nil else { return nil }
            let threshold = arguments.double("threshold") ?? 0
            return .payload { block in
                block.payload.mappingSides { side in
                    guard case .latents(let lists) = side else { return side }
                    return .sets(lists.active(above: threshold))
                }
            }
        },
        "intersect": { _, arguments, _, _, _ in arguments.node("v") == nil ? .combiningSets(.intersect) : nil },
        "union": { _, arguments, _, _, _ in arguments.node("v") == nil ? .combiningSets(.union) : nil },
        "minus": { _, arguments, _, _, _ in arguments.node("v") == nil ? .combiningSets(.minus) : nil },
    ]

    static let sets: [String: Computation] = [
        "active": { executor, arguments, node in
            guard let share = arguments.double("freq") else {
                let frame = try executor.frame(node.inputs[0])
                let threshold = arguments.double("threshold") ?? 0
                return .frame(
                    try frame.applying(
                        .payload { block in
                            block.payload.mappingSides { side in
                                if case .latents(let lists) = side {
                                    .sets(lists.active(above: threshold))
                                } else {
                                    side
                                }
                            }
                        }))
            }
            return .frame(try executor.latentCounts(node, above: arguments.double("threshold") ?? 0).sets(share: share))
        },
        "freq": { executor, arguments, node in
            .frame(try executor.latentCounts(node, above: arguments.double("threshold") ?? 0).shares)
        },
        "intersect": { .frame(try $0.combinedSets(.intersect, $1, $2)) },
        "union": { .frame(try $0.combinedSets(.union, $1, $2)) },
        "minus": { .frame(try $0.combinedSets(.minus, $1, $2)) },
    ]
}

/// What is made of two sets, given as rising numbers.
enum SetOperation: Sendable {
    case intersect, union, minus

    /// O(|a| + |b|).
    func callAsFunction(_ a: [UInt32], _ b: [UInt32]) -> [UInt32] {
        var out: [UInt32] = []
        var (i, j) = (0, 0)
        while i < a.count || j < b.count {
            if j == b.count || (i < a.count && a[i] < b[j]) {
                if self != .intersect { out.append(a[i]) }
                i += 1
            } else if i == a.count || b[j] < a[i] {
                if self == .union { out.append(b[j]) }
                j += 1
            } else {
                if self != .minus { out.append(a[i]) }
                i += 1
                j += 1
            }
        }
        return out
    }
}

extension LatentLists {
    /// The active latents of each list, rising.
    func active(above threshold: Double) -> [[UInt32]] {
        stride(from: 0, to: stored == 0 ? 0 : indices.count, by: max(1, stored)).map { start in
            (start..<start + stored).filter { indices[$0] != UInt32.max && Double(values[$0]) > threshold }
                .map { indices[$0] }.sorted()
        }
    }
}

extension MapStep {
    /// The two sides' sets combined.
    static func combiningSets(_ operation: SetOperation) -> MapStep {
        .payload { block in
            guard case .pair(.sets(let left), .sets(let right)) = block.payload else { return block.payload }
            return .sets(zip(left, right).map { operation($0, $1) })
        }
    }

    /// |A ∩ B| / |A ∪ B| of the two sides' sets; NaN of two empty ones.
    static let jaccardOfSets = MapStep.payload { block in
        guard case .pair(.sets(let left), .sets(let right)) = block.payload else { return block.payload }
        return .numbers(
            zip(left, right).map { a, b in
                let all = SetOperation.union(a, b).count
                return all == 0 ? .nan : Double(SetOperation.intersect(a, b).count) / Double(all)
            })
    }

    /// The size of each set.
    static let sizes = MapStep.payload { block in
        block.payload.mappingSides { side in
            if case .sets(let sets) = side { .numbers(sets.map { Double($0.count) }) } else { side }
        }
    }
}

extension Executor {
    fileprivate func combinedSets(_ operation: SetOperation, _ arguments: BoundArguments, _ node: PlanNode) throws
        -> Frame
    {
        let input = try frame(node.inputs[0])
        guard let other = arguments.node("v") else { return try input.applying(.combiningSets(operation)) }
        let join = try joined(input, try frame(other), cellBytes: 64, node)
        guard case .sets(let a) = join.a.payload, case .sets(let b) = join.b.payload else { return input }
        return join.frame(.sets(join.places.map { operation(a[$0.a], b[$0.b]) }))
    }

    /// Counts in how many samples each latent is active.
    fileprivate func latentCounts(_ node: PlanNode, above threshold: Double) throws -> LatentCounts {
        let input = node.inputs[0]
        let gone = Set(input.type.sampleDims)
        let value = try grouped(input, gone: gone)
        let kept = value.inner.filter { !gone.contains($0.name) }
        let target = value.inner.cellMap(into: kept).map { $0 ?? 0 }
        guard let of = input.type.element.latents?.of else {
            throw QueryFailure("wrong-type", at: node, "these are no latents")
        }
        let sides = input.type.element.sides.count
        var counts = LatentCounts(outer: value.outer, inner: kept, latents: of, sides: sides)
        try memory.check(counts.counts.count * value.outer.cells * 16, at: node, help: "choose a layer or a model")
        /// Places in `counts` to be counted up, and the samples of each kept cell.
        struct Partial: Sendable {
            var cell: Int
            var places: [Int] = []
            var samples: [Int]
        }
        try value.scan(threads: threads) { piece -> Partial in
            let rows = piece.block.rows
            var partial = Partial(cell: piece.cell, samples: [Int](repeating: 0, count: kept.cells))
            for place in target { partial.samples[place] += rows }
            var side = 0
            _ = piece.block.payload.mappingSides { payload in
                guard case .latents(let lists) = payload else { return payload }
                for (cell, place) in target.enumerated() {
                    let base = (side * kept.cells + place) * of
                    for index in cell * rows * lists.stored..<(cell + 1) * rows * lists.stored
                    where Int(lists.indices[index]) < of && Double(lists.values[index]) > threshold {
                        partial.places.append(base + Int(lists.indices[index]))
                    }
                }
                side += 1
                return payload
            }
            return partial
        } merge: { partial in
            counts.add(partial.places, samples: partial.samples, cell: partial.cell)
        }
        return counts
    }
}

/// In how many samples each latent is active, for every outer cell, side and inner cell.
struct LatentCounts: Sendable {
    let outer: [Axis]
    let inner: [Axis]
    let latents: Int
    let sides: Int
    /// `counts[outer cell][(side · inner cells + inner cell) · F + latent]`.
    fileprivate var counts: [[Int]]
    private var samples: [[Int]]

    init(outer: [Axis], inner: [Axis], latents: Int, sides: Int) {
        self.outer = outer
        self.inner = inner
        self.latents = latents
        self.sides = sides
        counts = Array(
            repeating: [Int](repeating: 0, count: sides * inner.cells * latents), count: outer.cells)
        samples = Array(repeating: [Int](repeating: 0, count: inner.cells), count: outer.cells)
    }

    mutating func add(_ places: [Int], samples more: [Int], cell: Int) {
        for place in places { counts[cell][place] += 1 }
        for place in more.indices { samples[cell][place] += more[place] }
    }

    /// The share of the samples for each latent, along a last axis `latent`; NaN of no samples.
    var shares: Frame {
        let axis = Axis("latent", (0..<latents).map { .int($0) })
        let payloads = (0..<sides).map { side -> Payload in
            var out: [Double] = []
            out.reserveCapacity(inner.cells * latents * outer.cells)
            for cell in 0..<inner.cells {
                for latent in 0..<latents {
                    for place in 0..<outer.cells {
                        let count = counts[place][(side * inner.cells + cell) * latents + latent]
                        out.append(samples[place][cell] == 0 ? .nan : Double(count) / Double(samples[place][cell]))
                    }
                }
            }
            return .numbers(out)
        }
        return Frame(outer: outer, inner: inner + [axis], payload: LatentCounts.payload(payloads))
    }

    /// The latents active in at least that share of the samples.
    func sets(share: Double) -> Frame {
        let payloads = (0..<sides).map { side -> Payload in
            .sets(
                (0..<inner.cells).flatMap { cell in
                    (0..<outer.cells).map { place in
                        (0..<latents).filter { latent in
                            let count = counts[place][(side * inner.cells + cell) * latents + latent]
                            return count > 0 && Double(count) >= share * Double(samples[place][cell])
                        }.map { UInt32($0) }
                    }
                })
        }
        return Frame(outer: outer, inner: inner, payload: LatentCounts.payload(payloads))
    }

    private static func payload(_ sides: [Payload]) -> Payload {
        sides.count == 2 ? .pair(sides[0], sides[1]) : sides[0]
    }
}
