import QueryLanguage
import Scan
import Store
import Tensor

extension VerbImplementations {
    static let adapters: [String: StepMaker] = [
        "scaled": { executor, _, _, node, dry in
            if dry { return .payload { $0.payload } }
            guard let stream = try executor.stream(node.inputs[0], dry: false) else { return nil }
            return .scaling(try executor.adapterScales(stream, node), outer: stream.outer)
        }
    ]
}

extension Executor {
    /// s·‖B‖ of every stored scalar of a stream of `.lora`; one number for each outer and inner cell, a pair for pairs.
    fileprivate func adapterScales(_ stream: RowStream, _ node: PlanNode) throws -> Frame {
        guard let source = stream.source, case .scalars(let rank) = source.kind else {
            throw QueryFailure("wrong-type", at: node, "`scaled` takes LoRA scalars as they are stored")
        }
        var parts: [(payload: Payload, rows: Int)] = []
        var axes = source.axes
        for (cell, one) in stream.cells.enumerated() {
            let sides = try one.sides.map { side -> Payload in
                let capture = side.reader.capture
                return .numbers(
                    try source.sites.flatMap { site -> [Double] in
                        guard let module = capture.adapterModules.first(where: { $0.site == site }),
                            module.bNorms.count == rank
                        else {
                            throw QueryFailure(
                                "no-scale", at: node, "\(capture.name) does not know the scale of \(site.canonicalName)"
                            )
                        }
                        return module.bNorms.map { module.scale * $0 }
                    })
            }
            // What was chosen of the scalars since they were read is chosen of their factors too.
            var block = Block(
                rows: 1, inner: source.axes, payload: sides.count == 2 ? .pair(sides[0], sides[1]) : sides[0])
            for step in stream.steps { block = try step.apply(block, cell) }
            axes = block.inner
            parts.append((block.payload, 1))
        }
        return Frame(
            outer: stream.outer, inner: axes, payload: Payload.joined(parts, inner: axes.cells) ?? .numbers([]))
    }
}

extension MapStep {
    /// Every number times that of the same labels.
    ///
    /// - Parameter factors: a frame without rows with the stream's axes.
    fileprivate static func scaling(_ factors: Frame, outer: [Axis]) -> MapStep {
        MapStep(axes: { $0 }) { block, cell in
            let target = block.inner.cellMap(into: factors.inner).map { $0 ?? 0 }
            func scale(_ payload: Payload, _ by: Payload) -> Payload {
                guard case .numbers(var values) = payload, case .numbers(let numbers) = by else { return payload }
                for (inner, place) in target.enumerated() {
                    for row in inner * block.rows..<(inner + 1) * block.rows {
                        values[row] *= numbers[place * factors.rows + cell]
                    }
                }
                return .numbers(values)
            }
            var result = block
            if case .pair(let left, let right) = block.payload, case .pair(let a, let b) = factors.payload {
                result.payload = .pair(scale(left, a), scale(right, b))
            } else {
                result.payload = scale(block.payload, factors.payload)
            }
            return result
        }
    }
}
