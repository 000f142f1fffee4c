internal import QueryEngine
internal import QueryLanguage
internal import Terminal

/// A line that speaks to the shell rather than to the store: `.help`, `.mode csv`, `?topk`.
struct MetaCommand {
    private let name: String
    private let argument: String

    /// Nil for a line of the language: also `.lora`, which continues the last result.
    init?(_ line: Substring) {
        if line.first == "?" {
            name = "?"
            argument = MetaCommand.trimmed(line.dropFirst())
            return
        }
        guard line.first == "." else {
            guard let word = ["quit", "exit", "help"].first(where: { MetaCommand.trimmed(line) == $0 }) else {
                return nil
            }
            name = word
            argument = ""
            return
        }
        let word = line.dropFirst().prefix { $0.isLetter }
        guard MetaCommand.names.contains(String(word)) else { return nil }
        name = String(word)
        argument = MetaCommand.trimmed(line.dropFirst(word.count + 1))
    }

    private static let names: Set<String> = ["help", "quit", "exit", "queries", "run", "mode", "verbs", "timer"]

    static let help = """
        A line is a query: `captures`, `capture("base", "general").resid_post | mean | norm`.
        A line that begins with `|` or `.` goes on with the last result; `_7` is result 7; `let x = …` names one.
        An entry goes on while a bracket is open; an empty line ends it.

          ?            every verb, with one line of help        ?topk        one verb
          .queries     the queries that varve brings            .run NAME    runs one of them
          .mode FORM   table, box, md, csv, json or jsonl       .timer off   hides what was read and how long it took
          .help        this text                                .quit        ends (so does Ctrl-D)

        """

    func run(_ repl: Repl) -> Repl.Reply {
        var reply = Repl.Reply()
        switch name {
        case "quit", "exit": reply.isOver = true
        case "help": reply.messages = MetaCommand.help
        case "?", "verbs": argument.isEmpty ? (reply.output = HelpText.overview) : help(&reply)
        case "queries":
            for query in BuiltInQuery.all { reply.output += line(query) }
        case "run":
            guard let query = BuiltInQuery.named(argument) else {
                reply.messages = "no built-in query is called `\(Escape.visible(argument))`; .queries lists them\n"
                return reply
            }
            return repl.run(SourceText(name: query.name + ".vq", text: query.text))
        case "timer":
            guard argument == "on" || argument == "off" else {
                reply.messages = "write .timer on or .timer off\n"
                return reply
            }
            repl.answers.tellsWork = argument == "on"
        default:
            guard let format = AnswerFormat(rawValue: argument) else {
                reply.messages = "modes are \(AnswerFormat.names); this is \(repl.answers.format.rawValue)\n"
                return reply
            }
            repl.answers.format = format
        }
        return reply
    }

    private func help(_ reply: inout Repl.Reply) {
        if let text = HelpText.verb(argument) {
            reply.output = text
        } else {
            reply.messages = "no verb is called `\(Escape.visible(argument))`; ? lists them\n"
        }
    }

    private func line(_ query: BuiltInQuery) -> String {
        let parsed = Parser.parse(SourceText(name: query.name, text: query.text))
        return TextWidth.padded(query.name, to: 22) + (parsed.file.description.first ?? "") + "\n"
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace ?? false { text = text.dropFirst() }
        while text.last?.isWhitespace ?? false { text = text.dropLast() }
        return String(text)
    }
}
