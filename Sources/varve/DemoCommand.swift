import ArgumentParser
import Capture
import Glibc
import Shell
import Terminal

/// The whole flow on the model organism: captures into a store, the built-in queries, what to try next.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Capture the model organism and answer the built-in queries.",
        discussion: "The same command again captures nothing new and answers at once.")

    @Argument(help: "Directory for the store; made where it is missing.")
    var directory: String

    @Option(
        help: ArgumentHelp(
            "Folder of the model organism. (default: Organism here or above the program)", valueName: "dir"))
    var organism: String?

    @Flag(help: "Draw with ASCII only.")
    var ascii = false

    func run() async throws {
        let manifest = try CaptureManifest(folder: try organismFolder())
        try makeDirectory()
        let store = directory + "/organism.varve"
        try await capture(manifest, into: store)
        try answer(store)
        let name = DemoCommand.quoted(store)
        try Output.write(
            """

            Try next:
              varve shell \(name)
              varve query \(name) 'capture("base", "general").sae | topk(8) | describe'
              varve run lora-specialisation --store \(name) --param model=narrow

            """)
    }

    private func capture(_ manifest: CaptureManifest, into store: String) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        Output.complain("\(manifest.captureCount) captures into \(Escape.visible(store))")
        Interruption.watch()
        defer { Interruption.release() }
        var screen: (place: Int, line: IngestProgress)?
        let outcomes = try await manifest.run(
            into: store,
            progress: { place, progress in
                if screen?.place != place {
                    screen?.line.clear()
                    let names = manifest.groups[place].map(\.name)
                    let more = names.count > 1 ? " and \(names.count - 1) more" : ""
                    screen = (place, IngestProgress(label: (names.first ?? "") + more))
                }
                screen?.line.show(progress)
            }, isInterrupted: { Interruption.wasAsked })
        screen?.line.clear()
        let rows = outcomes.reduce(0) { $0 + $1.newRows }
        let seconds = NumberFormat.duration(IngestReport.seconds(clock.now - start))
        if Interruption.wasAsked {
            Output.complain(
                "interrupted after \(NumberFormat.count(rows)) new tokens; the same command goes on from there")
            throw Interruption.exitCode
        }
        Output.complain(
            rows > 0
                ? "captured \(NumberFormat.count(rows)) tokens in \(seconds)"
                : "everything was there already (\(seconds))")
    }

    private func answer(_ store: String) throws {
        let screen = TTYInfo.of(descriptor: 1)
        let answers = AnswerText(width: screen.isTerminal ? screen.width ?? 80 : 120, isASCII: ascii)
        let run = try QueryRun(
            store: store, answers: answers, parameterTexts: [], threads: AnswerOptions.processors,
            exportRoot: directory, overwritesExports: true)
        for name in QueryRun.introductionNames {
            guard let bytes = QueryRun.builtIn(name) else { continue }
            try Output.write("\n## \(name)\n")
            for line in QueryRun.description(of: name) { try Output.write(line + "\n") }
            try Output.write("\n")
            let verdict = try run.run(bytes: bytes, name: name + ".vq", write: Output.write, complain: Output.complain)
            guard verdict == .ok else { throw verdict }
        }
    }

    /// Makes the directory and those above it.
    private func makeDirectory() throws {
        var path = directory.hasPrefix("/") ? "" : "."
        for piece in directory.split(separator: "/") {
            path += "/" + piece
            guard unsafe mkdir(path, 0o777) == 0 || errno == EEXIST else {
                throw IOError("\(Escape.visible(path)) cannot be made: \(IOError.reason())")
            }
        }
    }

    private func organismFolder() throws -> String {
        if let organism { return organism }
        var candidates = ["Organism"]
        // The program lies in .build/…/release of the project, unless it was copied somewhere else.
        let program = CommandLine.arguments.first ?? ""
        var folder = program.lastIndex(of: "/").map { String(program[..<$0]) } ?? "."
        for _ in 0..<4 {
            candidates.append(folder + "/Organism")
            folder += "/.."
        }
        guard let found = candidates.first(where: { unsafe access($0 + "/organism.json", R_OK) == 0 }) else {
            throw ValidationError("the model organism is not here; give its folder with --organism")
        }
        return found
    }

    private static func quoted(_ path: String) -> String {
        let isPlain = path.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "/._-".utf8.contains(byte)
        }
        return isPlain ? path : "'" + path.replacing("'", with: "'\\''") + "'"
    }
}
