/// The state of the line editor: what is typed, where the cursor is, history, cuts, undo, search. Pure: keys in, reactions out.
///
/// Keys are those of readline's Emacs mode as far as they make sense for entries of several lines.
public struct LineModel: Sendable {
    /// What the one who drives the model has to do after a key.
    public enum Reaction: Sendable, Hashable {
        /// Draw again.
        case edited
        /// The entry is finished. The model is empty again.
        case submitted(String)
        /// Tab: ask for completions of the text at the cursor.
        case completionAsked
        /// Ctrl-X Ctrl-E: let `$EDITOR` have the text.
        case editorAsked
        /// Ctrl-C: the entry is dropped.
        case interrupted
        /// Ctrl-D in an empty entry.
        case ended
        case screenCleared
        /// Ctrl-Z: the program is to wait in the background.
        case suspensionAsked
        /// The key has no meaning here.
        case refused
    }

    public internal(set) var buffer = LineBuffer()
    public internal(set) var history: LineHistory
    /// Ctrl-R: what is searched, and what was found.
    public internal(set) var search: Search?
    /// Whether an entry can run as it is; else Enter goes to the next line.
    let isComplete: @Sendable (String) -> Bool
    var kills = KillRing()
    var undos: [LineBuffer] = []
    var redos: [LineBuffer] = []
    /// What the last key did, for keys that go on with it.
    var run = Run.none
    /// Walking through history by a prefix: where, and what was typed before.
    var walk: Walk?
    /// Ctrl-X was typed, and waits for its second key.
    var isPrefixed = false

    enum Run: Sendable { case none, typing, cutting, yanking(Int) }

    struct Walk: Sendable {
        var place: Int
        var prefix: String
        var typed: LineBuffer
    }

    /// A fuzzy search through the history.
    public struct Search: Sendable {
        public var pattern = ""
        public var found: [String] = []
        /// Which of them is shown.
        public var place = 0
        var before: LineBuffer

        public var entry: String? { found.indices.contains(place) ? found[place] : nil }
    }

    public init(
        history: LineHistory = LineHistory(), isComplete: @escaping @Sendable (String) -> Bool = { _ in true }
    ) {
        self.history = history
        self.isComplete = isComplete
    }

    /// The text as it would run.
    public var text: String { search?.entry ?? buffer.text }

    /// What the newest matching entry of the history goes on with: shown dim behind the cursor, taken by → and End alone.
    public var ghost: String? {
        guard search == nil, walk == nil, buffer.isAtEnd, !buffer.text.contains("\n") else { return nil }
        return history.continuation(of: buffer.text)
    }

    /// Takes one key.
    public mutating func handle(_ key: Key) -> Reaction {
        if isPrefixed {
            isPrefixed = false
            return prefixed(key)
        }
        if search != nil { return searching(key) }
        let last = run
        run = .none
        let isWalking = key == .up || key == .down || key == .control("p") || key == .control("n")
        if !isWalking, key != .enter { walk = nil }
        switch key {
        case .text, .paste, .meta("\n"), .metaEnter: return typed(key, last)
        case .enter: return entered()
        case .control("c"):
            reset()
            return .interrupted
        case .control("d") where buffer.isEmpty: return .ended
        case .control("l"): return .screenCleared
        case .control("z"): return .suspensionAsked
        case .tab: return .completionAsked
        case .control("x"):
            isPrefixed = true
            return .edited
        case .control("r"):
            search = Search(before: buffer)
            findMatches()
            return .edited
        case .control("_"): return undo()
        case .meta("_"): return redo()
        default:
            return moved(key) ?? cut(key, last) ?? .refused
        }
    }

    /// Puts text in the place of the `count` characters left of the cursor: an accepted completion.
    public mutating func complete(replacing count: Int, with text: String) {
        remember()
        buffer.replaceBefore(count, with: text)
        run = .none
    }

    /// Takes another text, as `$EDITOR` left it.
    public mutating func replace(with text: String) {
        remember()
        buffer = LineBuffer(text)
    }

    /// Forgets everything typed.
    public mutating func reset() {
        buffer = LineBuffer()
        undos = []
        redos = []
        walk = nil
        search = nil
        run = .none
    }

