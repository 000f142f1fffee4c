import QueryLanguage

/// What a session was told, statement by statement: the text that a saved file is cut out of.
///
/// `_7` in an entry counts entries of the log: what `_` means is settled when it is written down.
struct StatementLog {
    struct Entry {
        var kind: Statement.Kind
        /// The text's whole span in the session's history, for messages.
        var span: SourceSpan
        /// The value from outside that a `param` has in place of its default.
        var given: Constant?
        /// `_` in a `def`, which means another value at every use.
        var hasOpenResult = false
    }

    private(set) var entries: [Entry] = []
    /// The entry of each shown value, by its number.
    private var shown: [Int: Int] = [:]

    /// The entry whose value has a number.
    func entry(ofResult number: Int) -> Int? { shown[number] }

    /// Writes statements down that passed the checks.
    ///
    /// - Parameters:
    ///   - last: the number of the last value shown before them
    ///   - scope: what names mean after them
    /// - Returns: the place of the first of them
    mutating func append(
        _ statements: [Statement], in source: SourceText, given: [String: Constant], last: Int?, scope: Scope
    ) -> Int {
        let first = entries.count
        var (number, places) = (last ?? 0, shown)
        for statement in statements {
            let file = source.name(at: statement.span.start)
            let settled = statement.rewritten(
                { expr in
                    guard case .lastResult(let wanted) = expr.kind else { return nil }
                    return Expr(.lastResult(places[wanted ?? number]), span: expr.span)
                },
                arguments: { name, arguments, _ in
                    name.text == "read"
                        ? StatementLog.seenFromHere(arguments, file: file, parameters: scope.params) : arguments
                })
            var entry = Entry(kind: settled.kind, span: statement.span)
            switch statement.kind {
            case .param(let name, _, _): if given[name.text] != nil { entry.given = scope.params[name.text] }
            case .define(_, _, let body):
                entry.kind = statement.kind
                entry.hasOpenResult = !NameUses(body).results.isEmpty
            case .show:
                number += 1
                places[number] = entries.count
            default: break
            }
            entries.append(entry)
        }
        return first
    }

    /// The value of an entry was shown under a number.
    mutating func noteShown(_ number: Int, at place: Int) { shown[number] = place }

    /// The path of `read` seen from the current folder, wherever the statement's file is.
    private static func seenFromHere(
        _ arguments: [Argument], file: String, parameters: [String: Constant]
    ) -> [Argument] {
        guard var first = arguments.first, file.contains("/") else { return arguments }
        let path: String
        switch first.value.kind {
        case .string(let text): path = text
        case .name(let name), .reference(let name):
            guard case .string(let text)? = parameters[name] else { return arguments }
            path = text
        default: return arguments
        }
        first.value = Expr(.string(QueryFiles.path(of: path, from: file)), span: first.value.span)
        return [first] + arguments.dropFirst()
    }
}
