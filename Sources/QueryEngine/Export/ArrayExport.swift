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
        if path.hasSuffix(".npy") { return arrays.first?.npy ?? [] }
        if path.hasSuffix(".safetensors") { return try safetensors(arrays, frame, context) }
        var zip = ZipWriter()
        for array in arrays { try zip.add(array.name + ".npy", array.npy) }
        return zip.finished()
    }

    /// The arrays as tensors. Texts have no tensor form: labels that are texts stand in the metadata, as JSON lists by name.
    ///
    /// Wider numbers come first, so that every tensor lies aligned.
    private func safetensors(
        _ arrays: [ExportedArray], _ frame: Frame, _ context: ValueText.Context
    ) throws -> [UInt8] {
        guard let first = arrays.first, first.tensor != nil else {
            throw QueryFailure(
                "wrong-type", at: node, "texts have no tensor form", help: "export them as .npz, .csv or .json")
        }
        let tensors = arrays.compactMap(\.tensor)
        let aligned = tensors.filter { $0.type.byteCount == 8 } + tensors.filter { $0.type.byteCount < 8 }
        let rows =
            frame.outer.map(\.name) + (frame.prompts != nil ? ["prompt"] : []) + (frame.tokens != nil ? ["token"] : [])
        let dims = (frame.hasRows ? rows : frame.outer.map(\.name)) + frame.inner.map(\.name)
        var names = JSONWriter()
        names.beginArray()
        for name in dims { names.string(name) }
        names.endArray()
        var labels = JSONWriter()
        labels.beginObject()
        for array in arrays {
            guard case .texts(let texts) = array.values else { continue }
            labels.key(array.name)
            labels.beginArray()
            for text in texts { labels.string(text) }
            labels.endArray()
        }
        labels.endObject()
        return Safetensors.encode(
            aligned,
            metadata: [
                ("dims", names.text), ("labels", labels.text), ("query", context.query), ("store", context.store),
                ("type", type.description),
            ])
    }

    /// `values` first (`indices` and `values` for latents), then one array of labels for every dimension.
    ///
    /// Rows of prompts and tokens are flat, in prompt order, with `offsets` [prompts + 1] where tokens are ragged.
    private func arrays(_ frame: Frame) throws -> [ExportedArray] {
        let rowShape = frame.hasRows ? [frame.rows] : frame.outer.map(\.count)
        let shape = rowShape + frame.inner.map(\.count)
        var order: [Int] = []
        FrameEntries(frame).each { _, place in order.append(place) }
        var arrays: [ExportedArray] = []
        switch frame.payload.gathered(order) {
        case .numbers(let values): arrays.append(ExportedArray("values", shape, values))
        case .vectors(let values, let width):
            arrays.append(ExportedArray("values", shape + [width], values))
        case .stats(let stats):
            arrays.append(ExportedArray("values", shape, stats.map(\.mean)))
            arrays.append(ExportedArray("sd", shape, stats.map(\.sd)))
            arrays.append(ExportedArray("n", shape, stats.map(\.count)))
        case .latents(let lists):
            arrays.append(ExportedArray("values", shape + [lists.stored], lists.values))
            arrays.append(ExportedArray("indices", shape + [lists.stored], lists.indices))
        case .intervals(let values):
            arrays.append(ExportedArray("values", shape, values.map(\.estimate)))
            arrays.append(ExportedArray("low", shape, values.map(\.low)))
            arrays.append(ExportedArray("high", shape, values.map(\.high)))
            arrays.append(ExportedArray("n", shape, values.map(\.count)))
        case .tests(let values):
            arrays.append(ExportedArray("values", shape, values.map(\.statistic)))
            arrays.append(ExportedArray("p", shape, values.map(\.pValue)))
            arrays.append(ExportedArray("n", shape, values.map(\.count)))
        case .predictions(let values):
            arrays.append(ExportedArray("values", shape, values.map { Int($0.label) }))
            arrays.append(ExportedArray("probability", shape, values.map(\.probability)))
            arrays.append(ExportedArray("decision", shape, values.map(\.score)))
            arrays.append(ExportedArray("classes", [frame.classNames.count], frame.classNames))
        case .sets(let sets):
            // The members of all sets one after the other; those of cell i, in the order of the labels, from offset i on.
            arrays.append(ExportedArray("values", [sets.reduce(0) { $0 + $1.count }], sets.flatMap { $0 }))
            let ends = sets.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
            arrays.append(ExportedArray("value_offsets", [ends.count], ends))
        case .texts(let values):
            arrays.append(ExportedArray("values", shape, values.map { $0 ?? "" }))
        case .pair:
            throw QueryFailure(
                "wrong-type", at: node, "a pair has no array form", help: "take a side: `left`, or `diff`")
        }
        if frame.hasRows { arrays += rowArrays(frame) } else { arrays += frame.outer.map { labels($0) } }
        return arrays + frame.inner.map { labels($0) }
    }

    private func labels(_ axis: Axis) -> ExportedArray {
        let ints = axis.labels.compactMap { if case .int(let value) = $0 { value } else { nil } }
        if ints.count == axis.count { return ExportedArray(axis.name, [axis.count], ints) }
        let numbers: [Double] = axis.labels.compactMap { label in
            switch label {
            case .int(let value): Double(value)
            case .double(let value): value
            case .string: nil
            }
        }
        if numbers.count == axis.count { return ExportedArray(axis.name, [axis.count], numbers) }
        return ExportedArray(axis.name, [axis.count], axis.labels.map(\.description))
    }

    private func rowArrays(_ frame: Frame) -> [ExportedArray] {
        var arrays: [ExportedArray] = []
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
            arrays.append(ExportedArray(axis.name, [frame.rows], outerLabels[place]))
        }
        if frame.prompts != nil { arrays.append(ExportedArray("prompt", [prompts.count], prompts)) }
        if let tokens = frame.tokens {
            arrays.append(ExportedArray("token", [tokens.count], tokens.map { Int($0) }))
            if frame.prompts != nil { arrays.append(ExportedArray("offsets", [offsets.count], offsets)) }
        }
        return arrays
    }
}
