/// Reads entries from a terminal with the keys of `LineModel`, and draws them. Knows nothing of the language: its user says what is complete,
/// what can stand at the cursor, and what gets colour.
public final class LineEditor {
    /// What the user of the editor knows about the text.
    public struct Guide {
        /// Colours of a text.
        public var colours: (String) -> [LineView.Colour]
        /// What can stand at the cursor, given the text left and right of it.
        public var completion: (_ before: String, _ after: String) -> Completion
        /// A line to show under the text, such as the signature of the verb whose arguments are typed.
        public var hint: (_ before: String) -> String?

        public init(
            colours: @escaping (String) -> [LineView.Colour] = { _ in [] },
            completion: @escaping (String, String) -> Completion = { _, _ in Completion() },
            hint: @escaping (String) -> String? = { _ in nil }
        ) {
            self.colours = colours
            self.completion = completion
            self.hint = hint
        }
    }

    /// What reading an entry brought.
    public enum Entry: Sendable, Hashable {
        case text(String)
        /// Ctrl-C: nothing is to be run.
        case interrupted
        /// Ctrl-D, or the terminal is gone.
        case ended
    }

    private let terminal: RawTerminal
    private let guide: Guide
    private let allowsColour: Bool
    private var model: LineModel
    private var painter = LinePainter()
    private var decoder = KeyDecoder()
    /// Keys that came while something else was done.
    private var waiting: [Key] = []
    private var candidates: [String] = []
    /// Which page of the candidates Tab has shown, while nothing else was typed.
    private var page: Int?

    public init(terminal: RawTerminal, model: LineModel, guide: Guide = Guide(), allowsColour: Bool = true) {
        self.terminal = terminal
        self.model = model
        self.guide = guide
        self.allowsColour = allowsColour
    }

    public var history: LineHistory { model.history }

    /// The next entry begins with a text instead of nothing.
    public func begin(with text: String) { model.replace(with: text) }

    /// A text as the user's editor leaves it; the same where no editor runs.
    public func edited(_ text: String) -> String {
        terminal.restore()
        return ExternalEditor.edit(text) ?? text
    }

    /// How long an Esc waits for what may follow it.
    private static let escapeMilliseconds = 25

    /// Reads one entry. The terminal is left hushed, with the entry on the screen and the cursor on a fresh row.
    public func next(prompt: LineView.Prompt = LineView.Prompt()) -> Entry {
        terminal.edit()
        defer { terminal.hush() }
        candidates = []
        draw(prompt)
        while true {
            guard let key = nextKey(prompt) else {
                leave(prompt)
                return .ended
            }
            candidates = []
            if key != .tab { page = nil }
            // What is submitted or dropped stays on the screen as it was, so it is drawn before the model forgets it.
            let shown = model
            switch model.handle(key) {
            case .edited: break
            case .refused: terminal.write("\u{07}")
            case .submitted(let text):
                leave(prompt, showing: LineBuffer(text))
                return .text(text)
            case .interrupted:
                leave(prompt, showing: LineBuffer(shown.text + "^C"))
                return .interrupted
            case .ended:
                leave(prompt)
                return .ended
            case .screenCleared: terminal.write(painter.clear())
            case .completionAsked: complete()
            case .editorAsked: openEditor(prompt)
            case .suspensionAsked:
                leave(prompt)
                terminal.suspend()
            }
            // Keys that are there already, as after a paste, are taken before the next drawing.
            if waiting.isEmpty { draw(prompt) }
        }
    }

    // MARK: - Keys

    private func nextKey(_ prompt: LineView.Prompt) -> Key? {
        while waiting.isEmpty {
            switch terminal.read(milliseconds: decoder.waitsOnEscape ? LineEditor.escapeMilliseconds : nil) {
            case .bytes(let bytes): waiting += decoder.decode(bytes)
            case .nothing: waiting += decoder.flush()
            case .resized:
                terminal.write(painter.resize(to: terminal.size.columns))
                draw(prompt)
            case .ended: return nil
            }
        }
        return waiting.removeFirst()
    }

    // MARK: - Completion

    private func complete() {
        let completion = guide.completion(model.buffer.before, model.buffer.after)
        guard let first = completion.candidates.first else {
            terminal.write("\u{07}")
            return
        }
        if completion.candidates.count == 1 {
            model.complete(replacing: completion.replaced, with: first.text)
        } else {
            let common = completion.common
            if common.count > completion.replaced { model.complete(replacing: completion.replaced, with: common) }
            let size = terminal.size
            let shown = page.map { $0 + 1 } ?? 0
            page = shown
            candidates = completion.lines(width: size.columns, limit: max(2, size.rows / 2), page: shown)
        }
    }

    // MARK: - Drawing

    private func view(_ prompt: LineView.Prompt, showing buffer: LineBuffer? = nil) -> LineView {
        let size = terminal.size
        if let search = model.search, buffer == nil {
            let found = search.entry.map { LineBuffer($0) } ?? LineBuffer()
            return LineView(
                buffer: found, prompt: prompt, colours: guide.colours(found.text),
                below: [
                    "history: \(search.pattern)▏ \(search.found.count) found; Enter runs, → edits, Ctrl-R older, Esc leaves"
                ],
                width: size.columns, height: size.rows, allowsColour: allowsColour)
        }
        let shown = buffer ?? model.buffer
        let hint = buffer == nil ? guide.hint(shown.before) : nil
        return LineView(
            buffer: shown, prompt: prompt, ghost: buffer == nil ? model.ghost : nil, colours: guide.colours(shown.text),
            below: candidates + (hint.map { [$0] } ?? []), width: size.columns, height: size.rows,
            allowsColour: allowsColour)
    }

    private func draw(_ prompt: LineView.Prompt) { terminal.write(painter.paint(view(prompt))) }

    private func leave(_ prompt: LineView.Prompt, showing buffer: LineBuffer? = nil) {
        candidates = []
        terminal.write(painter.leave(view(prompt, showing: buffer ?? model.buffer)))
    }

    private func openEditor(_ prompt: LineView.Prompt) {
        leave(prompt)
        terminal.restore()
        if let text = ExternalEditor.edit(model.text) { model.replace(with: text) }
        terminal.edit()
    }
}
