/// Diagnostics as text for people: place, message, source line, a caret under the exact span, and the mend.
public struct DiagnosticRenderer: Sendable {
    /// Terminal columns of a character; the default counts one for each.
    public var columns: @Sendable (Character) -> Int
    /// Longest piece of a source line shown, in columns; the rest is cut with `…`.
    public var width: Int

    /// A renderer for lines of `width` columns.
    public init(width: Int = 120, columns: @escaping @Sendable (Character) -> Int = { _ in 1 }) {
        self.width = max(20, width)
        self.columns = columns
    }

    /// Several diagnostics in the order of their place, a blank line between two.
    public func text(_ diagnostics: [Diagnostic], in source: SourceText) -> String {
        return diagnostics.inOrder.map { text($0, in: source) }.joined(separator: "\n\n")
    }

    /// One diagnostic, without a final line end.
    ///
    ///     drift.vq:3:9: error: no verb is called `overlp`
    ///       same | overlp | mean
    ///              ^~~~~~
    ///       help: did you mean `overlap`?
    public func text(_ diagnostic: Diagnostic, in source: SourceText) -> String {
        let (line, column) = source.position(of: diagnostic.span.start)
        var out =
            "\(VisibleText.escaped(source.name(at: diagnostic.span.start))):\(line):\(column): \(diagnostic.severity.rawValue): "
            + VisibleText.escaped(diagnostic.message)
        let bytes = source.bytes(ofLineAt: diagnostic.span.start)
        if !bytes.isEmpty || !source.utf8.isEmpty {
            let (shown, padding, carets) = excerpt(of: bytes, under: diagnostic.span, in: source)
            out += "\n  \(shown)\n  \(String(repeating: " ", count: padding))^"
            out += String(repeating: "~", count: max(0, carets - 1))
        }
        if let help = diagnostic.help { out += "\n  help: \(VisibleText.escaped(help))" }
        return out
    }

    private struct Cell {
        var text: String
        var columns: Int
        var isMarked: Bool
        /// The byte after it.
        var end: Int
    }

    private func excerpt(
        of bytes: Range<Int>, under span: SourceSpan, in source: SourceText
    ) -> (shown: String, padding: Int, carets: Int) {
        let bytes = window(of: bytes, around: span, in: source)
        let cells = cells(of: bytes, under: span, in: source)
        let marked = cells.firstIndex { $0.end > span.start } ?? cells.count
        var first = 0
        // A long line is shown from a few words before the span on.
        if cells.reduce(0, { $0 + $1.columns }) > width {
            var room = width / 3
            first = min(marked, cells.count)
            while first > 0, room > 0 {
                first -= 1
                room -= cells[first].columns
            }
        }
        var shown = first > 0 ? "…" : ""
        var used = shown.isEmpty ? 0 : 1
        var padding = used
        var carets = 0
        for index in first..<cells.count {
            let cell = cells[index]
            if used + cell.columns > width {
                shown += "…"
                break
            }
            shown += cell.text
            used += cell.columns
            if cell.isMarked { carets += cell.columns } else if index < marked { padding += cell.columns }
        }
        return (shown, padding, carets)
    }

    /// The part of a very long line that can come to be seen, cut between characters' bytes.
    private func window(of bytes: Range<Int>, around span: SourceSpan, in source: SourceText) -> Range<Int> {
        let reach = 16 * width
        guard bytes.count > 4 * reach else { return bytes }
        var low = min(max(bytes.lowerBound, span.start - reach), bytes.upperBound)
        var high = min(bytes.upperBound, low + 3 * reach)
        while low > bytes.lowerBound, source.utf8[low] & 0xC0 == 0x80 { low -= 1 }
        while high < bytes.upperBound, source.utf8[high] & 0xC0 == 0x80 { high += 1 }
        return low..<high
    }

    private func cells(of bytes: Range<Int>, under span: SourceSpan, in source: SourceText) -> [Cell] {
        var cells: [Cell] = []
        var column = 0
        var offset = bytes.lowerBound
        for character in String(decoding: source.utf8[bytes], as: UTF8.self) {
            let end = offset + character.utf8.count
            var text = VisibleText.escaped(character)
            var taken = text.utf8.count == character.utf8.count ? columns(character) : text.count
            if character == "\t" {
                taken = 4 - column % 4
                text = String(repeating: " ", count: taken)
            }
            let isMarked = offset < span.end && end > span.start
            cells.append(Cell(text: text, columns: taken, isMarked: isMarked, end: end))
            column += taken
            offset = end
        }
        return cells
    }
}
