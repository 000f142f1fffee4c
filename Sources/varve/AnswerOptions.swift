public import ArgumentParser
import Glibc
public import Shell
import Terminal

extension AnswerFormat: ExpressibleByArgument {}

/// How the answers of `query` and `run` are made and written.
struct AnswerOptions: ParsableArguments {
    @Option(
        name: .customLong("param"),
        help: ArgumentHelp("A value for a `param` of the query; may be given again.", valueName: "name=value"))
    var parameters: [String] = []

    @Option(help: ArgumentHelp("How answers are written: \(AnswerFormat.names).", valueName: "format"))
    var format = AnswerFormat.table

    @Option(name: .shortAndLong, help: ArgumentHelp("Write the answers to a file.", valueName: "file"))
    var output: String?

    @Flag(help: "Let `export` in the query write over files.")
    var force = false

    @Flag(help: "Draw with ASCII only.")
    var ascii = false

    @Option(help: "Threads; answers do not depend on it. (default: the machine's)")
    var threads: Int?

    /// One byte more than a query may have, so that a longer one is refused rather than cut.
    static let queryLimit = 1 << 20

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads takes a number from 1 to 1024")
        }
    }

    static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// Runs a query text and throws its verdict unless it is ok.
    ///
    /// - Parameter parts: of the answer, made before; none to read the store
    func run(
        bytes: [UInt8], name: String, store: String?, parts: [(name: String, bytes: [UInt8])] = []
    ) throws {
        let screen = TTYInfo.of(descriptor: 1)
        var answers = AnswerText(
            format: format, width: output == nil && screen.isTerminal ? screen.width : nil, isASCII: ascii)
        answers.isForTerminal = output == nil && screen.isTerminal
        answers.colours = output == nil && !ascii ? screen.colours : .none
        var run = try QueryRun(
            store: store, answers: answers, parameterTexts: parameters, threads: threads ?? AnswerOptions.processors,
            exportRoot: ".", overwritesExports: force)
        run.parts = parts
        var collected = ""
        let progress = QueryProgress()
        run.report = progress.note
        progress.begin()
        defer { progress.end() }
        Interruption.endTidily()
        let verdict = try run.run(
            bytes: bytes, name: name,
            write: { text in
                if output == nil { try progress.aside { try Output.write(text) } } else { collected += text }
            },
            complain: { line in
                progress.aside { Output.complain(line) }
            })
        if let output, verdict == .ok { try Output.replace(file: output, with: collected) }
        if verdict != .ok { throw verdict }
    }
}
