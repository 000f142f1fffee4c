/// Turns views into what a terminal is sent: the old view is wiped, the new one written, the cursor put in its place.
public struct LinePainter: Sendable {
    private var drawn: LineView?

    public init() {}

    /// The bytes that change the screen from the last view to this one.
    public mutating func paint(_ view: LineView) -> String {
        if view == drawn { return "" }
        var out = "\u{1B}[?25l" + toTop() + "\u{1B}[J" + view.rows.joined(separator: "\r\n")
        let last = view.rows.count - 1
        out += "\r" + LinePainter.move(up: last - view.cursorRow)
        if view.cursorColumn > 0 { out += "\u{1B}[\(view.cursorColumn)C" }
        drawn = view
        return out + "\u{1B}[?25h"
    }

    /// The bytes that leave the entry as it stands and go to a fresh row below it.
    public mutating func leave(_ view: LineView) -> String {
        let out = paint(view) + "\r" + LinePainter.move(down: view.rows.count - 1 - view.cursorRow) + "\r\n"
        drawn = nil
        return out
    }

    /// After the terminal changed its width, rows that are too long now take several: they are wiped too.
    public mutating func resize(to width: Int) -> String {
        guard let view = drawn else { return "" }
        let above = view.rows.prefix(view.cursorRow).reduce(0) { $0 + LinePainter.rows($1, width) }
        drawn = nil
        return "\r" + LinePainter.move(up: above + view.cursorColumn / max(1, width)) + "\u{1B}[J"
    }

    /// The bytes that empty the screen.
    public mutating func clear() -> String {
        drawn = nil
        return "\u{1B}[H\u{1B}[2J"
    }

    private func toTop() -> String {
        guard let drawn else { return "\r" }
        return "\r" + LinePainter.move(up: drawn.cursorRow)
    }

    private static func move(up count: Int) -> String { count > 0 ? "\u{1B}[\(count)A" : "" }
    private static func move(down count: Int) -> String { count > 0 ? "\u{1B}[\(count)B" : "" }

    /// Rows that a printed row takes at a width: colours don't count.
    private static func rows(_ row: String, _ width: Int) -> Int {
        var columns = 0
        var isStyle = false
        for character in row {
            if character == "\u{1B}" { isStyle = true }
            if !isStyle { columns += TextWidth.columns(character) }
            if isStyle, character == "m" { isStyle = false }
        }
        return max(1, (columns + width - 1) / max(1, width))
    }
}
