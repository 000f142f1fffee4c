import Analysis
import QueryLanguage
import TensorFiles

/// Values as files that other tools read.
struct ArrayExport {
    var type: QueryType
    var operand: Operand
    var node: PlanNode

    /// The bytes of a file of that ending.
    func bytes(for path: String, _ context: ValueText.Context) throws -> [UInt8] {
        let text = ValueText(type: type, operand: operand)
        if path.hasSuffix(".csv") { return Array(text.csv.utf8) }
        if path.hasSuffix(".json") { return Array((text.json(context, indent: 2) + "\n").utf8) }
        guard case .frame(let frame) = operand else {
            throw QueryFailure(
                "wrong-type", at: node, "a \(type.element) has no array form", help: "export it as .csv or .json")
        }
        let arrays = try arrays(frame)
        if path.hasSuffix(".npy") {
            guard let values = arrays.first else { return [] }
            return values.contents
        }
        var zip = ZipWriter()
        for array in arrays { try zip.add(array.name + ".npy", array.contents) }
        return zip.finished()
    }

    /// `values` first (`indices` and `values` for latents), then one array of labels for every dimension.
    ///
    /// Rows of prompts and tokens are flat, in prompt order, with `offsets` [prompts + 1] where tokens are ragged.
    private func arrays(_ frame: Frame) throws -> [(name: String, contents: [UInt8])] {
        let rowShape = frame.hasRows ? [frame.rows] : frame.outer.map(\.count)
        let shape = rowShape + frame.inner.map(\.count)
        var order: [Int] = []
        FrameEntries(frame).each { _, place in order.append(place) }
        var arrays: [(name: String, contents: [UInt8])] = []
        switch frame.payload.gathered(order) {
        case .numbers(let values): arrays.append(("values", NumPyFile.encode(values, shape: shape)))
        case .vectors(let values, let width):
            arrays.append(("values", NumPyFile.encode(values, shape: shape + [width])))
        case .stats(let stats):
            arrays.append(("values", NumPyFile.encode(stats.map(\.mean), shape: shape)))
            arrays.append(("sd", NumPyFile.encode(stats.map(\.sd), shape: shape)))
            arrays.append(("n", NumPyFile.encode(stats.map(\.count), shape: shape)))
        case .latents(let lists):
            arrays.append(("values", NumPyFile.encode(lists.values, shape: shape + [lists.stored])))
            arrays.append(("indices", NumPyFile.encode(lists.indices, shape: shape + [lists.stored])))
        case .intervals(let values):
            arrays.append(("values", NumPyFile.encode(values.map(\.estimate), shape: shape)))
            arrays.append(("low", NumPyFile.encode(values.map(\.low), shape: shape)))
            arrays.append(("high", NumPyFile.encode(values.map(\.high), shape: shape)))
            arrays.append(("n", NumPyFile.encode(values.map(\.count), shape: shape)))
        case .tests(let values):
            arrays.append(("values", NumPyFile.encode(values.map(\.statistic), shape: shape)))
            arrays.append(("p", NumPyFile.encode(values.map(\.pValue), shape: shape)))
            arrays.append(("n", NumPyFile.encode(values.map(\.count), shape: shape)))
        case .predictions(let values):
            arrays.append(("values", NumPyFile.encode(values.map { Int($0.label) }, shape: shape)))
            arrays.append(("probability", NumPyFile.encode(values.map(\.probability), shape: shape)))
            arrays.append(("decision", NumPyFile.encode(values.map(\.score), shape: shape)))
            arrays.append(("classes", NumPyFile.encode(frame.classNames, shape: [frame.classNames.count])))
        case .sets(let sets):
            // The members of all sets one after the other; those of cell i, in the order of the labels, from offset i on.
            arrays.append(("values", NumPyFile.encode(sets.flatMap { $0 }, shape: [sets.reduce(0) { $0 + $1.count }])))
            let ends = sets.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
            arrays.append(("value_offsets", NumPyFile.encode(ends, shape: [ends.count])))
        case .texts(let values):
            arrays.append(("values", NumPyFile.encode(values.map { $0 ?? "" }, shape: shape)))
        case .pair:
            throw QueryFailure(
                "wrong-type", at: node, "a pair has no array form", help: "take a side: `left`, or `diff`")
        }
        if frame.hasRows { arrays += rowArrays(frame) } else { arrays += frame.outer.map { labels($0) } }
        return arrays + frame.inner.map { labels($0) }
    }

    private func labels(_ axis: Axis) -> (name: String, contents: [UInt8]) {
        let ints = axis.labels.compactMap { if case .int(let value) = $0 { value } else { nil } }
        if ints.count == axis.count { return (axis.name, NumPyFile.encode(ints, shape: [axis.count])) }
        let numbers: [Double] = axis.labels.compactMap { label in
            switch label {
            case .int(let value): Double(value)
            case .double(let value): value
            case .string: nil
            }
        }
        if numbers.count == axis.count { return (axis.name, NumPyFile.encode(numbers, shape: [axis.count])) }
        return (axis.name, NumPyFile.encode(axis.labels.map(\.description), shape: [axis.count]))
    }

    private func rowArrays(_ frame: Frame) -> [(name: String, contents: [UInt8])] {
        var arrays: [(name: String, contents: [UInt8])] = []
        var prompts: [String] = []
        var offsets = [0]
        var outerLabels: [[String]] = frame.outer.map { _ in [] }
        for cell in 0..<frame.outer.cells {
            let labels = zip(frame.outer, frame.outer.coordinates(of: cell)).map { $0.labels[$1].description }
            var last: Int32?
            for row in frame.offsets[cell]..<frame.offsets[cell + 1] {
                for (place, label) in labels.enumerated() { outerLabels[place].append(label) }
                guard let ordinal = frame.prompts.map({ $0[row] }) else { continue }
                if ordinal != last {
                    prompts.append(frame.promptKey(row: row, cell: cell))
                    offsets.append(row + 1)
                    last = ordinal
                } else {
                    offsets[offsets.count - 1] = row + 1
                }
            }
        }
        for (place, axis) in frame.outer.enumerated() {
            arrays.append((axis.name, NumPyFile.encode(outerLabels[place], shape: [frame.rows])))
        }
        if frame.prompts != nil { arrays.append(("prompt", NumPyFile.encode(prompts, shape: [prompts.count]))) }
        if let tokens = frame.tokens {
            arrays.append(("token", NumPyFile.encode(tokens.map { Int($0) }, shape: [tokens.count])))
            if frame.prompts != nil { arrays.append(("offsets", NumPyFile.encode(offsets, shape: [offsets.count]))) }
        }
        return arrays
    }
}