    // MARK: - Typing

    private mutating func typed(_ key: Key, _ last: Run) -> Reaction {
        switch key {
        case .text(let character):
            if case .typing = last, character != " " {} else { remember() }
            buffer.insert(String(character))
            run = .typing
        case .paste(let text):
            remember()
            buffer.insert(LineModel.cleaned(text))
        default:
            remember()
            buffer.insert("\n")
        }
        return .edited
    }

    private mutating func entered() -> Reaction {
        let text = buffer.text
        guard isComplete(text) else {
            remember()
            walk = nil
            buffer.insert("\n")
            return .edited
        }
        history.add(text)
        reset()
        return .submitted(text)
    }

    /// Pasted text as an entry: line ends and tabs as the language has them, prompts of an earlier session taken off, no control
    /// characters, no empty lines around.
    static func cleaned(_ text: String) -> String {
        let plain = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n").replacing("\t", with: "    ")
        var lines = plain.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            String(String.UnicodeScalarView(line.unicodeScalars.filter { !Escape.isControl($0) }))
        }
        let prompts = ["varve> ", "   ...> "]
        if lines.contains(where: { $0.hasPrefix(prompts[0]) }) {
            lines = lines.map { line in
                for prompt in prompts where line.hasPrefix(prompt) { return String(line.dropFirst(prompt.count)) }
                return line
            }
        }
        while lines.count > 1, lines.last?.allSatisfy(\.isWhitespace) == true { lines.removeLast() }
        while lines.count > 1, lines.first?.allSatisfy(\.isWhitespace) == true { lines.removeFirst() }
        return lines.joined(separator: "\n")
    }

    // MARK: - Movement

    private mutating func moved(_ key: Key) -> Reaction? {
        switch key {
        case .left, .control("b"): buffer.left()
        case .right, .control("f"):
            if let ghost { accept(ghost) } else { buffer.right() }
        case .end, .control("e"):
            if let ghost { accept(ghost) } else { buffer.lineEnd() }
        case .home, .control("a"): buffer.lineStart()
        case .wordLeft, .meta("b"): buffer.wordLeft()
        case .wordRight, .meta("f"): buffer.wordRight()
        case .meta("<"): buffer.start()
        case .meta(">"): buffer.end()
        case .up, .control("p"):
            if walk == nil, buffer.up() { return .edited }
            return older()
        case .down, .control("n"):
            if walk == nil, buffer.down() { return .edited }
            return newer()
        default: return nil
        }
        return .edited
    }

    private mutating func accept(_ ghost: String) {
        remember()
        buffer.insert(ghost)
    }

    // MARK: - History

    private mutating func older() -> Reaction {
        var current = walk ?? Walk(place: history.entries.count, prefix: buffer.before, typed: buffer)
        guard let place = history.older(than: current.place, prefix: current.prefix, unlike: buffer.text) else {
            return .refused
        }
        current.place = place
        walk = current
        buffer = LineBuffer(history.entries[place])
        return .edited
    }

    private mutating func newer() -> Reaction {
        guard var current = walk else { return .refused }
        guard let place = history.newer(than: current.place, prefix: current.prefix, unlike: buffer.text) else {
            buffer = current.typed
            walk = nil
            return .edited
        }
        current.place = place
        walk = current
        buffer = LineBuffer(history.entries[place])
        return .edited
    }

    // MARK: - Undo

    /// Keeps what is there before a change.
    mutating func remember() {
        undos.append(buffer)
        if undos.count > 1000 { undos.removeFirst() }
        redos = []
    }

    private mutating func undo() -> Reaction {
        while let earlier = undos.popLast() {
            guard earlier.text != buffer.text else { continue }
            redos.append(buffer)
            buffer = earlier
            return .edited
        }
        return .refused
    }

    private mutating func redo() -> Reaction {
        guard let later = redos.popLast() else { return .refused }
        undos.append(buffer)
        buffer = later
        return .edited
    }

    private mutating func prefixed(_ key: Key) -> Reaction {
        switch key {
        case .control("e"): return .editorAsked
        case .control("u"): return undo()
        default: return .refused
        }
    }
}
