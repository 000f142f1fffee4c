import Foundation
import Store
import TestSupport
import Testing

@Suite struct CommandTests {
    private func store(in folder: TemporaryDirectory) throws -> String {
        let path = folder.file("store")
        try SyntheticCapture().write(to: StoreWriter(path: path))
        return path
    }

    @Test(
        arguments: [
            (["--help"], 0), (["--version"], 0), (["query", "--help"], 0), ([], 0), (["querx"], 2), (["query"], 2),
            (["query", "/nope", "captures"], 5), (["info", "/nope"], 5), (["shell", "/nope"], 5),
            (["verify", "/nope"], 5),
            (["query", "/nope", "captures |"], 3), (["run", "nothing", "--store", "/nope"], 2),
            (["query", "/nope", "captures", "--format", "pdf"], 2),
            (["query", "/nope", "captures", "--param", "x"], 2),
            (["query", "/nope", "captures", "--threads", "0"], 2), (["docs", "topk"], 0), (["docs", "--all"], 0),
            (["docs", "nothing"], 2), (["check", "/nope.vq"], 2), (["run", "look-around"], 2),
        ] as [([String], Int32)])
    func exitCodes(arguments: [String], code: Int32) throws {
        let run = try CommandRun(arguments)
        #expect(run.code == code)
        #expect(code == 0 ? run.messages.isEmpty : run.output.isEmpty)
        #expect(code == 0 ? !run.output.isEmpty : !run.messages.isEmpty)
    }

    /// OpenBLAS names its kernels as it chooses them: not those of 2004 on a newer processor, and in one process.
    @Test func theKernelsSuitTheProcessor() throws {
        let run = try CommandRun(
            ["--version"], environment: ["OPENBLAS_VERBOSE": "2", "OPENBLAS_CORETYPE": nil])
        let cores = run.messages.split(separator: "\n").filter { $0.hasPrefix("Core: ") }
        let flags = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        if flags.contains(" avx2 "), flags.contains(" fma ") {
            #expect(cores.last != "Core: Prescott", "\(run.messages)")
        }
        #expect(cores.count <= (cores.first == "Core: Prescott" ? 2 : 1), "\(run.messages)")
        // A choice of one's own stands.
        let own = try CommandRun(
            ["--version"], environment: ["OPENBLAS_VERBOSE": "2", "OPENBLAS_CORETYPE": "Nehalem"])
        #expect(own.messages.split(separator: "\n").filter { $0.hasPrefix("Core: ") } == ["Core: Nehalem"])
    }

    @Test func aQueryFromArgumentStdinAndFile() throws {
        let folder = try TemporaryDirectory()
        let store = try store(in: folder)
        let direct = try CommandRun(["query", store, "captures"])
        #expect(direct.code == 0)
        #expect(direct.output.contains("base"))
        #expect(try CommandRun(["query", store, "-"], input: "captures\n").output == direct.output)
        let file = folder.file("a.vq")
        try Data("#: All captures.\ncaptures\n".utf8).write(to: URL(fileURLWithPath: file))
        #expect(try CommandRun(["run", file, "--store", store]).output == direct.output)
        let target = folder.file("out.csv")
        let written = try CommandRun(["run", file, "--store", store, "--format", "csv", "-o", target])
        #expect(written.code == 0 && written.output.isEmpty)
        let csv = try CommandRun(["run", file, "--store", store, "--format", "csv"])
        #expect(try String(contentsOfFile: target, encoding: .utf8) == csv.output)
    }

    @Test func verdictsOfQueries() throws {
        let folder = try TemporaryDirectory()
        let store = try store(in: folder)
        #expect(try CommandRun(["query", store, "assert 1 == 2"]).code == 4)
        let rejected = try CommandRun(["query", store, "captures | overlp"])
        #expect(rejected.code == 3)
        #expect(rejected.messages.contains("did you mean `overlap`?"))
        let check = try CommandRun(["check", "-", "--store", store, "--json"], input: "captures | overlp")
        #expect(check.code == 3)
        #expect(check.output.contains("\"replacement\":\"overlap\""))
        #expect(try CommandRun(["check", "-"], input: "captures").code == 0)
    }

    @Test func everyExitCode() throws {
        let folder = try TemporaryDirectory()
        let store = try store(in: folder)
        func code(_ query: String, _ more: String...) throws -> Int32 {
            try CommandRun(["query", store, query] + more).code
        }
        #expect(try code("captures") == 0)
        #expect(try code("captures | export(\"../a.csv\")") == 3)
        #expect(try code("sql(\"select abs(-9223372036854775807 - 1)\")") == 1)
        #expect(try code("captures", "-o", folder.file("none/x")) == 1)
        #expect(try code("captures", "--format", "pdf") == 2)
        #expect(try code("captures", "--param", "C=1") == 3)
        #expect(try code("captures |") == 3)
        #expect(try code("capture(\"no such model\")") == 3)
        #expect(try code("assert (captures | count) > 99, \"few\"") == 4)
        #expect(try CommandRun(["query", store + "-gone", "captures"]).code == 5)
    }

