internal import QueryEngine
internal import QueryLanguage
internal import Terminal

/// A line that speaks to the shell rather than to the store: `.help`, `.mode csv`, `?topk`.
///
/// One table holds what there is: `.help`, completion and running are made from it.
struct MetaCommand {
    /// One command of the shell.
    struct Entry: Sendable {
        /// The word behind the dot; `?` has none.
        var name: String
        /// How it is written.
        var usage: String
        /// One line of help.
        var summary: String
        /// What may follow it, for completion.
        var takes = Argument.nothing
        var run: @Sendable (_ argument: String, _ repl: Repl) -> Repl.Reply
    }

    /// What may follow a command.
    enum Argument: Sendable {
        case nothing
        case words([String])
        case verb
        /// A query, or the number of a result.
        case query
        /// The number of a result.
        case result
        /// The number of a result or nothing, and then a file that is not there yet.
        case resultAndFile
        /// A built-in query or a file.
        case file
    }

    let entry: Entry
    let argument: String

    /// Nil for a line of the language: also `.lora`, which continues the last result.
    init?(_ line: Substring) {
        let line = MetaCommand.trimmed(line)
        let word: Substring
        switch line.first {
        case "?": word = line.prefix(1)
        case ".": word = line.prefix { $0 == "." || $0.isLetter }
        default:
            // What people type who were never told about the dot.
            guard ["quit", "exit", "help"].contains(line) else { return nil }
            word = line[...]
        }
        let name = word.drop { $0 == "." }
        guard let entry = MetaCommand.named(String(name)) else { return nil }
        self.entry = entry
        argument = MetaCommand.trimmed(line[word.endIndex...])
    }

    func run(_ repl: Repl) -> Repl.Reply { entry.run(argument, repl) }

    static func named(_ name: String) -> Entry? {
        let name = ["exit": "quit", "verbs": "?"][name] ?? name
        return all.first { $0.name == name }
    }

    /// In the order of `.help`.
    static let all: [Entry] =
        help + queries + settings + [
            Entry(name: "quit", usage: ".quit", summary: "ends the session; so does Ctrl-D") { _, _ in
                Repl.Reply(isOver: true)
            }
        ]

    private static let help: [Entry] = [
        Entry(
            name: "?", usage: "? or ?VERB", summary: "every verb in one line each; one verb with formula and example",
            takes: .verb
        ) { argument, repl in
            if argument.isEmpty { return Repl.Reply(output: HelpText.overview(width: repl.answers.width)) }
            let name = argument.hasPrefix(".") ? String(argument.dropFirst()) : argument
            if let text = repl.help(onVerb: name) { return Repl.Reply(output: text) }
            if let entry = named(name) { return Repl.Reply(output: entry.usage + "  " + entry.summary + "\n") }
            let near =
                Diagnostic.closest(to: argument, among: VerbTable.all.map(\.name)).map { "did you mean `?\($0)`? " }
                ?? ""
            return .refusal("no verb is called `\(Escape.visible(argument))`: \(near)? lists them")
        },
        Entry(name: "help", usage: ".help", summary: "this text") { _, repl in
            Repl.Reply(messages: overview(width: repl.answers.width))
        },
    ]

    /// The text of `.help`, in lines of at most `screen` columns.
    static func overview(width screen: Int?) -> String {
        let width = all.map(\.usage.count).max() ?? 0
        let paragraphs = [
            "A line is a query: `captures`, `capture(\"base\", \"general\").resid_post | mean | norm`.",
            "A line that begins with `|` or `.` goes on with the last result; `_7` is result 7; `let x = …` names one.",
            "Enter runs what is complete; an entry goes on while a bracket is open, an empty line ends it.",
        ]
        let keys =
            "Keys: Tab completes, → takes what is shown dim, ↑ finds entries that begin alike, Ctrl-R searches them, "
            + "Alt-Enter begins a line, Ctrl-X Ctrl-E opens $EDITOR, Ctrl-_ undoes, Ctrl-C drops the entry or stops the query."
        let commands = all.flatMap { entry in
            TextWidth.wrapped(
                entry.summary, to: screen ?? .max, first: "  " + TextWidth.padded(entry.usage, to: width) + "  ",
                next: String(repeating: " ", count: width + 4))
        }
        let lines =
            paragraphs.flatMap { TextWidth.wrapped($0, to: screen ?? .max) } + [""] + commands + [""]
            + TextWidth.wrapped(keys, to: screen ?? 108)
        return lines.joined(separator: "\n") + "\n"
    }

    static func trimmed(_ text: some StringProtocol) -> String {
        let tail = text.drop { $0.isWhitespace }
        let blanks = tail.reversed().prefix { $0.isWhitespace }.count
        return String(tail.dropLast(blanks))
    }
}
