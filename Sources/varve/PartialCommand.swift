import ArgumentParser
import QueryEngine
import Shell

/// One part of a query's reading, for a machine of its own.
struct PartialCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "partial", abstract: "Run one part of a query file, to be put together with `varve merge`.",
        discussion: """
            Part i of n reads its share of the stored rows and writes what they come to: sums, class means, Gram matrices, the \
            nearest, or the rows themselves where the query needs them. `varve merge` of all n parts gives the bytes that one run gives.

            Where rows are read again with what all of them gave (a direction, a mean that is subtracted), a part says that there is \
            another round: make it with `--after` all parts of the rounds before, and merge the parts of all rounds.
            """)

    @Argument(help: ArgumentHelp("A .vq file, or the name of a built-in query.", valueName: "file"))
    var query: String

    @Option(help: ArgumentHelp("Directory of the store.", valueName: "dir"))
    var store: String

    @Option(help: ArgumentHelp("Which part of how many: 1/4 to 4/4.", valueName: "i/n"))
    var shard: String

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("All parts of the rounds before, where there are several rounds.", valueName: "parts"))
    var after: [String] = []

    @Option(name: .shortAndLong, help: ArgumentHelp("The file that the part is written to.", valueName: "file"))
    var output: String

    @Option(
        name: .customLong("param"),
        help: ArgumentHelp("A value for a `param` of the query; may be given again.", valueName: "name=value"))
    var parameters: [String] = []

    @Option(help: "Threads; parts do not depend on it. (default: the machine's)")
    var threads: Int?

    func run() throws {
        guard let shard = Shard(shard) else {
            throw ValidationError("--shard takes a part and how many there are, such as 1/4")
        }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads takes a number from 1 to 1024")
        }
        let run = try QueryRun(
            store: store, answers: AnswerText(), parameterTexts: parameters,
            threads: threads ?? AnswerOptions.processors, exportRoot: ".", overwritesExports: false)
        let earlier = try after.map { (name: $0, bytes: try InputBytes.file($0, limit: PartialCommand.limit)) }
        let (part, verdict) = try run.partial(
            bytes: QueryFileBytes.read(query), name: query, shard: shard, after: earlier, complain: Output.complain)
        guard let part else { throw verdict }
        try Output.replace(file: output, with: part)
    }
}

/// All parts of a query, put together.
struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "Put the parts of a query file together: the answer of one run.",
        discussion: """
            All parts must be there, made of the same query, parameters and state of the store. The store is opened for its \
            catalogue and for token ids and roles; activations are not read again.
            """)

    @Argument(help: ArgumentHelp("A .vq file, or the name of a built-in query.", valueName: "file"))
    var query: String

    @Argument(help: ArgumentHelp("The parts, in any order.", valueName: "parts"))
    var parts: [String]

    @Option(
        help: ArgumentHelp(
            "Directory of the store. (default: where it was as the first part was made)", valueName: "dir"))
    var store: String?

    @OptionGroup var answer: AnswerOptions

    func run() throws {
        let bytes = try QueryFileBytes.read(query)
        let files = try parts.map { (name: $0, bytes: try InputBytes.file($0, limit: PartialCommand.limit)) }
        let folder = try store ?? QueryRun.store(ofParts: files)
        try answer.run(bytes: bytes, name: query, store: folder, parts: files)
    }
}

extension PartialCommand {
    /// Bytes that a part may have.
    static let limit = 8 << 30
}

/// A query file's bytes, or those of a built-in query.
enum QueryFileBytes {
    static func read(_ query: String) throws -> [UInt8] {
        do {
            return try InputBytes.file(query, limit: AnswerOptions.queryLimit)
        } catch {
            guard !query.contains("/"), let builtIn = QueryRun.builtIn(query) else {
                Output.complain("error: \(error)")
                Output.complain("built in are: " + QueryRun.builtInNames.joined(separator: ", "))
                throw Verdict.usage
            }
            return builtIn
        }
    }
}
