import ArgumentParser
import Shell

/// Query files parsed and type-checked, without running them.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Parse query files, and check their types against a store.")

    @Argument(help: ArgumentHelp("Query files; - reads standard input.", valueName: "file"))
    var files: [String]

    @Option(help: ArgumentHelp("Store to check names and types against.", valueName: "dir"))
    var store: String?

    @Option(
        name: .customLong("param"),
        help: ArgumentHelp("A value for a `param` of the query; may be given again.", valueName: "name=value"))
    var parameters: [String] = []

    @Flag(help: "One JSON object for each thing that is wrong, on standard output.")
    var json = false

    func run() throws {
        let check = try QueryCheck(store: store, parameterTexts: parameters, isJSON: json)
        var isSound = true
        for file in files {
            let bytes: [UInt8]
            do {
                bytes =
                    file == "-"
                    ? try InputBytes.standardInput(limit: AnswerOptions.queryLimit)
                    : try InputBytes.file(file, limit: AnswerOptions.queryLimit)
            } catch {
                Output.complain("error: \(error)")
                throw Verdict.usage
            }
            let (text, sound) = check.check(bytes: bytes, name: file == "-" ? "stdin" : file)
            if json { try Output.writeData(text) } else { Output.complain(text) }
            isSound = isSound && sound
        }
        if !isSound { throw Verdict.rejected }
    }
}
