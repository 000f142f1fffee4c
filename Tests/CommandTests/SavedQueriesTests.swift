import Foundation
import TestSupport
import Testing

/// The whole flow on the model organism: captured once by the built `varve`, every saved query against its recorded answer.
///
/// `VARVE_RECORD=1 swift test --filter SavedQueries` writes `queries/answers` anew; read the difference before committing it.
@Suite(.serialized) struct SavedQueriesTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let introduction = ["look-around", "lora-specialisation", "feature-drift", "poser"]
    static let names =
        introduction + [
            "lora-paper-table", "norm-growth", "probe-grid", "audit-gate", "mass-mean-transfer", "new-features",
            "k-ablation", "permutation-test", "where-it-lights-up",
            "cka-between-models",
        ]
    /// What makes a query short enough for three more runs, where the whole of it would take minutes unoptimised.
    private static let fewer = ["lora-paper-table": ["--param", "repeats=4"]]

    /// A folder whose `organism.varve` holds the organism; made by the first test that asks, removed with the process.
    static let captured: Result<(folder: TemporaryDirectory, demo: CommandRun), any Error> = Result {
        let folder = try TemporaryDirectory()
        let demo = try CommandRun(["demo", folder.path, "--organism", root.path + "/Organism"])
        return (folder, demo)
    }

    private func store() throws -> String { try SavedQueriesTests.captured.get().folder.path + "/organism.varve" }

    @Test func theDemoRunsEveryQueryAndSaysWhatToTryNext() throws {
        let demo = try SavedQueriesTests.captured.get().demo
        #expect(demo.code == 0, "\(demo.messages)")
        for name in SavedQueriesTests.introduction { #expect(demo.output.contains("## \(name)\n")) }
        let next = try #require(demo.output.components(separatedBy: "Try next:").last)
        #expect(next.components(separatedBy: "\n").count { $0.hasPrefix("  varve ") } == 3)
    }

    @Test(arguments: names)
    func theAnswerIsTheRecordedOne(name: String) throws {
        let run = try CommandRun(["run", name, "--store", try store()])
        #expect(run.code == 0, "\(run.messages)")
        let file = SavedQueriesTests.root.appendingPathComponent("queries/answers/\(name).txt")
        if ProcessInfo.processInfo.environment["VARVE_RECORD"] != nil {
            try run.output.write(to: file, atomically: true, encoding: .utf8)
            return
        }
        let recorded = try String(contentsOf: file, encoding: .utf8)
        #expect(RecordedAnswer.differences(run.output, recorded).isEmpty)
    }

    @Test(arguments: names)
    func theSameBytesOnAnyNumberOfThreads(name: String) throws {
        let store = try store()
        let runs = try ["1", "2", "8"].map {
            try CommandRun(
                ["run", name, "--store", store, "--format", "jsonl", "--threads", $0]
                    + (SavedQueriesTests.fewer[name] ?? []))
        }
        #expect(runs.allSatisfy { $0.code == 0 })
        #expect(runs[0].output == runs[1].output && runs[0].output == runs[2].output)
    }

    /// Those that read rows again with what all of them gave, or look for something in the rows themselves.
    @Test(arguments: ["poser", "cka-between-models", "new-features", "where-it-lights-up"])
    func partsGiveTheAnswerOfOneRun(name: String) throws {
        let (store, folder) = (try store(), try TemporaryDirectory())
        let whole = try CommandRun(["run", name, "--store", store, "--format", "jsonl"])
        var parts: [String] = []
        var isOpen = true
        while isOpen, parts.count < 8 {
            isOpen = false
            let earlier = parts.isEmpty ? [] : ["--after"] + parts
            for index in 1...2 {
                let file = folder.file("\(parts.count).bin")
                let run = try CommandRun(
                    ["partial", name, "--store", store, "--shard", "\(index)/2", "--output", file] + earlier)
                #expect(run.code == 0, "\(run.messages)")
                isOpen = isOpen || run.messages.contains("--after")
                parts.append(file)
            }
        }
        let merged = try CommandRun(["merge", name] + parts + ["--format", "jsonl"])
        #expect(merged.code == 0, "\(merged.messages)")
        #expect(merged.output == whole.output)
    }

    /// Every file of the folder is carried, described and recorded.
    @Test func noQueryIsForgotten() throws {
        let folder = SavedQueriesTests.root.path + "/queries"
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".vq") }
        #expect(files.sorted() == SavedQueriesTests.names.map { $0 + ".vq" }.sorted())
        for name in SavedQueriesTests.names {
            #expect(FileManager.default.fileExists(atPath: folder + "/answers/\(name).txt"), "\(name)")
        }
    }

    /// The gate lets one fine-tune through and stops the other, by its exit code.
    @Test func theGateCloses() throws {
        let run = try CommandRun(["run", "audit-gate", "--store", try store(), "--param", "after=narrow"])
        #expect(run.code == 4 && run.messages.contains("look before you ship"), "\(run.code) \(run.messages)")
    }

    @Test func aSecondCaptureAddsNothing() throws {
        let (folder, _) = try SavedQueriesTests.captured.get()
        let before = try CommandRun(["info", folder.path + "/organism.varve"]).output
        let again = try CommandRun(["demo", folder.path, "--organism", SavedQueriesTests.root.path + "/Organism"])
        #expect(again.code == 0)
        #expect(again.messages.contains("everything was there already"))
        #expect(try CommandRun(["info", folder.path + "/organism.varve"]).output == before)
    }

    @Test func theStoreVerifies() throws {
        let run = try CommandRun(["verify", try store(), "--deep"])
        #expect(run.code == 0, "\(run.output)\(run.messages)")
    }

    @Test(.enabled(if: PythonReader.isThere, "Scripts/python-reader-env makes the environment"))
    func aReaderThatKnowsOnlyTheFormatSeesTheSameBits() throws {
        let store = try store()
        let ours = try PythonReader.varve(store)
        let theirs = try PythonReader.read(store)
        #expect(ours.count > 100)
        #expect(Set(ours) == Set(theirs))
    }
}

