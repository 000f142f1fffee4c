internal import Models
internal import Store
internal import Tensor

/// What one walk through the model leaves for the store: for every capture, for every column the bytes of the batch's rows.
struct BatchCapture: Sendable {
    /// Rows of the captures that the batch holds.
    let rows: Range<Int>
    /// Tokens that went through the model.
    let tokenCount: Int
    /// By capture, empty for those that did not need this batch; one entry a column of its spec.
    private var columns: [[[UInt8]]]
    /// Layers that were run, each once for the whole batch.
    let layerPasses: Int

    /// Runs the model over prompts and collects every column.
    ///
    /// - Parameters:
    ///   - prompts: consecutive prompts of the plans, which all have the same.
    ///   - plans: each narrowed to the columns that are still to be made.
    ///   - wanted: places of the plans that need this batch.
    init(
        _ prompts: Range<Int>, of plans: [CapturePlan], wanted: [Int], decoder: Decoder, workspace: inout Workspace
    ) throws(CaptureError) {
        let source = plans[0].rows
        let batch = TokenBatch(prompts: source.prompts[prompts].map(\.ids))
        rows = source.rows(of: prompts)
        tokenCount = batch.ids.count
        var collector = ColumnCollector(plans: plans, prompts: prompts)
        let walk = ForwardWalk(
            wanted.filter { plans[$0].needsPass }.map {
                ForwardWalk.Need(
                    plan: $0, adapter: plans[$0].request.adapter, layers: plans[$0].layerLimit, finish: plans[$0].finish
                )
            })
        var stream: [Float] = []
        for (place, step) in walk.steps.enumerated() {
            if step.layers.lowerBound > 0 { workspace.resume(from: stream) }
            collector.live = step.live
            decoder.run(
                batch, adapter: step.adapter, layers: step.layers, finish: step.finish, workspace: &workspace,
                visitor: &collector)
            // Where the bare model stands: adapters and the model itself go on from here.
            if step.adapter == nil, place + 1 < walk.steps.count {
                stream = workspace.residualStream(rows: batch.ids.count)
            }
        }
        if let problem = collector.problem { throw problem }
        var columns = collector.columns
        let own = BatchCapture.ownColumns(source, prompts, batch)
        for plan in wanted {
            for (place, bytes) in own.enumerated() { columns[plan][place] = bytes }
            for (place, column) in plans[plan].tokenColumns { columns[plan][place] = column.bytes(of: rows) }
            for place in plans[plan].targets.values.flatMap({ $0.map(\.column) }).sorted()
            where columns[plan][place].isEmpty {
                throw CaptureError(
                    .request, "this model does not give \(plans[plan].spec.columns[place].id.canonicalName)",
                    mend: "leave it out of --sites")
            }
        }
        self.columns = columns
        layerPasses = collector.layerPasses
    }

    /// What a capture's columns hold; the batch lets go of it.
    mutating func takeColumns(ofPlan plan: Int) -> [[UInt8]] {
        var taken: [[UInt8]] = []
        swap(&taken, &columns[plan])
        return taken
    }

    /// token_id, prompt, position, role of the kept tokens.
    private static func ownColumns(_ source: PromptRows, _ prompts: Range<Int>, _ batch: TokenBatch) -> [[UInt8]] {
        let roles = prompts.flatMap { source.prompts[$0].roles }
        let places = source.places(of: prompts)
        return [
            bytes(places?.map { batch.ids[$0] } ?? batch.ids),
            bytes(prompts.flatMap { [UInt32](repeating: UInt32($0), count: source.rows(ofPrompt: $0)) }),
            bytes(prompts.flatMap { source.positions(ofPrompt: $0) }),
            places?.map { roles[$0].rawValue } ?? roles.map(\.rawValue),
        ]
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
