/// The rules and borders around the cells of one table.
struct Frame {
    let style: TableRenderer.Style
    let isASCII: Bool
    let widths: [Int]
    let columns: [TableRenderer.Column]

    func lines(_ rows: [[String]]) -> [String] {
        let titles = line(columns.map(\.title))
        let body = rows.map { line($0) }
        switch style {
        case .table: return [rule(heavy: true), titles, rule(heavy: false)] + body + [rule(heavy: true)]
        case .box:
            return [border("┌", "┬", "┐"), titles, border("├", "┼", "┤")] + body + [border("└", "┴", "┘")]
        case .md, .csv:
            let marks = zip(widths, columns).map { width, column in
                column.isRightAligned
                    ? String(repeating: "-", count: width - 1) + ":" : String(repeating: "-", count: width)
            }
            return [titles, "| " + marks.joined(separator: " | ") + " |"] + body
        }
    }

    private func line(_ cells: [String]) -> String {
        let padded = widths.indices.map { index in
            let cell = index < cells.count ? cells[index] : ""
            let text = style == .md ? cell.replacing("|", with: "\\|") : TextWidth.truncated(cell, to: widths[index])
            return TextWidth.padded(text, to: widths[index], rightAligned: columns[index].isRightAligned)
        }
        switch style {
        case .table:
            let text = padded.joined(separator: "  ")
            let end = text.lastIndex { $0 != " " }
            return end.map { String(text[...$0]) } ?? ""
        case .box:
            let side = isASCII ? "|" : "│"
            return side + " " + padded.joined(separator: " \(side) ") + " " + side
        case .md, .csv: return "| " + padded.joined(separator: " | ") + " |"
        }
    }

    private func rule(heavy: Bool) -> String {
        let length = widths.reduce(0, +) + 2 * max(0, widths.count - 1)
        return String(repeating: isASCII ? (heavy ? "=" : "-") : (heavy ? "━" : "─"), count: max(1, length))
    }

    private func border(_ left: String, _ middle: String, _ right: String) -> String {
        let pieces = widths.map { String(repeating: isASCII ? "-" : "─", count: $0 + 2) }
        return isASCII ? "+" + pieces.joined(separator: "+") + "+" : left + pieces.joined(separator: middle) + right
    }
}
