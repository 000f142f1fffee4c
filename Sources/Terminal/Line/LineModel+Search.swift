extension LineModel {
    /// Keys while Ctrl-R searches: typing narrows, Ctrl-R and ↑ go to the next find, Enter runs it, → and Tab take it to edit, Esc and
    /// Ctrl-G give back what was there.
    mutating func searching(_ key: Key) -> Reaction {
        guard var current = search else { return .refused }
        switch key {
        case .text(let character):
            current.pattern.append(character)
            search = current
            findMatches()
        case .paste(let text):
            current.pattern += LineModel.cleaned(text).replacing("\n", with: " ")
            search = current
            findMatches()
        case .backspace:
            guard current.pattern.popLast() != nil else { return .refused }
            search = current
            findMatches()
        case .control("r"), .up, .control("p"):
            guard current.place + 1 < current.found.count else { return .refused }
            search?.place += 1
        case .control("s"), .down, .control("n"):
            guard current.place > 0 else { return .refused }
            search?.place -= 1
        case .enter:
            take(current)
            return handle(.enter)
        case .escape, .control("g"):
            buffer = current.before
            search = nil
        case .control("c"):
            reset()
            return .interrupted
        case .control("l"): return .screenCleared
        default:
            // Any other key takes what was found and does what it does.
            take(current)
            return key == .tab ? .edited : handle(key)
        }
        return .edited
    }

    private mutating func take(_ current: Search) {
        search = nil
        guard let entry = current.entry else { return }
        undos.append(current.before)
        redos = []
        buffer = LineBuffer(entry)
    }

    mutating func findMatches() {
        guard let pattern = search?.pattern else { return }
        search?.found = history.matches(pattern)
        search?.place = 0
    }
}
