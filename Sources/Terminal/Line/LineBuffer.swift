/// A text with a cursor in it. Everything moves and deletes by characters as readers see them: `👩‍🔬` is one, so is `é` of two scalars.
public struct LineBuffer: Sendable, Hashable {
    /// The text left of the cursor, and right of it.
    public private(set) var before = ""
    public private(set) var after = ""

    public init(_ before: String = "", after: String = "") {
        self.before = before
        self.after = after
        join()
    }

    public var text: String { before + after }
    public var isEmpty: Bool { before.isEmpty && after.isEmpty }
    public var isAtEnd: Bool { after.isEmpty }

    /// A mark that stands right of the cursor belongs to the character left of it.
    private mutating func join() {
        while let left = before.last, let right = after.first, (String(left) + String(right)).count == 1 {
            before.append(right)
            after.removeFirst()
        }
    }

    // MARK: - Change

    public mutating func insert(_ text: String) {
        before += text
        join()
    }

    /// Replaces the `count` characters left of the cursor.
    public mutating func replaceBefore(_ count: Int, with text: String) {
        before.removeLast(min(count, before.count))
        insert(text)
    }

    /// Takes out what lies between the cursor and where a movement leads; nil where there is nothing.
    public mutating func cut(_ move: (inout LineBuffer) -> Void) -> (text: String, isBefore: Bool)? {
        var moved = self
        move(&moved)
        let distance = moved.before.count - before.count
        if distance < 0 {
            let removed = String(before.suffix(-distance))
            before.removeLast(-distance)
            join()
            return (removed, true)
        }
        guard distance > 0 else { return nil }
        let removed = String(after.prefix(distance))
        after.removeFirst(distance)
        join()
        return (removed, false)
    }

    /// The characters around the cursor change places; at the end the last two do.
    public mutating func transpose() {
        if after.isEmpty { left() }
        guard let left = before.last, let right = after.first, left != "\n", right != "\n" else { return }
        before.removeLast()
        after.removeFirst()
        before.append(right)
        before.append(left)
        join()
    }

    // MARK: - Movement

    public mutating func left() {
        guard let character = before.popLast() else { return }
        after.insert(character, at: after.startIndex)
    }

    public mutating func right() {
        guard !after.isEmpty else { return }
        before.append(after.removeFirst())
    }

    public mutating func wordLeft() {
        while let last = before.last, !LineBuffer.isWord(last) { left() }
        while let last = before.last, LineBuffer.isWord(last) { left() }
    }

    public mutating func wordRight() {
        while let next = after.first, !LineBuffer.isWord(next) { right() }
        while let next = after.first, LineBuffer.isWord(next) { right() }
    }

    /// Left over blanks, and then to the next blank.
    public mutating func blankLeft() {
        while let last = before.last, last.isWhitespace { left() }
        while let last = before.last, !last.isWhitespace { left() }
    }

    /// To the beginning of the line that the cursor is in.
    public mutating func lineStart() {
        while let last = before.last, last != "\n" { left() }
    }

    public mutating func lineEnd() {
        while let next = after.first, next != "\n" { right() }
    }

    public mutating func start() { self = LineBuffer("", after: text) }
    public mutating func end() { self = LineBuffer(text) }

    /// To the line above, as far right as before if it is as long; false in the first line.
    public mutating func up() -> Bool {
        let column = columnInLine
        guard before.contains("\n") else { return false }
        lineStart()
        left()
        lineStart()
        go(toColumn: column)
        return true
    }

    /// To the line below; false in the last line.
    public mutating func down() -> Bool {
        let column = columnInLine
        guard after.contains("\n") else { return false }
        lineEnd()
        right()
        go(toColumn: column)
        return true
    }

    private var columnInLine: Int { before.split(separator: "\n", omittingEmptySubsequences: false).last?.count ?? 0 }

    private mutating func go(toColumn column: Int) {
        for _ in 0..<column {
            guard let next = after.first, next != "\n" else { return }
            right()
        }
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }
}
