import ArgumentParser
import Shell

/// Query files put in order.
struct FormatCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fmt", abstract: "Put the spacing of query files in order.",
        discussion: """
            Words, numbers, line breaks and comments stay; blanks and indentation follow the brackets and pipes, and lines beyond \
            120 columns are broken at their pipes. Files are rewritten where they are; - reads standard input and writes to \
            standard output. Doing it twice changes nothing more.
            """)

    @Argument(help: ArgumentHelp("Query files; - reads standard input.", valueName: "file"))
    var files: [String]

    @Flag(help: "Change nothing; name the files that are not in order, with exit code 1.")
    var check = false

    func run() throws {
        var isSound = true
        var unordered = false
        for file in files {
            let isInput = file == "-"
            let bytes: [UInt8]
            do {
                bytes =
                    isInput
                    ? try InputBytes.standardInput(limit: AnswerOptions.queryLimit)
                    : try InputBytes.file(file, limit: AnswerOptions.queryLimit)
            } catch {
                Output.complain("error: \(error)")
                throw Verdict.usage
            }
            let (text, complaint) = QueryLayout.format(bytes: bytes, name: isInput ? "stdin" : file)
            guard let text else {
                Output.complain(complaint)
                isSound = false
                continue
            }
            if check {
                guard Array(text.utf8) != bytes else { continue }
                unordered = true
                try Output.write(QueryLayout.visible(file) + "\n")
            } else if isInput {
                try Output.write(text)
            } else if Array(text.utf8) != bytes {
                try Output.replace(file: file, with: text)
            }
        }
        if !isSound { throw Verdict.rejected }
        if unordered { throw Verdict.failed }
    }
}
