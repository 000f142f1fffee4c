import ArgumentParser
import Shell

/// One query from the command line.
struct QueryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query", abstract: "Ask a store one question.",
        discussion: "For example: varve query STORE 'capture(\"base\", \"general\").resid_post | norm | mean'")

    @Argument(help: "Directory of the store.")
    var store: String

    @Argument(help: "The query; - reads it from standard input.")
    var query: String

    @OptionGroup var answer: AnswerOptions

    func run() throws {
        let bytes = query == "-" ? try InputBytes.standardInput(limit: AnswerOptions.queryLimit) : Array(query.utf8)
        try answer.run(bytes: bytes, name: query == "-" ? "stdin" : "query", store: store)
    }
}

/// A query file, or a query that varve brings.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a query file, or a built-in query by its name.",
        discussion: "Built in are: \(QueryRun.builtInNames.joined(separator: ", ")).")

    @Argument(help: ArgumentHelp("A .vq file, or the name of a built-in query.", valueName: "file"))
    var query: String

    @Option(
        help: ArgumentHelp("Directory of the store; else the one that the query opens with `use`.", valueName: "dir"))
    var store: String?

    @OptionGroup var answer: AnswerOptions

    func run() throws {
        let bytes = try QueryFileBytes.read(query)
        try answer.run(bytes: bytes, name: query, store: store)
    }
}
