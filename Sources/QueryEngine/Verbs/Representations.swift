import Analysis
import QueryLanguage
import Scan
import Store

extension VerbImplementations {
    static let representations: [String: Computation] = [
        "nearest": { executor, arguments, node in .table(try executor.nearest(arguments, node)) },
        "pca": { executor, arguments, node in .frame(try executor.components(arguments, node)) },
        "cka": { executor, arguments, node in
            guard let other = arguments.node("b") else { return .frame(try executor.alignment(node)) }
            return .frame(try executor.alignment(node.inputs[0], other, node))
        },
    ]
}

extension Executor {
    // MARK: - nearest

    fileprivate func nearest(_ arguments: BoundArguments, _ node: PlanNode) throws -> Table {
        guard let given = arguments.node("v") else { preconditionFailure("the type checker asks for a vector") }
        let vectors = try frame(given)
        let count = arguments.int("n") ?? 10
        func reduction(_ outer: [Axis], _ inner: [Axis]) -> NearestReduction {
            guard let made = NearestReduction(count: count, vectors: vectors, outer: outer, inner: inner) else {
                preconditionFailure("the type checker lets only vectors through")
            }
            return made
        }
        switch try evaluate(node.inputs[0]) {
        case .stream(let stream):
            guard case .nearest(let found) = try reduced(stream, .nearest(reduction(stream.outer, stream.inner)), node)
            else { preconditionFailure("a reduction stays what it is") }
            return table(
                found, node, outer: stream.outer, inner: stream.inner, tables: stream.cells.map(\.prompts),
                hasPrompt: stream.hasPrompt, hasToken: stream.hasToken)
        default:
            let frame = try frame(node.inputs[0])
            var found = reduction(frame.outer, frame.inner)
            for cell in 0..<frame.outer.cells {
                let range = frame.offsets[cell]..<frame.offsets[cell + 1]
                var partial = found.partial(site: nil, source: nil)
                found.add(frame.block(ofCell: cell), cell: cell, to: &partial) { row in
                    (frame.prompts?[range.lowerBound + row] ?? 0, frame.tokens?[range.lowerBound + row] ?? 0)
                }
                found.merge(partial, cell: cell)
            }
            return table(
                found, node, outer: frame.outer, inner: frame.inner, tables: frame.tables,
                hasPrompt: frame.prompts != nil, hasToken: frame.tokens != nil)
        }
    }

    private func table(
        _ found: NearestReduction, _ node: PlanNode, outer: [Axis], inner: [Axis], tables: [PromptTable],
        hasPrompt: Bool, hasToken: Bool
    ) -> Table {
        let columns: [TableColumn] = if case .table(let columns) = node.type.element { columns } else { [] }
        var rows: [[Constant]] = []
        for outerCell in 0..<outer.cells {
            for innerCell in 0..<inner.cells {
                let places =
                    zip(outer, outer.coordinates(of: outerCell)).map { $0.labels[$1] }
                    + zip(inner, inner.coordinates(of: innerCell)).map { $0.labels[$1] }
                for (rank, one) in found.found[outerCell][innerCell].enumerated() {
                    var row = places.map(Constant.init) + [.int(rank + 1)]
                    if hasPrompt { row.append(.string(tables[outerCell].keys[Int(one.prompt)])) }
                    if hasToken { row.append(.int(Int(one.token))) }
                    rows.append(row + [.double(one.cosine)])
                }
            }
        }
        return Table(columns: columns, rows: rows)
    }

    // MARK: - pca, cka

    fileprivate func components(_ arguments: BoundArguments, _ node: PlanNode) throws -> Frame {
        let count = arguments.int("n") ?? 1
        let give = arguments.string("give") ?? "components"
        let (outer, gram) = try gram(node)
        var components: [[PCA]] = []
        for (cell, states) in gram.states.enumerated() {
            var found: [PCA] = []
            for (inner, state) in states.enumerated() {
                do {
                    found.append(try PCA(state, count: count))
                } catch {
                    let place = place(cell, outer, inner, gram.kept)
                    guard error.kind != .notFinite else {
                        throw QueryFailure(
                            "not-finite", at: node, "some of these vectors hold NaN or infinity\(place)",
                            help: Frame.withoutNotFinite)
                    }
                    throw QueryFailure("no-components", at: node, error.message + place, help: error.mend)
                }
            }
            components.append(found)
        }
        // Fewer rows than components: those that don't exist are NaN, so that dimensions are what the type says.
        var numbers: [Double] = []
        var vectors: [Float] = []
        for inner in 0..<gram.kept.cells {
            for component in 0..<count {
                for cell in 0..<outer.cells {
                    let found = components[cell][inner]
                    let exists = component < found.variances.count
                    switch give {
                    case "variance": numbers.append(exists ? found.variances[component] : .nan)
                    case "ratio": numbers.append(exists ? found.shares[component] : .nan)
                    default:
                        let range = component * gram.width..<(component + 1) * gram.width
                        vectors +=
                            exists
                            ? found.components[range].map { Float($0) }
                            : [Float](repeating: .nan, count: gram.width)
                    }
                }
            }
        }
        return Frame(
            outer: outer, inner: gram.kept + [Axis("pc", (1...count).map { .int($0) })],
            payload: give == "components" ? .vectors(vectors, width: gram.width) : .numbers(numbers))
    }

