import ChunkFormat
import Store
import Tensor

/// A promise that a store broke.
public struct Violation: Error, CustomStringConvertible, Sendable {
    /// For people.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// Compares a store with what must hold of it: every row and prompt, bit by bit.
struct StoreCheck {
    let expectation: Expectation

    /// Reads everything that the store shows now.
    func run(_ path: String) throws {
        let snapshot = try Snapshot.open(path)
        var found: Set<Cast> = []
        for capture in snapshot.captures {
            guard let cast = Cast.named(model: capture.model, dataset: capture.dataset) else {
                throw Violation("phantom: capture \(capture.name)")
            }
            guard let expected = expectation.captures[cast] else {
                throw Violation("phantom: \(capture.name) was never begun, or its removal was acknowledged")
            }
            guard found.insert(cast).inserted else { throw Violation("\(capture.name) is there twice") }
            try check(snapshot, capture, cast.script, expected)
        }
        for (cast, expected) in expectation.captures where expected.rows > 0 && !expected.mayVanish {
            guard found.contains(cast) else {
                throw Violation("lost: \(expected.rows) acknowledged rows of \(cast.rawValue)")
            }
        }
        let mayExist = Set(expectation.captures.keys.map(\.script.dataset))
        for dataset in snapshot.datasets where !mayExist.contains(dataset.name) && dataset.promptCount > 0 {
            throw Violation("phantom: dataset \(dataset.name) with \(dataset.promptCount) prompts")
        }
    }

    private func check(
        _ snapshot: Snapshot, _ capture: CaptureRecord, _ script: CastScript, _ expected: Expectation.Capture
    ) throws {
        guard capture.rowCount >= expected.rows else {
            throw Violation(
                "lost: \(capture.name) has \(capture.rowCount) rows, \(expected.rows) were acknowledged")
        }
        guard capture.rowCount == expected.rows || expected.mayGrow else {
            throw Violation("phantom: \(capture.name) has \(capture.rowCount) rows instead of \(expected.rows)")
        }
        guard let count = script.rowStarts.firstIndex(of: capture.rowCount), count == capture.promptCount else {
            throw Violation("\(capture.name) has \(capture.rowCount) rows of \(capture.promptCount) prompts")
        }
        let isWide = !script.moreColumns.isEmpty && capture.columns == script.columns + script.moreColumns
        guard isWide ? expected.mayBeWide : capture.columns == script.columns else {
            throw Violation("\(capture.name) has other columns: \(capture.columns.map(\.id.canonicalName))")
        }
        guard isWide || !expected.isWide || script.moreColumns.isEmpty else {
            throw Violation("lost: the columns added to \(capture.name)")
        }
        guard capture.isComplete == (count == script.prompts.count) else {
            throw Violation("\(capture.name) has another plan")
        }
        try checkPrompts(try snapshot.prompts(of: capture), capture, script)
        for column in capture.columns { try check(column, snapshot, capture, script) }
    }

    private func check(
        _ column: ColumnSpec, _ snapshot: Snapshot, _ capture: CaptureRecord, _ script: CastScript
    ) throws {
        var row = 0
        let size = column.rowBytes
        for chunk in capture.chunks(holding: column.id) {
            guard chunk.firstRow == row else { throw Violation("\(capture.name) has a gap at row \(row)") }
            let reader = try snapshot.reader(for: chunk)
            var bytes = [UInt8](repeating: 0xA5, count: chunk.rowCount * size)
            var span = bytes.mutableSpan
            var raw = unsafe span.mutableBytes
            try reader.read(column.id, rows: 0..<chunk.rowCount, into: &raw)
            let wanted = script.bytes[column.id]?[(row * size)..<((row + chunk.rowCount) * size)]
            guard let wanted, wanted.elementsEqual(bytes) else {
                throw Violation("\(capture.name): other values in \(column.id.canonicalName), rows from \(row)")
            }
            row += chunk.rowCount
        }
        guard row == capture.rowCount else {
            throw Violation("\(capture.name): \(row) rows of \(column.id.canonicalName), not \(capture.rowCount)")
        }
    }

    private func checkPrompts(_ table: PromptTable, _ capture: CaptureRecord, _ script: CastScript) throws {
        let wanted = script.prompts.prefix(capture.promptCount)
        guard table.keys == wanted.map(\.key), table.sources == wanted.map(\.source),
            table.tokenCount == wanted.map(\.tokenCount)
        else { throw Violation("\(capture.name): other prompts") }
        for (place, prompt) in wanted.enumerated() {
            for (name, value) in prompt.metadata {
                guard let column = table.metadata.first(where: { $0.name == name }), column.values[place] == value
                else { throw Violation("\(capture.name): other metadata of prompt \(prompt.key)") }
            }
        }
    }
}
