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
        discussion: """
            `varve run --help FILE` says what a file does and which parameters it takes.
            Built in are: \(QueryRun.builtInNames.joined(separator: ", ")).
            """)

    @Argument(
        help: ArgumentHelp("A .vq file, or the name of a built-in query; - reads standard input.", valueName: "file"))
    var query: String

    @Option(
        help: ArgumentHelp("Directory of the store; else the one that the query opens with `use`.", valueName: "dir"))
    var store: String?

    @OptionGroup var answer: AnswerOptions

    func run() throws {
        let bytes =
            try query == "-" ? InputBytes.standardInput(limit: AnswerOptions.queryLimit) : QueryFileBytes.read(query)
        try answer.run(bytes: bytes, name: query == "-" ? "stdin" : query, store: store)
    }
}

extension RunCommand {
    /// The file that `varve run --help FILE` asks about; nil for help on the command itself.
    ///
    /// - Parameter arguments: of the process, without its name
    static func fileToExplain(_ arguments: [String]) -> String? {
        guard arguments.first == "run" else { return nil }
        let words = arguments.dropFirst().prefix { $0 != "--" }
        guard words.contains("--help") || words.contains("-h") else { return nil }
        let taking: Set<String> = ["--store", "--param", "--format", "--output", "-o", "--threads"]
        var skips = false
        for word in words {
            if skips {
                skips = false
            } else if taking.contains(word) {
                skips = true
            } else if !word.hasPrefix("-") {
                return word
            }
        }
        return nil
    }

    /// Prints what a file says about itself.
    static func explain(_ file: String) throws {
        let (text, complaint) = QueryHelp.text(bytes: try QueryFileBytes.read(file), name: file, command: file)
        guard let text else {
            Output.complain(complaint)
            throw Verdict.rejected
        }
        try Output.write(text)
    }
}
