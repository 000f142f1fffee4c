public import Store
internal import Tensor

/// Writes the columns of an import chunk by chunk. Memory is that of a chunk.
public struct ImportSession: Sendable {
    private let plan: ImportPlan

    /// Stands for a token id that nobody gave: rows of two such captures are paired by prompt and position alone.
    public static let unknownToken = UInt32.max

    public init(_ plan: ImportPlan) { self.plan = plan }

    /// Adds what the store lacks; the same again adds nothing, after an interruption it goes on where it was.
    ///
    /// - Returns: rows that this run has added.
    public func run(
        into store: StoreWriter, isInterrupted: () -> Bool = { false }
    ) throws -> (newRows: Int, isInterrupted: Bool) {
        let writer = try store.beginCapture(plan.spec, prompts: plan.records)
        guard !writer.columns.isEmpty else { return (0, false) }
        var rows = 0
        for chunk in writer.plannedChunks where !chunk.isCommitted {
            if isInterrupted() {
                try writer.finish()
                return (rows, true)
            }
            var builder = writer.makeBuilder(for: chunk)
            for (place, column) in writer.columns.enumerated() {
                let bytes = try bytes(of: column, chunk)
                unsafe builder.write(bytes.span.bytes, column: place, row: 0)
            }
            try writer.submit(builder)
            rows += chunk.rowCount
        }
        try writer.finish()
        return (rows, false)
    }

    /// The bytes of one column of the spec for the rows of a chunk.
    private func bytes(of column: Int, _ chunk: PlannedChunk) throws -> [UInt8] {
        let prompts = chunk.firstPrompt..<chunk.firstPrompt + chunk.promptCount
        switch plan.spec.columns[column].id {
        case .tokenID: return BatchCapture.bytes(prompts.flatMap { tokens(of: $0) })
        case .prompt:
            return BatchCapture.bytes(
                prompts.flatMap { Array(repeating: UInt32($0), count: plan.counts[$0]) })
        case .position: return BatchCapture.bytes(prompts.flatMap { (0..<UInt32(plan.counts[$0])).map { $0 } })
        case .role: return prompts.flatMap { roles(of: $0) }
        default:
            return try activations(plan.columns[column - 4], rows: chunk.firstRow..<chunk.firstRow + chunk.rowCount)
        }
    }

    private func tokens(of prompt: Int) -> [UInt32] {
        guard plan.hasTokens, case .tokens(let ids, _) = plan.prompts[prompt].content else {
            return Array(repeating: ImportSession.unknownToken, count: plan.counts[prompt])
        }
        return ids
    }

    private func roles(of prompt: Int) -> [UInt8] {
        guard plan.hasTokens, case .tokens(_, let roles?) = plan.prompts[prompt].content else {
            return Array(repeating: TokenRole.text.rawValue, count: plan.counts[prompt])
        }
        return roles.map(\.rawValue)
    }

    private func activations(_ column: ImportPlan.Column, rows: Range<Int>) throws -> [UInt8] {
        let width = column.width
        guard let layer = column.layer else {
            return try column.array.bytes(of: rows.lowerBound * width..<rows.upperBound * width)
        }
        if layer.isOutermost {
            let first = (layer.place * ImportPlan.rows(of: column) + rows.lowerBound) * width
            return try column.array.bytes(of: first..<first + rows.count * width)
        }
        // Layers lie within each row: the rows of all layers are read, and one layer is picked.
        let all = try column.array.bytes(
            of: rows.lowerBound * layer.count * width..<rows.upperBound * layer.count * width)
        let bytes = width * column.array.elementType.byteCount
        var out: [UInt8] = []
        out.reserveCapacity(rows.count * bytes)
        for row in 0..<rows.count {
            let start = (row * layer.count + layer.place) * bytes
            out += all[start..<start + bytes]
        }
        return out
    }
}
