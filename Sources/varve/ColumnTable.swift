import Store
import Tensor
import Terminal

/// One capture column by column: what each takes and how it is encoded.
enum ColumnTable {
    static func text(_ capture: StoreSummary.Capture) -> String {
        let record = capture.record
        var out = "\(Escape.visible(record.name)): \(NumberFormat.count(record.promptCount)) prompts, "
        out += "\(NumberFormat.count(record.rowCount)) tokens, "
        out += "\(NumberFormat.bytes(capture.storedBytes)) (\(NumberFormat.bytes(capture.rawBytes)) before encoding), "
        out += "\(Escape.visible(InfoCommand.state(record)))\n"
        // Nobody needs a column of dashes: errors only where something is lossy.
        let isLossy = capture.columns.contains { $0.maximumError > 0 }
        var titles: [(String, Bool)] = [
            ("column", false), ("type", false), ("width", true), ("rows", true), ("raw", true), ("stored", true),
            ("ratio", true), ("encodings", false),
        ]
        if isLossy { titles += [("max error", true), ("rms error", true)] }
        let rows = capture.columns.map { column in
            var row = [
                column.spec.id.canonicalName, column.spec.elementType.rawValue, String(column.spec.width),
                NumberFormat.count(column.rowCount), NumberFormat.bytes(column.rawBytes),
                NumberFormat.bytes(column.storedBytes), NumberFormat.fixed(column.ratio, decimals: 2),
                encodings(column),
            ]
            if isLossy {
                row += [NumberFormat.short(column.maximumError), NumberFormat.short(column.rmsError)]
            }
            return row
        }
        return out + InfoTable.text(titles, rows, wrapping: "encodings") + "\n"
    }

    /// `tiers`, or `tiers 90 %, raw 10 %` by blocks.
    private static func encodings(_ column: StoreSummary.Column) -> String {
        let total = column.encodings.values.reduce(0, +)
        let sorted = column.encodings.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        if sorted.count == 1 { return sorted[0].key }
        return sorted.map { name, blocks in
            let share = blocks * 100 / max(1, total)
            return "\(name) \(share > 0 ? "\(share)" : "<1") %"
        }.joined(separator: ", ")
    }
}
