/// What a terminal shows after the bytes a program sent: enough of xterm for tests. Unknown sequences are kept, to be found.
public struct Screen: Sendable {
    public let columns: Int
    public private(set) var lines: [[Character]] = [[]]
    public private(set) var row = 0
    public private(set) var column = 0
    /// Sequences that this screen does not know.
    public private(set) var unknown: [String] = []
    /// Whether bracketed paste is on.
    public private(set) var isPasteMarked = false
    public private(set) var bells = 0
    private var pending: [Unicode.Scalar] = []

    public init(columns: Int) { self.columns = columns }

    /// The rows without blanks at their ends, and without empty rows at the end.
    public var text: String {
        var rows = lines.map { line in
            var line = line
            while line.last == " " { line.removeLast() }
            return String(line.filter { $0 != Screen.filler })
        }
        while rows.last == "" { rows.removeLast() }
        return rows.joined(separator: "\n")
    }

    /// Stands for the second column of a wide character.
    private static let filler: Character = "\u{FFFE}"

    /// Takes what the program wrote.
    public mutating func write(_ text: String, width: (Character) -> Int) {
        var word = ""
        func flushed(_ word: inout String) -> String {
            defer { word = "" }
            return word
        }
        for scalar in text.unicodeScalars {
            if pending.isEmpty, scalar.value >= 0x20, scalar.value != 0x7F {
                word.unicodeScalars.append(scalar)
                continue
            }
            put(flushed(&word), width)
            if pending.isEmpty, scalar != "\u{1B}" {
                control(scalar)
                continue
            }
            pending.append(scalar)
            if let length = isComplete(pending), length > 0 {
                sequence(String(String.UnicodeScalarView(pending)))
                pending = []
            }
        }
        put(word, width)
    }

    private func isComplete(_ scalars: [Unicode.Scalar]) -> Int? {
        guard scalars.count > 1 else { return nil }
        guard scalars[1] == "[" else { return scalars.count }
        guard let last = scalars.dropFirst(2).last, (0x40...0x7E).contains(last.value) else { return nil }
        return scalars.count
    }

    private mutating func put(_ text: String, _ width: (Character) -> Int) {
        for character in text {
            let columns = width(character)
            if columns == 0 { continue }
            if column + columns > self.columns {
                column = 0
                down()
            }
            while lines[row].count < column + columns { lines[row].append(" ") }
            lines[row][column] = character
            if columns == 2 { lines[row][column + 1] = Screen.filler }
            column += columns
        }
    }

    private mutating func down() {
        row += 1
        while lines.count <= row { lines.append([]) }
    }

    private mutating func control(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\r": column = 0
        case "\n": down()
        case "\u{7}": bells += 1
        case "\u{8}": column = max(0, column - 1)
        default: unknown.append("control \(scalar.value)")
        }
    }

    private mutating func sequence(_ text: String) {
        let body = text.dropFirst(2)
        let number = Int(body.dropLast()) ?? 1
        switch (text, body.last) {
        case ("\u{1B}[?2004h", _): isPasteMarked = true
        case ("\u{1B}[?2004l", _): isPasteMarked = false
        case ("\u{1B}[?25l", _), ("\u{1B}[?25h", _): break
        case ("\u{1B}[J", _):
            lines.removeSubrange((row + 1)...)
            lines[row] = Array(lines[row].prefix(column))
        case ("\u{1B}[2J", _): lines = Array(repeating: [], count: row + 1)
        case ("\u{1B}[H", _): (row, column) = (0, 0)
        case ("\u{1B}[K", _): lines[row] = Array(lines[row].prefix(column))
        case (_, "A"?): row = max(0, row - number)
        case (_, "B"?): row = min(lines.count - 1, row + number)
        case (_, "C"?): column = min(columns - 1, column + number)
        case (_, "D"?): column = max(0, column - number)
        case (_, "m"?): break
        default: unknown.append(text.unicodeScalars.map { String($0.value, radix: 16) }.joined(separator: " "))
        }
    }
}
