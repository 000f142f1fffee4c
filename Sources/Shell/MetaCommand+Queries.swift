internal import QueryEngine
internal import QueryLanguage
internal import Terminal

/// Commands about queries: those that are there, those that were, and what they gave.
extension MetaCommand {
    static let queries: [Entry] = [
        Entry(
            name: "queries", usage: ".queries", summary: "the queries that varve brings, and .vq files of this folder"
        ) {
            _, repl in Repl.Reply(output: QueryList.text(width: repl.answers.width))
        },
        Entry(
            name: "run", usage: ".run NAME|FILE|@3 [x=…]",
            summary: "runs one of them, a file, or what shows a value of .results, with its parameters",
            takes: .file
        ) { argument, repl in run(argument, repl) },
        Entry(
            name: "explain", usage: ".explain [QUERY]",
            summary: "the plan of a query, or of the last result (_7: of result 7)",
            takes: .query
        ) { argument, repl in
            guard !argument.isEmpty || repl.hasResults else {
                return .refusal("there is no result yet: write .explain with a query")
            }
            return repl.look(SourceText(name: "query", text: (argument.isEmpty ? "_" : argument) + "\n| explain"))
        },
        Entry(
            name: "edit", usage: ".edit [_7]",
            summary: "the last entry (or the query of result 7) in $EDITOR; Enter then runs it",
            takes: .result
        ) { argument, repl in
            guard !argument.isEmpty else { return Repl.Reply(textToEdit: repl.lastEntry) }
            if let logged = logged(argument) {
                return found(logged, repl) { Repl.Reply(textToEdit: $0.text) }
            }
            guard let text = number(argument).flatMap({ repl.queryTexts[$0] }) else {
                return .refusal("write .edit, or .edit with the number of a result, such as _1 or @1")
            }
            return Repl.Reply(textToEdit: text)
        },
        Entry(
            name: "save", usage: ".save [_7|@3] FILE.vq",
            summary: "the smallest file that shows the last result (or result 7, or @3 of .results) again",
            takes: .resultAndFile
        ) { argument, repl in save(argument, repl) },
        Entry(
            name: "page", usage: ".page [_7]",
            summary: "all rows and columns of the last result (or result 7), page by page",
            takes: .result
        ) { argument, repl in page(argument, repl) },
        Entry(
            name: "results", usage: ".results",
            summary: "what `save` has kept, and what was shown at this store's prompts: .run @3 shows it again"
        ) { _, repl in
            repl.look(SourceText(name: "query", text: "results | select(name, saved, type, query)"))
        },
        Entry(
            name: "history", usage: ".history [TEXT]", summary: "the newest twenty entries, or all that hold a text"
        ) { argument, repl in
            let all = repl.entries()
            let found =
                argument.isEmpty
                ? Array(all.suffix(20)) : all.filter { $0.lowercased().contains(argument.lowercased()) }
            return Repl.Reply(output: found.map { Escape.lines($0) + "\n" }.joined())
        },
    ]

    /// `_7`, or 7: the number of a result.
    static func number(_ text: String) -> Int? { Int(text.first == "_" ? text.dropFirst() : text[...]) }

    /// `@3`: a value that was shown in some session.
    private static func logged(_ text: String) -> Int? { text.first == "@" ? Int(text.dropFirst()) : nil }

    /// What shows a value of an earlier session again, or that there is none.
    private static func found(_ number: Int, _ repl: Repl, _ body: (SourceText) -> Repl.Reply) -> Repl.Reply {
        do throws(SavedQueryFailure) {
            guard let source = try repl.session.loggedQuery(number) else {
                return .refusal("there is no result @\(number): .results lists them")
            }
            return body(source)
        } catch {
            return .refusal(Escape.visible(error.description), .failed)
        }
    }

    private static func page(_ argument: String, _ repl: Repl) -> Repl.Reply {
        do {
            guard argument.isEmpty || number(argument) != nil,
                let value = try repl.session.shownAgain(argument.isEmpty ? nil : number(argument))
            else { return .refusal("write .page for the last result, .page _7 for result 7") }
            var answers = repl.answers
            (answers.width, answers.rowLimit, answers.cellLimit) = (nil, nil, nil)
            let text = answers.text(value)
            return repl.page?(text) == true ? Repl.Reply() : Repl.Reply(output: text)
        } catch {
            var reply = Repl.Reply()
            repl.note(error, in: SourceText(name: "query", text: ""), &reply)
            return reply
        }
    }

    private static func save(_ argument: String, _ repl: Repl) -> Repl.Reply {
        var words = argument.split(whereSeparator: \.isWhitespace).map(String.init)
        if words.count == 2, let number = logged(words[0]) {
            do throws(SavedQueryFailure) {
                try repl.session.save(logged: number, to: words[1])
                return Repl.Reply(messages: "`varve run \(Escape.visible(words[1]))` shows @\(number) again\n")
            } catch {
                return .refusal(Escape.visible(error.description), .failed)
            }
        }
        if words.count == 2, words[0] == "_" { words.removeFirst() }
        let wanted = words.count > 1 ? number(words.removeFirst()) : repl.session.lastResult
        guard let path = words.first, words.count == 1, let wanted, path.first != "_", path.first != "@" else {
            return .refusal("write .save FILE.vq for the last result, .save _7 FILE.vq for result 7")
        }
        do throws(SavedQueryFailure) {
            try repl.session.save(wanted, to: path)
            return Repl.Reply(messages: "`varve run \(Escape.visible(path))` shows _\(wanted) again\n")
        } catch {
            return .refusal(Escape.visible(error.description), .failed)
        }
    }

    private static func run(_ argument: String, _ repl: Repl) -> Repl.Reply {
        let words = argument.split(whereSeparator: \.isWhitespace).map(String.init)
        guard let name = words.first else {
            return .refusal("write .run with the name of a query or file; .queries lists them")
        }
        do throws(ParameterText.Complaint) {
            let parameters = try ParameterText.values(Array(words.dropFirst()))
            if let number = logged(name) { return found(number, repl) { repl.run(file: $0, parameters) } }
            if let query = BuiltInQuery.named(name) {
                return repl.run(file: SourceText(name: query.name + ".vq", text: query.text), parameters)
            }
            do throws(Diagnostic) {
                return repl.run(file: try QueryFiles().file(name, from: ""), parameters)
            } catch {
                let near =
                    Diagnostic.closest(to: name, among: QueryRun.builtInNames).map { "; did you mean `\($0)`?" } ?? ""
                return .refusal(
                    "there is no built-in query `\(Escape.visible(name))`\(near); as a file: "
                        + "\(Escape.visible(error.message))\n.queries lists what there is")
            }
        } catch {
            return .refusal(Escape.visible(error.description))
        }
    }
}
