import Foundation
import Store
import TestSupport
import Testing

/// `varve ingest` as people use it: a process with arguments, a terminal's signals, and what it says.
@Suite struct IngestCommandTests {
    static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    static func fixture(_ name: String) -> String { tests.path + "/ModelsTests/Fixtures/" + name }

    /// A prompt file of so many prompts with a question and an answer.
    private static func prompts(_ count: Int, in folder: TemporaryDirectory, _ more: String = "") throws -> String {
        let path = folder.file("p.jsonl")
        let lines = (0..<count).map {
            #"{"id": \#($0), "messages": [{"role": "user", "content": "question \#($0)"}, {"role": "assistant", "content": "answer"}]\#(more)}"#
        }
        try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private static func arguments(_ store: String, _ prompts: String, _ more: [String] = []) -> [String] {
        var arguments = ["ingest", store, "--model", fixture("tiny"), "--prompts", prompts]
        if !more.contains("--as") { arguments += ["--as", "m/d"] }
        return arguments + more
    }

    /// Each says in one line what to do, ends with code 2 and writes nothing.
    static let wrong: [([String], String)] = [
        (["--as", "noslash"], "give a name such as base/general"),
        (["--sites", "nowhere"], "unknown site \"nowhere\"; known are embed"),
        (["--sites", "pattern"], "pattern cannot be captured; this model has"),
        (["--sites", "resid_post.7"], "the model has layers 0 to 2"),
        (["--sites", "lora"], "give --adapter"), (["--sites", "sae"], "give --sae"),
        (["--layers", "0:9"], "give A:B with 0 ≤ A < B ≤ 3"), (["--layers", "1,x"], "\"x\" is no layer number"),
        (["--layers", "2:1"], "it holds no layer"),
        (["--positions", "first"], "give all, last, assistant, or last:N"),
        (["--positions", "last:0"], "give all, last, assistant, or last:N"),
        (["--dtype", "f64"], "known are f32, f16, bf16, and i8"),
        (["--top-k", "0", "--sae", fixture("sae-topk")], "top-k 0 keeps no latent"),
        (["--batch-tokens", "0"], "a batch needs at least one token"),
        (["--commit-every", "0"], "give --commit-every 1 or more"),
        (["--column", "kl"], "write --column kl=kl.npy"), (["--column", "role=x.npy"], "give it another name"),
        (["--column", "my kl=x.npy"], "no query could write that name"),
        (["--base", "base"], "leave --base out"), (["--adapter", "a", "--adapter", "b"], "name each"),
        (["--adapter", "t=x"], "give --as the data set alone"),
        (["--as", "d", "--adapter", "t=x", "--adapter", "y"], "write --adapter NAME=y"),
        (
            ["--as", "d", "--adapter", "t=\(fixture("rank1"))", "--adapter", "t=\(fixture("rank1"))"],
            "two captures are called t/d"
        ),
        (["--temperature", "1"], "add --generate N"), (["--generate", "0"], "give a number of tokens"),
        (["--generate", "2", "--temperature", "1", "--top-p", "2"], "leave --top-p out"),
        (["--sae", fixture("sae-topk"), "--top-k", "3", "--all-active"], "keep one of them"),
        (["--top-k", "3"], "add --sae DIR, or leave --top-k out"), (["--all-active"], "leave --all-active out"),
        (["--generate", "2", "--seed", "4"], "add --temperature 0.7, say, or leave --seed out"),
        (["--generate", "2", "--temperature", "0", "--top-p", "0.5"], "leave --top-p out"),
        (["--seed", "4"], "--seed goes with"),
        (["--generate", "2", "--temperature", "-1"], "temperature -1.0 is not 0 or above; give 0"),
        (["--generate", "-2"], "cannot generate -2 tokens; give --generate a number"),
        (["--sites", "hidden_states[4]"], "of 3 layers there are hidden_states[0] to hidden_states[3]"),
        (["--sae", fixture("sae-topk"), "--sites", "resid_post"], "add sae to --sites"),
        (["--as", "d", "--adapter", "a=x", "--adapter", "b=y", "--generate", "2"], "one command for each model"),
        (["--top-k", "many"], "many"), (["--nonsense"], "--nonsense"),
        (["--batch-tokens", "99999999999999999999"], "9999"),
    ]

    @Test(arguments: wrong.indices) func wrongOptionsSayWhatToDo(_ index: Int) throws {
        let (options, says) = Self.wrong[index]
        let folder = try TemporaryDirectory()
        let store = folder.file("store")
        let run = try CommandRun(Self.arguments(store, try Self.prompts(2, in: folder), options))
        #expect(run.code == 2 && run.messages.contains(says), "\(options): \(run.code) \(run.messages)")
        #expect(run.output.isEmpty)
        let errors = run.messages.split(separator: "\n").filter { $0.lowercased().hasPrefix("error: ") }
        #expect(errors.count == 1)
        #expect(!FileManager.default.fileExists(atPath: store))
    }

    /// Files that are not there or hold something else: code 1, the file's name, nothing written.
    @Test(arguments: [
        (["--adapter", "/nonexistent"], "/nonexistent/adapter_config.json"),
        (["--sae", "/nonexistent"], "/nonexistent"),
        (["--column", "kl=/nonexistent.npy"], "/nonexistent.npy"), (["--sae", fixture("rank1")], "rank1"),
    ])
    func filesThatAreMissing(options: [String], says: String) throws {
        let folder = try TemporaryDirectory()
        let store = folder.file("store")
        let run = try CommandRun(Self.arguments(store, try Self.prompts(2, in: folder), options))
        #expect(run.code == 1 && run.messages.contains(says), "\(run.code) \(run.messages)")
        #expect(!FileManager.default.fileExists(atPath: store))
    }

    /// A prompt that cannot be run is named with its file and line.
    @Test func promptsThatAreWrongAreNamed() throws {
        let folder = try TemporaryDirectory()
        let store = folder.file("store")
        let path = folder.file("bad.jsonl")
        let good = #"{"id": "a", "text": "fine"}"# + "\n\n"
        for (line, options, says) in [
            (#"{"id": "b", "token_ids": [1, 999]}"#, [], "bad.jsonl:3: prompt \"b\" has token 999"),
            (
                #"{"id": "b", "text": "x"}"#, ["--positions", "assistant"],
                "bad.jsonl:1: prompt \"a\" has no token of the"
            ),
            (#"{"id": "b", "text": 3}"#, [], "bad.jsonl:3:"), ("{", [], "bad.jsonl:3:"),
        ] {
            try (good + line).write(toFile: path, atomically: true, encoding: .utf8)
            let run = try CommandRun(Self.arguments(store, path, options))
            #expect(run.code == 1 && run.messages.contains(says), "\(run.code) \(run.messages)")
            #expect(!FileManager.default.fileExists(atPath: store))
        }
    }

    @Test func adaptersSideBySideAndADryRun() throws {
        let folder = try TemporaryDirectory()
        let store = folder.file("store")
        let arguments = Self.arguments(
            store, try Self.prompts(5, in: folder),
            [
                "--as", "d", "--base", "base", "--adapter", "one=\(Self.fixture("rank1"))", "--adapter",
                "all=\(Self.fixture("all-linear"))", "--sites", "resid_post,lora,logits", "--positions", "last:3",
            ])
        let dry = try CommandRun(arguments + ["--dry-run"])
        #expect(dry.code == 0 && dry.output.isEmpty)
        #expect(dry.messages.contains("on disk, measured on the first"), "\(dry.messages)")
        #expect(dry.messages.hasSuffix("nothing was written\n"))
        #expect(!FileManager.default.fileExists(atPath: store))

        let run = try CommandRun(arguments)
        #expect(run.code == 0, "\(run.messages)")
        for name in ["base/d", "one/d", "all/d"] { #expect(run.messages.contains("\n\(name): 15 rows, ")) }
        let info = try CommandRun(["info", store])
        #expect(info.output.contains("the last 3 tokens of each prompt"))
        for name in ["argmax_token,", "argmax_prob,", "entropy,", "next_logprob;"] {
            #expect(info.output.contains(name))
        }
        let again = try CommandRun(arguments)
        #expect(again.code == 0 && again.messages.contains("one/d: all 15 rows were in \(store) already"))
        let told = try CommandRun(arguments + ["--dry-run"])
        #expect(told.messages.contains("45 of 45 rows are in \(store) already"))
        let query = try CommandRun(
            [
                "query", store, #"capture("*", "d").entropy | where(role == "template") | count | sort"#, "--format",
                "csv",
            ])
        #expect(query.code == 0 && query.output.contains("all"), "\(query.messages)")
    }

    /// What a run will take is said before it, in the words of a dry run, at the size of the type.
    @Test(arguments: [("f32", 4), ("f16", 2), ("bf16", 2), ("i8", 1)])
    func whatItWillTakeIsSaidFirst(type: String, bytes: Int) throws {
        let folder = try TemporaryDirectory()
        let (store, prompts) = (folder.file("store"), try Self.prompts(20, in: folder))
        let arguments = Self.arguments(store, prompts, ["--dtype", type, "--sites", "resid_post.1"])
        let dry = try CommandRun(arguments + ["--dry-run"])
        let run = try CommandRun(arguments)
        #expect(dry.code == 0 && run.code == 0, "\(dry.messages)\(run.messages)")
        let (said, done) = (dry.messages.split(separator: "\n"), run.messages.split(separator: "\n"))
        try #require(said.count == 3 && done.count >= 3, "\(dry.messages)\(run.messages)")
        #expect(said[0] == done[0])
        let rows = try #require(Snapshot.open(store).captures.first).rowCount
        // 32 numbers a token, and the token's id, prompt, position and role.
        let size = String(format: "%.1f KiB", Double(rows * (32 * bytes + 13)) / 1024)
        #expect(said[0].contains("; \(size) in 5 columns before encoding"), "\(said[0])")
        #expect(done[2].contains("\(size) into "), "\(done[2])")
        for line in [said[1], done[1]] {
            #expect(line.hasPrefix("about ") && line.contains(" on disk, measured on the first "))
        }
    }

    /// What contradicts the store is known before anything is generated, and a path that can't be a store before a model is read.
    @Test func conflictsAreFoundFirst() throws {
        let folder = try TemporaryDirectory()
        let (store, prompts) = (folder.file("store"), folder.file("q.jsonl"))
        func write(_ text: String) throws {
            try (0..<3).map { #"{"id": \#($0), "text": "\#(text) \#($0)"}"# }.joined(separator: "\n").write(
                toFile: prompts, atomically: true, encoding: .utf8)
        }
        try write("question")
        #expect(try CommandRun(Self.arguments(store, prompts, ["--as", "m/plain"])).code == 0)
        #expect(try CommandRun(Self.arguments(store, prompts, ["--as", "m/d", "--generate", "2"])).code == 0)
        let journals = try FileManager.default.contentsOfDirectory(atPath: store + "-generated")
        let adapter = ["--adapter", Self.fixture("rank1")]
        for (options, says) in [
            (["--as", "m/new"] + adapter, "model m is there with other weights, adapter or tokenizer"),
            (["--as", "m/plain"], "capture m/plain is there with other prompts"),
            (["--as", "m/d", "--dtype", "bf16"], "capture m/d is there with another resid_post.0"),
        ] {
            let run = try CommandRun(Self.arguments(store, prompts, options + ["--generate", "3"]))
            #expect(run.code == 1 && run.messages.contains("error: \(store): \(says)"), "\(run.messages)")
            #expect(!run.messages.contains("answers"))
        }
        try write("other")
        let other = try CommandRun(Self.arguments(store, prompts, ["--as", "m/d", "--generate", "3"]))
        #expect(other.code == 1 && other.messages.contains("capture m/d is there with other prompts"))
        let dry = try CommandRun(Self.arguments(store, prompts, ["--as", "m/plain", "--dry-run"]))
        #expect(dry.code == 1 && dry.messages.contains("has a prompt \"0\" with other text"), "\(dry.messages)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: store + "-generated") == journals)
        let file = ["ingest", prompts, "--model", "/nonexistent", "--prompts", prompts, "--as", "m/d"]
        let place = try CommandRun(file)
        #expect(place.code == 5 && place.messages.contains("a store is a directory, not a file"), "\(place.messages)")
        let old = folder.file("v1")
        try FileManager.default.copyItem(atPath: Self.tests.path + "/StoreTests/Golden/v1", toPath: old)
        let older = try CommandRun(["ingest", old] + file.dropFirst(2))
        #expect(older.code == 5 && older.messages.contains("written after varve migrate \(old)"), "\(older.messages)")
    }

    /// `.sae` and `.lora` can't mean several things at once: each is named as it has to be written.
    @Test func severalAutoencodersAndRanksAreToldApart() throws {
        let folder = try TemporaryDirectory()
        let (store, prompts) = (folder.file("store"), try Self.prompts(2, in: folder))
        let saes = ["sae-standard", "sae-topk"].flatMap { ["--sae", Self.fixture($0)] }
        #expect(try CommandRun(Self.arguments(store, prompts, saes + ["--sites", "sae"])).code == 0)
        let two = try CommandRun(["query", store, #"capture("m", "d").sae"#])
        #expect(two.code == 3 && two.messages.contains("layer 1 has 2 SAEs"), "\(two.messages)")
        for name in ["sae.1.sae-standard", "sae.1.sae-topk"] {
            #expect(two.messages.contains(".site(\"\(name)\")"))
            #expect(try CommandRun(["query", store, "capture(\"m\", \"d\").site(\"\(name)\")"]).code == 0)
        }
        let adapter = ["--adapter", Self.fixture("all-linear"), "--sites", "lora"]
        #expect(try CommandRun(Self.arguments(folder.file("ranks"), prompts, adapter)).code == 0)
        let ranks = try CommandRun(["query", folder.file("ranks"), #"capture("m", "d").lora"#])
        #expect(ranks.code == 3 && ranks.messages.contains("of rank 2"), "\(ranks.messages)")
        #expect(ranks.messages.contains(#".site("lora.0."#))
    }

    @Test func answersOfTheModel() throws {
        let folder = try TemporaryDirectory()
        let (store, prompts) = (folder.file("store"), folder.file("q.jsonl"))
        let lines = (0..<6).map { #"{"id": \#($0), "messages": [{"role": "user", "content": "question \#($0)"}]}"# }
        try lines.joined(separator: "\n").write(toFile: prompts, atomically: true, encoding: .utf8)
        let arguments = Self.arguments(
            store, prompts, ["--generate", "5", "--temperature", "0.7", "--seed", "3", "--sites", "resid_post,logits"])
        let dry = try CommandRun(arguments + ["--dry-run", "--positions", "assistant"])
        #expect(dry.code == 0 && dry.messages.contains(", 30 of them answers, up to 30 kept (the"), "\(dry.messages)")
        #expect(dry.messages.contains("at most about ") && dry.messages.contains(" of it for the answers) and "))
        #expect(
            !FileManager.default.fileExists(atPath: store)
                && !FileManager.default.fileExists(atPath: store + "-generated"))
        let run = try CommandRun(arguments)
        #expect(run.code == 0 && run.messages.contains("m/d: 6 answers, 30 tokens in "), "\(run.messages)")
        #expect(run.messages.contains("at most about "))
        let again = try CommandRun(arguments)
        #expect(again.messages.contains("were in \(store) already"), "\(again.messages)")
        #expect(again.messages.contains("m/d: 6 answers from before"))
        func answer(_ query: String) throws -> String {
            let run = try CommandRun(["query", store, query, "--format", "csv"])
            #expect(run.code == 0, "\(run.messages)")
            return run.output
        }
        let count = try answer(#"capture("m", "d").entropy | where(role == "assistant") | count"#)
        #expect(count.contains("30"), "\(count)")
        // The prompt's last token and the answer's first are neighbours.
        let last = try answer(#"capture("m", "d").next_logprob[token="last_prompt"] | count"#)
        #expect(last.contains("6"))
        let texts = try answer(#"prompts("d") | select(id, generated)"#)
        #expect(texts.split(separator: "\n").count >= 7, "\(texts)")
    }

    /// Ctrl-C, or told to end: what is committed stays, the command to go on is said, and going on gives the bytes of an undisturbed run.
    @Test(arguments: [SIGINT, SIGTERM]) func interruptedByASignal(signal: Int32) throws {
        let folder = try TemporaryDirectory()
        let (store, whole) = (folder.file("store"), folder.file("whole"))
        let prompts = try Self.prompts(1500, in: folder)
        let options = ["--commit-every", "200", "--batch-tokens", "100"]
        let chunks = store + "/chunks"
        let run = try CommandRun(Self.arguments(store, prompts, options), signal: signal) {
            // At least two commits, so that something can be kept.
            (try? FileManager.default.subpathsOfDirectory(atPath: chunks))?.count ?? 0 > 3
        }
        #expect(run.code == 128 + signal, "\(run.code) \(run.messages)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: store + "/tmp").isEmpty)
        #expect(run.messages.contains("m/d: interrupted; "), "\(run.messages)")
        let line = try #require(run.messages.split(separator: "\n").first { $0.hasPrefix("go on with: ") })
        #expect(line.contains("varve ingest \(store) --model") && line.hasSuffix("--batch-tokens 100"))
        let part = try Snapshot.open(store).captures[0]
        #expect(part.rowCount > 0 && !part.isComplete)
        #expect(try CommandRun(["verify", store]).code == 0)
        let query = try CommandRun(["query", store, #"capture("m", "d").resid_post | norm | count"#])
        #expect(query.code == 0)

        #expect(try CommandRun(Self.arguments(store, prompts, options)).code == 0)
        #expect(try CommandRun(Self.arguments(whole, prompts, options)).code == 0)
        let (one, other) = (try Snapshot.open(store).captures[0], try Snapshot.open(whole).captures[0])
        #expect(one.isComplete && one.chunks.map(\.name) == other.chunks.map(\.name))
        let again = try CommandRun(Self.arguments(store, prompts, options))
        #expect(again.code == 0 && again.messages.contains("were in \(store) already"))
    }
}
