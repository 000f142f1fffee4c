/// How many columns of a terminal a text takes: two for East Asian wide letters and emoji, none for combining marks.
public enum TextWidth {
    /// Columns of one character as a reader sees it; an emoji joined of several counts as one picture.
    public static func columns(_ character: Character) -> Int {
        var widest = 0
        var isPicture = false
        for scalar in character.unicodeScalars {
            if scalar.value == 0xFE0F || scalar.value == 0x200D { isPicture = true }
            widest = max(widest, columns(scalar))
        }
        // U+FE0F asks for the picture form of a text symbol, which is wide.
        return isPicture && character.unicodeScalars.first.map { $0.properties.isEmoji && $0.value > 0xFF } ?? false
            ? 2 : widest
    }

    /// Columns of a text in one line. O(bytes).
    public static func columns(_ text: String) -> Int {
        // Printable ASCII, by far the most common, needs no table.
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text.utf8.count }
        return text.reduce(0) { $0 + columns($1) }
    }

    /// The longest beginning that fits into `width` columns, with `…` at its end when something was cut.
    public static func truncated(_ text: String, to width: Int, mark: String = "…") -> String {
        guard columns(text) > width else { return text }
        let room = max(0, width - columns(mark))
        var used = 0
        var out = ""
        for character in text {
            let next = columns(character)
            if used + next > room { break }
            used += next
            out.append(character)
        }
        return width > 0 ? out + mark : ""
    }

    /// Lines of at most `width` columns, broken at blanks; a word that is longer stays whole, so that it can be copied.
    ///
    /// - Parameters:
    ///   - first: what stands before the first line, and counts
    ///   - next: what stands before the others
    public static func wrapped(_ text: String, to width: Int, first: String = "", next: String = "") -> [String] {
        var lines: [String] = []
        var line = first
        var isEmpty = true
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if !isEmpty, columns(line) + 1 + columns(String(word)) > width {
                lines.append(line)
                (line, isEmpty) = (next, true)
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return lines + [line]
    }

    /// The text with blanks to `width` columns, on the right, or on the left for `rightAligned`.
    public static func padded(_ text: String, to width: Int, rightAligned: Bool = false) -> String {
        let blanks = String(repeating: " ", count: max(0, width - columns(text)))
        return rightAligned ? blanks + text : text + blanks
    }

    private static func columns(_ scalar: Unicode.Scalar) -> Int {
        let value = scalar.value
        if value < 0x300 { return value < 0x20 || (0x7F...0x9F).contains(value) || value == 0xAD ? 0 : 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        if isWide(value) { return 2 }
        return scalar.properties.isEmojiPresentation ? 2 : 1
    }

    /// The blocks that Unicode's EastAsianWidth calls W or F.
    private static func isWide(_ value: UInt32) -> Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
            0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x17000...0x18CFF, 0x1B000...0x1B2FF, 0x1F200...0x1F2FF, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