/// Comparing answers that another processor may have computed: numbers within 1 %, drawings not at all, words exactly.
enum RecordedAnswer {
    static func differences(_ found: String, _ recorded: String) -> [String] {
        let (a, b) = (tokens(found), tokens(recorded))
        guard a.count == b.count else { return ["\(a.count) words, recorded \(b.count)"] }
        return zip(a, b).filter { !same($0, $1) }.map { "\($0) ≠ \($1)" }
    }

    /// Words that say something; bars, lines and rules are drawn from the same numbers.
    private static func tokens(_ text: String) -> [Substring] {
        text.split { $0 == " " || $0 == "\n" || $0 == "│" || $0 == "┤" || $0 == "├" }
            .filter { token in token.contains { $0.isLetter || $0.isNumber } && !token.contains { isDrawing($0) } }
    }

    private static func isDrawing(_ character: Character) -> Bool {
        guard let scalar = character.unicodeScalars.first else { return false }
        return (0x2500...0x259F).contains(scalar.value) || (0x2800...0x28FF).contains(scalar.value)
    }

    private static func same(_ a: Substring, _ b: Substring) -> Bool {
        if a == b { return true }
        guard let x = Double(a), let y = Double(b) else { return false }
        return abs(x - y) <= 0.01 * max(abs(x), abs(y)) + 0.002
    }
}

@Suite struct RecordedAnswerTests {
    @Test func numbersMayDifferALittleAndWordsNot() {
        #expect(RecordedAnswer.differences("a 0.500 ███ b", "a 0.501 █ b").isEmpty)
        #expect(!RecordedAnswer.differences("a 0.500 b", "a 0.600 b").isEmpty)
        #expect(!RecordedAnswer.differences("a 0.5 b", "a 0.5 c").isEmpty)
        #expect(!RecordedAnswer.differences("a 0.5", "a 0.5 b").isEmpty)
    }
}
