internal import QueryEngine

/// Commands that change how the session answers.
extension MetaCommand {
    static let settings: [Entry] = [
        Entry(
            name: "mode", usage: ".mode FORM", summary: "how answers are written: \(AnswerFormat.names)",
            takes: .words(AnswerFormat.allCases.map(\.rawValue))
        ) { argument, repl in
            guard let format = AnswerFormat(rawValue: argument) else {
                return asked(
                    argument, "modes are \(AnswerFormat.names); this is \(repl.answers.format.rawValue)")
            }
            repl.answers.format = format
            return Repl.Reply()
        },
        Entry(
            name: "timer", usage: ".timer on|off", summary: "whether answers say what was read and how long it took",
            takes: .words(["on", "off"])
        ) { argument, repl in
            guard argument == "on" || argument == "off" else {
                return asked(
                    argument, "write .timer on or .timer off; it is \(repl.answers.tellsWork ? "on" : "off")")
            }
            repl.answers.tellsWork = argument == "on"
            return Repl.Reply()
        },
        Entry(
            name: "threads", usage: ".threads N", summary: "threads for scans and fits; answers do not depend on it"
        ) { argument, repl in
            guard !argument.isEmpty else { return Repl.Reply(messages: "threads: \(repl.session.threads)\n") }
            guard let count = Int(argument), (1...1024).contains(count) else {
                return .refusal("write .threads with a number from 1 to 1024")
            }
            repl.session.threads = count
            return Repl.Reply()
        },
        Entry(
            name: "seed", usage: ".seed N|off", summary: "writes seed=N into every step that draws and has none",
            takes: .words(["off"])
        ) { argument, repl in
            if argument == "off" {
                repl.seed = nil
            } else if let seed = Int(argument) {
                repl.seed = seed
            } else {
                let now = repl.seed.map { "it is \($0)" } ?? "it is off: each verb's own seed, 0, holds"
                return asked(argument, "write .seed with a whole number, or .seed off; \(now)")
            }
            return Repl.Reply()
        },
    ]

    /// How a setting stands: an answer to one that was named alone, a complaint about a value that it can't have.
    private static func asked(_ argument: String, _ text: String) -> Repl.Reply {
        argument.isEmpty ? Repl.Reply(messages: text + "\n") : .refusal(text)
    }
}
