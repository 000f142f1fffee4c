import Capture
import Foundation
import Models
import Store
import Tensor
import TensorFiles
import TestSupport
import Testing

@Suite struct IngestTests {
    private func options(_ change: (inout IngestOptions) -> Void = { _ in }) -> IngestOptions {
        var options = IngestOptions(model: CaptureFixture.path("tiny"), prompts: "", name: "base/test")
        change(&options)
        return options
    }

    @Test func severalAdaptersShareOneModel() async throws {
        let folder = try TemporaryDirectory()
        let model = try CaptureFixture.model()
        let prompts = CaptureFixture.prompts(5)
        for (name, adapter) in [("base/test", nil), ("tuned/test", "rank1"), ("poser/all-0/test", "all-linear")] {
            let ingest = try Ingest(
                options {
                    $0.name = name
                    $0.adapters = adapter.map { [CaptureFixture.path($0)] } ?? []
                    $0.autoencoders = [CaptureFixture.path("sae-topk")]
                    $0.layers = "1:"
                    $0.topK = 4
                }, model: model, prompts: prompts)
            #expect(try await ingest.run(into: folder.path + "/s").newRows == ingest.plans[0].rowCount)
        }
        let snapshot = try Snapshot.open(folder.path + "/s")
        #expect(snapshot.captures.map(\.model).sorted() == ["base", "poser/all-0", "tuned"])
        #expect(snapshot.datasets.map(\.name) == ["test"])
        let base = try #require(snapshot.capture(model: "base", dataset: "test"))
        let tuned = try #require(snapshot.capture(model: "tuned", dataset: "test"))
        #expect(base.modelDigest == tuned.modelDigest && tuned.adapterDigest != nil && base.adapterDigest == nil)
    }

