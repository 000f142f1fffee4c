import ArgumentParser
import Shell

/// Help on verbs, made from the function table.
struct DocsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "docs", abstract: "Help on one verb, or every verb on one page.")

    @Argument(help: "A verb.")
    var verb: String?

    @Flag(help: "Every verb with its parameters.")
    var all = false

    func run() throws {
        if let verb {
            guard let text = HelpText.verb(verb) else { throw ValidationError("no verb is called \(verb)") }
            return try Output.write(text)
        }
        try Output.write(all ? HelpText.everything : HelpText.overview)
    }
}
