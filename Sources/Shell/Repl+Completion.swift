internal import QueryEngine
internal import QueryLanguage
public import Terminal

/// What the line editor may offer.
extension Repl {
    /// What can stand at the cursor, as the line editor lists it.
    public func completion(before: String, after: String) -> Completion {
        let entry = before.drop { $0.isWhitespace }
        if let command = command(String(entry)) { return command }
        return query(String(entry))
    }

    /// The signature of the verb whose arguments are typed.
    public func hint(before: String) -> String? { (try? session.completer)?.signature(continued(before)) ?? nil }

    private func query(_ before: String) -> Completion {
        guard let answer = try? session.completer.answer(continued(before)) else { return Completion() }
        let words = answer.isPath ? PathCompletion.paths(answer.prefix) : []
        return Completion(
            replacing: answer.replaced,
            words.map { Completion.Candidate($0) }
                + answer.candidates.map { Completion.Candidate($0.text, note: $0.note) })
    }

    /// A line that begins with `|` or `.` goes on with the last result.
    private func continued(_ before: String) -> String {
        let text = before.drop { $0.isWhitespace }
        return hasResults && (text.first == "|" || text.first == ".") ? "_ " + text : before
    }

    /// Commands of the shell and what they take; nil for a line of the language.
    private func command(_ entry: String) -> Completion? {
        if entry.first == "?" {
            let start = MetaCommand.trimmed(entry.dropFirst())
            return words(start, VerbTable.all.filter(\.isBuilt).map { ($0.name, $0.summary) })
        }
        guard entry.first == "." else { return nil }
        let word = entry.prefix { $0 == "." || $0.isLetter }
        guard word.endIndex < entry.endIndex else {
            let commands = words(
                entry, MetaCommand.all.filter { $0.name != "?" }.map { ("." + $0.name, $0.summary) })
            // Also what goes on with the last result: `.lora`.
            let sites = hasResults ? query(entry) : Completion()
            return Completion(
                replacing: entry.count,
                commands.candidates + sites.candidates.map { Completion.Candidate("." + $0.text, note: $0.note) })
        }
        guard let command = MetaCommand.named(String(word.dropFirst())) else { return nil }
        let typed = String(entry[word.endIndex...].drop { $0.isWhitespace })
        switch command.takes {
        case .nothing: return Completion()
        case .words(let all): return words(typed, all.map { ($0, "") })
        case .verb: return words(typed, VerbTable.all.filter(\.isBuilt).map { ($0.name, $0.summary) })
        case .query: return query(typed)
        case .result: return words(typed, results)
        case .resultAndFile:
            let parts = typed.split(whereSeparator: \.isWhitespace)
            let isSecond = parts.count == 2 || parts.count == 1 && typed.last?.isWhitespace == true
            guard isSecond else { return parts.count > 1 ? Completion() : words(typed, results + queryFiles(typed)) }
            // A file behind a file is none.
            guard parts[0].first == "_" || parts[0].first == "@" else { return Completion() }
            let path = parts.count == 2 ? String(parts[1]) : ""
            return path.isEmpty || typed.hasSuffix(path) ? words(path, queryFiles(path)) : Completion()
        case .file:
            let last = String(typed.reversed().prefix { !$0.isWhitespace }.reversed())
            guard last.count == typed.count else { return Completion() }
            return words(typed, QueryRun.builtInNames.map { ($0, "") } + queryFiles(typed))
        }
    }

    /// `_` and the numbered results, with their types.
    private var results: [(text: String, note: String)] {
        let all = session.resultTypes
        return (all.last.map { [("_", "\($0.type)")] } ?? []) + all.map { ("_\($0.number)", "\($0.type)") }
    }

    /// Folders, and files of queries.
    private func queryFiles(_ typed: String) -> [(text: String, note: String)] {
        PathCompletion.paths(typed).filter { $0.hasSuffix(".vq") || $0.hasSuffix("/") }.map { ($0, "") }
    }

    private func words(_ typed: String, _ all: [(text: String, note: String)]) -> Completion {
        Completion(
            replacing: typed.count,
            all.filter { $0.text.hasPrefix(typed) && $0.text != typed }.map {
                Completion.Candidate($0.text, note: $0.note)
            })
    }
}