    private func place(_ cell: Int, _ outer: [Axis], _ innerCell: Int, _ inner: [Axis]) -> String {
        let labels =
            zip(outer, outer.coordinates(of: cell)).map { "\($0.name) \($0.labels[$1])" }
            + zip(inner, inner.coordinates(of: innerCell)).map { "\($0.name) \($0.labels[$1])" }
        return labels.isEmpty ? "" : " (\(labels.joined(separator: ", ")))"
    }

    fileprivate func alignment(_ node: PlanNode) throws -> Frame {
        guard case .pair(.vector(let left), _)? = node.inputs.first?.type.element else {
            preconditionFailure("the type checker lets only pairs of vectors through")
        }
        let (outer, gram) = try gram(node)
        var values: [Double] = []
        for inner in 0..<gram.kept.cells {
            for cell in 0..<outer.cells { values.append(CKA.linear(gram.states[cell][inner], left: left)) }
        }
        return Frame(outer: outer, inner: gram.kept, payload: .numbers(values))
    }

    /// CKA of two values on the rows that both have: one task for every cell of the grid that they span together.
    fileprivate func alignment(_ a: PlanNode, _ b: PlanNode, _ node: PlanNode) throws -> Frame {
        let (left, right) = (try frame(a), try frame(b))
        let join = try joined(left, right, cellBytes: 0, node)
        guard case .vectors(let x, let width) = left.payload, case .vectors(let y, let otherWidth) = right.payload,
            // Samples that lie along inner axes (`boot` of vectors) are rows, too.
            case let kept = join.inner.filter({ !Dimension.sampleNames.contains($0.name) })
        else { preconditionFailure("the type checker lets only vectors through") }
        let target = join.inner.cellMap(into: kept).map { $0 ?? 0 }
        let members = (0..<kept.cells).map { kept in target.indices.filter { target[$0] == kept } }
        let rows = join.rowRanges
        var values = [Double](repeating: .nan, count: kept.cells * join.outer.cells)
        try ParallelScan.run(count: values.count, threads: threads) { index -> (Int, Double) in
            let (cell, outer) = (index / join.outer.cells, index % join.outer.cells)
            var (one, two): ([Float], [Float]) = ([], [])
            for inner in members[cell] {
                for place in join.places(ofInner: inner, rows: rows[outer]) {
                    one += x[place.a * width..<(place.a + 1) * width]
                    two += y[place.b * otherWidth..<(place.b + 1) * otherWidth]
                }
            }
            let count = one.count / max(1, width)
            guard count > 1, one.allSatisfy(\.isFinite), two.allSatisfy(\.isFinite) else { return (index, .nan) }
            let alignment = try CKA.linear(
                FeatureMatrix(one, rows: count, columns: width), FeatureMatrix(two, rows: count, columns: otherWidth))
            return (index, alignment)
        } merge: { _, found in
            values[found.0] = found.1
        }
        if left.hasRows { noteUnmatched(join) }
        return Frame(outer: join.outer, inner: kept, payload: .numbers(values))
    }

    /// The Gram states of a node's rows; both sides of a pair stand side by side.
    private func gram(_ node: PlanNode) throws -> (outer: [Axis], gram: GramReduction) {
        let input = node.inputs[0]
        let width: Int
        switch input.type.element {
        case .vector(let one): width = one
        case .pair(.vector(let left), .vector(let right)): width = left + right
        default: preconditionFailure("the type checker lets only vectors through")
        }
        switch try evaluate(input) {
        case .stream(let stream):
            return (stream.outer, try grams(stream, width: width, node))
        default:
            let frame = try frame(input)
            var gram = GramReduction(outer: frame.outer, inner: frame.inner, width: width)
            var scratch = GramScratch()
            for cell in 0..<frame.outer.cells {
                var partial = gram.partial(site: nil, source: nil)
                partial.add(frame.block(ofCell: cell), &scratch)
                gram.merge(partial, cell: cell)
            }
            return (frame.outer, gram)
        }
    }
}

extension Frame {
    /// The rows of one outer cell as a block.
    func block(ofCell cell: Int) -> Block {
        let range = offsets[cell]..<offsets[cell + 1]
        let places = (0..<inner.cells).flatMap { inner in range.map { inner * rows + $0 } }
        return Block(rows: range.count, inner: inner, payload: payload.gathered(places))
    }
}

extension Constant {
    /// The label as a table's cell holds it.
    init(_ label: Label) {
        switch label {
        case .int(let value): self = .int(value)
        case .double(let value): self = .double(value)
        case .string(let value): self = .string(value)
        }
    }
}