    @Test func moreSitesAddTheirColumnsToTheSameRows() async throws {
        let folder = try TemporaryDirectory()
        let model = try CaptureFixture.model()
        let prompts = CaptureFixture.prompts(7)
        let all = options {
            $0.autoencoders = [CaptureFixture.path("sae-topk")]
            $0.topK = 4
        }
        let steps = [options { $0.layers = "1:2" }, options { $0.layers = "0:2" }, all]
        var rows: [Int] = []
        for step in steps + steps {
            let ingest = try Ingest(step, model: model, prompts: prompts)
            rows.append(try await ingest.run(into: folder.path + "/s").newRows)
        }
        let count = prompts.reduce(0) { $0 + $1.ids.count }
        #expect(rows == [count, count, count, 0, 0, 0])
        _ = try await Ingest(all, model: model, prompts: prompts).run(into: folder.path + "/once")

        let added = try Snapshot.open(folder.path + "/s")
        let once = try Snapshot.open(folder.path + "/once")
        let (many, one) = (added.captures[0], once.captures[0])
        #expect(many.groups.count == 3 && many.groups.map(\.isComplete) == [true, true, true])
        #expect(Set(many.columns) == Set(one.columns))
        #expect(many.latentSpaces == one.latentSpaces)
        for column in one.columns where column.elementType == .float32 {
            #expect(
                try CaptureFixture.floats(added, many, column.id) == CaptureFixture.floats(once, one, column.id),
                "\(column.id.canonicalName)")
        }
        #expect(try StoreVerification.run(folder.path + "/s").isSound)
    }

    @Test(arguments: [
        ("1:3", [1, 2]), (":2", [0, 1]), ("1:", [1, 2]), (":", [0, 1, 2]), ("2", [2]), ("2,0", [0, 2]),
        ("0:1, 2", [0, 2]),
        ("0:2,1:3", [0, 1, 2]),
    ])
    func layerRanges(text: String, layers: [Int]) throws {
        let model = try CaptureFixture.model()
        #expect(
            try Ingest(options { $0.layers = text }, model: model, prompts: CaptureFixture.prompts(1)).plans[0].request
                .layers == layers)
    }

    @Test(arguments: ["", "3", "0,", "0,3", "1;2", "1:1", "2:1", "0:4", "a:b", "-1:2", "0:1:2", "99999999999999999999"])
    func layerRangesThatFail(text: String) throws {
        let model = try CaptureFixture.model()
        let error = #expect(throws: CaptureError.self) {
            try Ingest(options { $0.layers = text }, model: model, prompts: CaptureFixture.prompts(1))
        }
        #expect(error.map { "\($0)".contains("layers \"\(text)\"") } == true)
    }

    @Test func wrongOptionsTouchNoStore() async throws {
        let folder = try TemporaryDirectory()
        let model = try CaptureFixture.model()
        let prompts = CaptureFixture.prompts(3)
        let path = folder.path + "/s"
        // Not generic: the optimiser of `swift test -c release` crashes on an asynchronous function with a generic error.
        func refuse(_ isRight: (any Error) -> Bool, _ change: (inout IngestOptions) -> Void) async throws {
            var thrown: (any Error)?
            do {
                _ = try await Ingest(options(change), model: model, prompts: prompts).run(into: path)
            } catch { thrown = error }
            #expect(thrown.map(isRight) ?? false, "\(String(describing: thrown))")
            #expect(!FileManager.default.fileExists(atPath: path))
        }
        try await refuse({ $0 is CaptureError }) { $0.name = "noslash" }
        try await refuse({ $0 is CaptureError }) { $0.sites = "nowhere" }
        try await refuse({ $0 is CaptureError }) { $0.elementType = "f64" }
        try await refuse({ $0 is FileError }) { $0.adapters = ["/nonexistent"] }
        try await refuse({ $0 is FileError }) { $0.autoencoders = [CaptureFixture.path("rank1")] }
        // Without a tokenizer a folder serves prompts of token ids.
        #expect(
            try LoadedModel(folder: CaptureFixture.path("untied")).tokenizerProblem?.description.contains("is missing")
                == true)
    }

    @Test func aFailedIngestLeavesTheStoreAsItWas() async throws {
        let folder = try TemporaryDirectory()
        let model = try CaptureFixture.model()
        let path = folder.path + "/s"
        let first = try Ingest(options(), model: model, prompts: CaptureFixture.prompts(3))
        _ = try await first.run(into: path)
        let before = try Snapshot.open(path).generation
        // The same keys with other content, and the same name with other settings.
        var changed = CaptureFixture.prompts(3)
        changed[1].source = "something else"
        let conflict = try Ingest(options { $0.name = "other/test" }, model: model, prompts: changed)
        await #expect(throws: StoreError.self) { try await conflict.run(into: path) }
        let other = try Ingest(options { $0.elementType = "f16" }, model: model, prompts: CaptureFixture.prompts(3))
        await #expect(throws: StoreError.self) { try await other.run(into: path) }
        let after = try Snapshot.open(path)
        #expect(after.generation == before && after.captures.count == 1)
    }

    @Test func aFailureInTheFirstBatchLeavesNoStoreBehind() async throws {
        let folder = try TemporaryDirectory()
        let model = try CaptureFixture.model()
        // Weights blown up so that residuals no longer fit f16.
        let adapter = folder.path + "/adapter"
        try FileManager.default.copyItem(atPath: CaptureFixture.path("rank1"), toPath: adapter)
        let config = adapter + "/adapter_config.json"
        let text = try String(contentsOfFile: config, encoding: .utf8)
        try text.replacingOccurrences(of: "\"lora_alpha\": 8", with: "\"lora_alpha\": 8000000").write(
            toFile: config, atomically: true, encoding: .utf8)
        let ingest = try Ingest(
            options {
                $0.adapters = [adapter]
                $0.elementType = "f16"
            }, model: model, prompts: CaptureFixture.prompts(6))
        let error = await #expect(throws: CaptureError.self) { try await ingest.run(into: folder.path + "/s") }
        #expect(error.map { "\($0)".contains("does not fit f16; use --dtype bf16 or f32") } == true)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/s"))
        // A file is in the way: it stays.
        try Data("mine".utf8).write(to: URL(fileURLWithPath: folder.path + "/file"))
        let plain = try Ingest(options(), model: model, prompts: CaptureFixture.prompts(2))
        await #expect(throws: StoreError.self) { try await plain.run(into: folder.path + "/file") }
        #expect(FileManager.default.fileExists(atPath: folder.path + "/file"))
    }
}
