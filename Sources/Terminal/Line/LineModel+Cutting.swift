extension LineModel {
    /// Keys that take text out or put it back; nil for all others.
    mutating func cut(_ key: Key, _ last: Run) -> Reaction? {
        switch key {
        case .backspace: return remove { $0.left() }
        case .delete, .control("d"): return remove { $0.right() }
        case .control("k"):
            return kill(last) { buffer in buffer.after.first == "\n" ? buffer.right() : buffer.lineEnd() }
        case .control("u"): return kill(last) { $0.lineStart() }
        case .control("w"): return kill(last) { $0.blankLeft() }
        case .metaBackspace: return kill(last) { $0.wordLeft() }
        case .meta("d"): return kill(last) { $0.wordRight() }
        case .control("y"):
            guard let text = kills.newest() else { return .refused }
            remember()
            buffer.insert(text)
            run = .yanking(text.count)
            return .edited
        case .meta("y"):
            guard case .yanking(let count) = last, let text = kills.older() else { return .refused }
            remember()
            buffer.replaceBefore(count, with: text)
            run = .yanking(text.count)
            return .edited
        case .control("t"):
            remember()
            buffer.transpose()
            return .edited
        default: return nil
        }
    }

    private mutating func remove(_ move: (inout LineBuffer) -> Void) -> Reaction {
        let before = buffer
        guard buffer.cut(move) != nil else { return .refused }
        undos.append(before)
        redos = []
        return .edited
    }

    private mutating func kill(_ last: Run, _ move: (inout LineBuffer) -> Void) -> Reaction {
        let before = buffer
        guard let (text, isBefore) = buffer.cut(move) else { return .refused }
        undos.append(before)
        redos = []
        if case .cutting = last {
            kills.add(text, isBefore: isBefore, continues: true)
        } else {
            kills.add(text, isBefore: isBefore, continues: false)
        }
        run = .cutting
        return .edited
    }
}
