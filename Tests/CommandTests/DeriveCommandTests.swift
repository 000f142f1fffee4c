import Foundation
import Store
import TestSupport
import Testing

/// `varve derive` as people use it.
@Suite struct DeriveCommandTests {
    private static func fixture(_ name: String) -> String { IngestCommandTests.fixture(name) }

    private static func store(in folder: TemporaryDirectory) throws -> String {
        let path = folder.file("p.jsonl")
        try (0..<5).map { #"{"id": \#($0), "text": "question \#($0) of the model"}"# }.joined(separator: "\n").write(
            toFile: path, atomically: true, encoding: .utf8)
        for (name, sites) in [("one/d", "resid_post.1"), ("two/d", "resid_post.1,mlp_act"), ("three/d", "resid_mid")] {
            let run = try CommandRun([
                "ingest", folder.file("s"), "--model", fixture("tiny"), "--prompts", path, "--as", name, "--sites",
                sites,
            ])
            #expect(run.code == 0, "\(run.messages)")
        }
        return folder.file("s")
    }

    @Test func oneCommandForAllCapturesThatHoldTheSource() throws {
        let folder = try TemporaryDirectory()
        let store = try Self.store(in: folder)
        let arguments = [
            "derive", store, "--sae", Self.fixture("sae-topk"), "--from", "resid_post[layer=1]", "--top-k", "4",
        ]
        let run = try CommandRun(arguments)
        #expect(run.code == 0 && run.output.isEmpty, "\(run.messages)")
        #expect(run.messages.contains("one/d: "))
        let captures = try Snapshot.open(store).captures
        #expect(captures.filter { !$0.latentSpaces.isEmpty }.map(\.name).sorted() == ["one/d", "two/d"])
        let again = try CommandRun(arguments)
        #expect(again.code == 0 && again.messages.contains("were in \(store) already"))
        let adapter = try CommandRun(["derive", store, "--adapter", Self.fixture("rank1"), "--capture", "two/*"])
        #expect(adapter.code == 0, "\(adapter.messages)")
        #expect(try Snapshot.open(store).captures.first { $0.name == "two/d" }?.adapterModules.count == 2)
    }

    /// The same autoencoder with other k, and adapters side by side: each is asked for by its name.
    @Test func whatHasANameIsAskedForByIt() throws {
        let folder = try TemporaryDirectory()
        let store = try Self.store(in: folder)
        let (sae, rank1, linear) = (Self.fixture("sae-topk"), Self.fixture("rank1"), Self.fixture("all-linear"))
        for options in [
            ["--sae", sae, "--top-k", "4"], ["--sae", "two=\(sae)", "--top-k", "2"],
            ["--adapter", "a=\(rank1)", "--adapter", "b=\(linear)", "--modules", "down_proj"],
        ] {
            let run = try CommandRun(["derive", store, "--capture", "two/d"] + options)
            #expect(run.code == 0, "\(run.messages)")
        }
        func ask(_ query: String) throws -> CommandRun {
            try CommandRun(["query", store, #"capture("two", "d")"# + query, "--format", "csv"])
        }
        let two = try ask(#".site("sae.two")"#)
        #expect(two.code == 0 && two.output.contains("value1") && !two.output.contains("value2"), "\(two.messages)")
        // Two of the four that came first.
        let first = try ask(#".site("sae.sae-topk") | topk(2)"#)
        #expect(first.code == 0 && first.output == two.output, "\(first.output)\(first.messages)")
        for (query, code, says) in [
            (".sae", 3, "layer 1 has 2 SAEs"), (".lora", 3, "choose one: `.site(\"lora.a\")`, `.site(\"lora.b\")`"),
            (#".site("lora.c")"#, 3, "stored are `.site(\"lora.a\")`, `.site(\"lora.b\")`"),
            (#".site("lora.a") | scaled | summary"#, 0, ""),
            (#".site("hidden_states[9]")"#, 3, "of 3 layers there are hidden_states[0] to hidden_states[3]"),
        ] as [(String, Int32, String)] {
            let run = try ask(query)
            #expect(
                run.code == code && (says.isEmpty || run.messages.contains(says)),
                "\(query): \(run.code) \(run.messages)")
        }
        let a = try ask(#".site("lora.a") | mean(token) | mean(prompt)"#)
        #expect(a.code == 0 && a.output.contains("1,") && a.output.contains("2,"), "\(a.output)\(a.messages)")
        // Without a name it is `.lora`, whatever others there are.
        #expect(try CommandRun(["derive", store, "--capture", "two/d", "--adapter", rank1]).code == 0)
        let own = try ask(".lora | mean(token) | mean(prompt)")
        #expect(own.code == 0 && own.output == a.output, "\(own.output)\(own.messages)")
        let info = try CommandRun(["info", store])
        #expect(info.output.contains("lora.a[1–2]") && info.output.contains("sae.two[1]"), "\(info.output)")
    }

    private static let wrong: [([String], Int32, String)] = [
        (["--sae", "SAE", "--top-k", "0"], 2, "keeps no latent"), ([], 2, "give --sae or --adapter"),
        (["--sae", "SAE", "--top-k", "3", "--all-active"], 2, "contradict each other"),
        (["--sae", "SAE", "--from", "resid_post[layer=2]"], 1, "trained on resid_post.1"),
        (["--sae", "SAE", "--from", "nowhere"], 2, "names no site of a layer"),
        (
            ["--sae", "SAE", "--capture", "three/d"], 2,
            "three/d: resid_post.1, which sae.1.sae-topk reads, is not stored"
        ),
        (["--sae", "SAE", "--capture", "four/d"], 1, "no capture is called four/d"),
        (["--sae", "/nonexistent"], 1, "there is no such folder"),
        (["--adapter", "LINEAR"], 2, "give --modules mlp.down_proj,self_attn.o_proj"),
        (["--adapter", "LINEAR", "--modules", "self_attn.o_proj"], 2, "z.0, which lora.0.self_attn.o_proj reads"),
        (["--modules", "mlp.down_proj", "--sae", "SAE"], 2, "--modules goes with --adapter"),
        (["--adapter", "LINEAR", "--top-k", "3"], 2, "--top-k goes with --sae"),
        (["--adapter", "LINEAR", "--all-active"], 2, "--all-active goes with --sae"),
        (["--sae", "SAE", "--sae", "SAE2"], 1, "begin with a letter"),
    ]

    @Test func wrongOptionsSayWhatToDo() throws {
        let folder = try TemporaryDirectory()
        let store = try Self.store(in: folder)
        let before = try Snapshot.open(store).generation
        let names = [
            "SAE": Self.fixture("sae-topk"), "SAE2": "2nd=" + Self.fixture("sae-topk"),
            "LINEAR": Self.fixture("all-linear"),
        ]
        for (options, code, says) in Self.wrong {
            let run = try CommandRun(["derive", store] + options.map { names[$0] ?? $0 })
            #expect(
                run.code == code && run.messages.contains(says) && run.output.isEmpty,
                "\(options): \(run.code) \(run.messages)")
        }
        #expect(try Snapshot.open(store).generation == before)
    }

    @Test func aStoreThatIsNotThere() throws {
        #expect(try CommandRun(["derive", "/nope", "--sae", Self.fixture("sae-topk")]).code == 5)
    }
}