    @Test func aDamagedStore() throws {
        let folder = try TemporaryDirectory()
        let store = try store(in: folder)
        #expect(try CommandRun(["verify", store]).code == 0)
        #expect(try CommandRun(["verify", store, "--deep"]).output.contains("are sound"))
        let chunks = FileManager.default.enumerator(atPath: store + "/chunks")?.compactMap { $0 as? String } ?? []
        let chunk = try #require(chunks.first { $0.contains(".") || $0.count > 20 })
        let path = store + "/chunks/" + chunk
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count / 3] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        let verified = try CommandRun(["verify", store, "--deep"])
        #expect(verified.code == 5)
        #expect(verified.output.contains(chunk.split(separator: "/").last ?? "?"))
    }

    @Test func aScriptOnStandardInputIsAFile() throws {
        let folder = try TemporaryDirectory()
        let store = try store(in: folder)
        // Lines go on as in a file, and the answers are its bytes.
        let text = """
            #: two answers
            let x = capture("base", "general").resid_post
            x
              | norm
              | mean

            captures
            | head(
                1)
            assert (captures | count) == 1
            """
        let file = try CommandRun(["run", "-", "--store", store], input: text)
        let script = try CommandRun(["shell", store], input: text)
        #expect(file.code == 0 && script.code == 0, "\(script.messages)")
        #expect(script.output == file.output && script.messages == file.messages)
        #expect(script.output.contains("float[layer 2]") && !script.output.contains("vec(8)"))
        // Nor is anything listed for later sessions.
        #expect(!FileManager.default.fileExists(atPath: store + ".results.jsonl"))
        let tellsTimes = try CommandRun(["shell", store], input: ".timer on\ncaptures\n_1\n")
        #expect(tellsTimes.output.contains("_1  table") && tellsTimes.output.contains("cached"))
    }

    @Test(
        "a script ends at its first error, with the code that a file ends with",
        arguments: [
            ("nonsense\n.mode csv\ncaptures", 3, "stdin:1:1"), ("captures\n.mode csv\n\nnonsense", 3, "stdin:4:1"),
            ("captures |", 3, "stdin:1"), ("captures | count\nnonsense", 3, "stdin:2:1"),
            ("assert (captures | count) > 99, \"few\"\n.mode csv\ncaptures", 4, "few"),
            ("sql(\"select abs(-9223372036854775807 - 1)\")\n.mode csv\ncaptures", 1, "overflow"),
            (".mode pdf\ncaptures", 2, "modes are"), (".page _7\ncaptures", 2, "write .page"),
            (".mode csv\ncaptures | count\n.quit\nnonsense", 0, ""), ("", 0, ""),
            (".timer\n.seed\n.mode\n.threads\n.help", 0, "it is off"),
            ("captures | select(\n.mode\n)", 3, "stdin:2"),
        ] as [(String, Int32, String)])
    func howAScriptEnds(text: String, code: Int32, says: String) throws {
        let folder = try TemporaryDirectory()
        let run = try CommandRun(["shell", try store(in: folder)], input: text)
        #expect(run.code == code, "\(run.output)\(run.messages)")
        #expect(says.isEmpty || run.messages.contains(says), "\(run.messages)")
        // What stands behind the error is not run, and what stands before it in the same text neither where it is of the checks.
        let shown = run.output.contains("model") || run.output.contains("1\n")
        let runs = text.hasPrefix("captures\n.mode") || text.contains("csv\ncaptures | count")
        #expect(shown == runs, "\(run.output)")
    }

    @Test func infoNamesWhatIsStored() throws {
        let folder = try TemporaryDirectory()
        let info = try CommandRun(["info", try store(in: folder)])
        #expect(info.code == 0)
        #expect(info.output.contains("base/general"))
        #expect(info.output.contains("resid_post f32[0–1]"))
    }

    /// Many columns go on in the next lines: no line of a page is longer than one can read, and no name is cut.
    @Test func infoWrapsWhatIsLong() throws {
        let folder = try TemporaryDirectory()
        let (prompts, store) = (folder.file("p.jsonl"), folder.file("s"))
        let names = (0..<30).map { "column_number_\($0)" }
        let fields = names.map { "\"\($0)\": 1, \"per_\($0)\": [1.5, 2.5]" }.joined(separator: ", ")
        try #"{"id": 1, "token_ids": [1, 2], \#(fields)}"#.write(toFile: prompts, atomically: true, encoding: .utf8)
        let run = try CommandRun([
            "ingest", store, "--model", IngestCommandTests.fixture("tiny"), "--prompts", prompts, "--as", "m/d",
        ])
        #expect(run.code == 0, "\(run.messages)")
        let info = try CommandRun(["info", store]).output
        for line in info.split(separator: "\n").dropFirst() { #expect(line.count <= 120, "\(line)") }
        for name in names { #expect(info.contains(" \(name)") && info.contains("per_\(name)")) }
    }
}
