internal import Models
internal import Store
internal import Tensor

/// What one forward pass leaves for the store: for every column the bytes of the batch's rows.
struct BatchCapture: Sendable {
    /// Chunk-relative row of the first token.
    let firstRow: Int
    let rowCount: Int
    /// One entry a column of the spec.
    var columns: [[UInt8]]

    /// Runs the model over prompts and collects every column.
    ///
    /// - Parameter prompts: consecutive prompts of the plan.
    init(
        _ prompts: Range<Int>, of plan: CapturePlan, firstRow: Int, decoder: Decoder, workspace: inout Workspace
    ) throws(CaptureError) {
        let chosen = plan.prompts[prompts]
        let batch = TokenBatch(prompts: chosen.map(\.ids))
        self.firstRow = firstRow
        rowCount = batch.ids.count
        var collector = ColumnCollector(
            targets: plan.targets, columns: [[UInt8]](repeating: [], count: plan.spec.columns.count))
        decoder.run(
            batch, adapter: plan.request.adapter, layers: 0..<plan.layerLimit, workspace: &workspace,
            visitor: &collector)
        if let problem = collector.problem { throw problem }
        columns = collector.columns
        columns[0] = BatchCapture.bytes(batch.ids)
        columns[1] = BatchCapture.bytes(
            prompts.flatMap { [UInt32](repeating: UInt32($0), count: plan.prompts[$0].ids.count) })
        columns[2] = BatchCapture.bytes(chosen.flatMap { (0..<UInt32($0.ids.count)) })
        columns[3] = chosen.flatMap { $0.roles.map(\.rawValue) }
    }

    static func bytes(_ numbers: [UInt32]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(numbers.count * 4)
        for number in numbers {
            for shift in stride(from: UInt32(0), to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: number >> shift))
            }
        }
        return bytes
    }
}

/// Takes the sites of a forward pass that the plan asks for.
private struct ColumnCollector: ActivationVisitor {
    let targets: [Site: [CaptureTarget]]
    var columns: [[UInt8]]
    /// The first number that the chosen type could not hold.
    var problem: CaptureError?

    mutating func visit(_ site: Site, rows: Span<Float>, width: Int) {
        guard let wanted = targets[site] else { return }
        for target in wanted {
            switch target {
            case .dense(let column, let type):
                if let place = ActivationBytes.encode(rows, as: type, into: &columns[column]), problem == nil {
                    problem = CaptureError(
                        .range, "\(rows[place]) in \(site.canonicalName) does not fit \(type.rawValue)",
                        mend: type == .float16 ? "use --dtype bf16 or f32" : "use --dtype f32")
                }
            case .latents(let sae, let column, let k):
                let count = rows.count / width
                var indices = [UInt32](repeating: 0, count: count * k)
                var values = [Float](repeating: 0, count: count * k)
                sae.encode(rows, count: count, k: k, indices: &indices, values: &values)
                columns[column] = BatchCapture.bytes(indices)
                _ = ActivationBytes.encode(values.span, as: .float32, into: &columns[column + 1])
            }
        }
    }
}
