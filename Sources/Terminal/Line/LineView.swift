/// What the line editor shows: rows of text no wider than the terminal, and where the cursor stands.
public struct LineView: Sendable, Hashable {
    /// Rows as they are printed, colours included.
    public var rows: [String]
    public var cursorRow: Int
    public var cursorColumn: Int

    /// A stretch of the text in one colour, in characters from the text's beginning.
    public struct Colour: Sendable, Hashable {
        public var range: Range<Int>
        /// The parameters of SGR: `"1;34"`.
        public var style: String

        public init(_ range: Range<Int>, _ style: String) {
            self.range = range
            self.style = style
        }
    }

    /// What stands before the first line and before the others; of the same width.
    public struct Prompt: Sendable, Hashable {
        public var first: String
        public var next: String

        public init(first: String = "varve> ", next: String = "   ...> ") {
            self.first = first
            self.next = next
        }
    }

    /// Lays a text out.
    ///
    /// - Parameters:
    ///   - ghost: shown dim behind the text.
    ///   - below: lines under the entry, such as completions: cut to the width.
    ///   - height: rows of the terminal; a longer entry shows the part around the cursor.
    public init(
        buffer: LineBuffer, prompt: Prompt = Prompt(), ghost: String? = nil, colours: [Colour] = [],
        below: [String] = [], width: Int, height: Int = .max, allowsColour: Bool = true
    ) {
        let width = max(4, width)
        var styles = [String?](repeating: nil, count: buffer.text.count)
        if allowsColour {
            for colour in colours {
                for place in colour.range where styles.indices.contains(place) { styles[place] = colour.style }
            }
        }
        var layout = Layout(width: width, allowsColour: allowsColour)
        layout.put(prompt.first, style: nil)
        let cursor = buffer.before.count
        var place = 0
        (cursorRow, cursorColumn) = (0, 0)
        for character in buffer.text {
            if place == cursor { (cursorRow, cursorColumn) = layout.position(before: character) }
            if character == "\n" {
                layout.newRow()
                layout.put(prompt.next, style: nil)
            } else {
                layout.put(character, style: styles[place])
            }
            place += 1
        }
        if place == cursor { (cursorRow, cursorColumn) = layout.endPosition() }
        if let ghost, allowsColour {
            for character in ghost {
                if character == "\n" {
                    layout.newRow()
                    layout.put(prompt.next, style: nil)
                } else {
                    layout.put(character, style: "2")
                }
            }
        }
        rows = layout.finished()
        if rows.count > height - min(below.count, height / 2) {
            let room = max(1, height - min(below.count, height / 2))
            let first = min(max(0, cursorRow - room / 2), rows.count - room)
            rows = Array(rows[first..<(first + room)])
            cursorRow -= first
        }
        let room = max(0, height - rows.count)
        for line in below.prefix(room) {
            let cut = TextWidth.truncated(Escape.visible(line), to: width - 1)
            rows.append(allowsColour ? "\u{1B}[2m\(cut)\u{1B}[0m" : cut)
        }
    }

    /// Fills rows with characters.
    private struct Layout {
        let width: Int
        let allowsColour: Bool
        var rows: [String] = []
        var row = ""
        var used = 0
        var style: String?

        init(width: Int, allowsColour: Bool) {
            self.width = width
            self.allowsColour = allowsColour
        }

        mutating func put(_ text: String, style: String?) {
            for character in text { put(character, style: style) }
        }

        mutating func put(_ character: Character, style wanted: String?) {
            let text = Escape.visible(String(character))
            let columns = TextWidth.columns(text)
            if used + columns > width { newRow() }
            if wanted != style {
                if style != nil { row += "\u{1B}[0m" }
                if let wanted { row += "\u{1B}[\(wanted)m" }
                style = wanted
            }
            row += text
            used += columns
        }

        mutating func newRow() {
            if style != nil { row += "\u{1B}[0m" }
            style = nil
            rows.append(row)
            row = ""
            used = 0
        }

        /// Where the next character will stand.
        func position(before character: Character) -> (Int, Int) {
            // Behind a full row that ends with its line there is no room: the cursor stands on the row's last column.
            if character == "\n" { return (rows.count, min(used, width - 1)) }
            return used + TextWidth.columns(Escape.visible(String(character))) > width
                ? (rows.count + 1, 0) : (rows.count, used)
        }

        mutating func endPosition() -> (Int, Int) {
            if used >= width { newRow() }
            return (rows.count, used)
        }

        mutating func finished() -> [String] {
            newRow()
            return rows
        }
    }
}
