import Capture
import Foundation
import Models
import Store
import Synchronization
import Tensor
import TestSupport
import Testing

/// Several captures in one walk through the model: the same bytes as one after another, with fewer layers run.
@Suite struct SharedLayersTests {
    /// Captures of the tiny model (3 layers): without adapter, and with one from layer 1 on and one from layer 0 on.
    private static func options(commitTokens: Int? = nil) -> [IngestOptions] {
        [("base", nil), ("late", "rank1"), ("later", "rank1"), ("early", "all-linear")].map { name, adapter in
            var options = IngestOptions(model: CaptureFixture.path("tiny"), prompts: "", name: "\(name)/test")
            options.adapters = adapter.map { [CaptureFixture.path($0)] } ?? []
            options.autoencoders = [CaptureFixture.path("sae-topk")]
            options.sites = "embed,resid_pre,resid_post,mlp_act.1,ln_final,logits,sae" + (adapter == nil ? "" : ",lora")
            options.topK = 4
            options.batchTokens = 20
            options.commitTokens = commitTokens
            return options
        }
    }

    /// Chunk files by capture; a file's name is the digest of its bytes.
    private static func files(_ path: String) throws -> [String: [String]] {
        let snapshot = try Snapshot.open(path)
        return Dictionary(
            uniqueKeysWithValues: snapshot.captures.map { ($0.name, $0.groups.flatMap { $0.chunks.map(\.name) }) })
    }

    @Test(arguments: [nil, 40] as [Int?]) func theSameFilesAsOneAfterAnother(commitTokens: Int?) async throws {
        let folder = try TemporaryDirectory()
        let model = try CaptureFixture.model()
        let prompts = CaptureFixture.prompts(23)
        let all = Self.options(commitTokens: commitTokens)
        let together = try await Ingest(all, model: model, prompts: prompts).run(into: folder.path + "/together")
        var passes = 0
        for options in all {
            passes += try await Ingest(options, model: model, prompts: prompts).run(into: folder.path + "/apart")
                .layerPasses
        }
        let files = try Self.files(folder.path + "/together")
        #expect(try files == Self.files(folder.path + "/apart"))
        #expect(files.count == 4 && files.values.allSatisfy { commitTokens == nil ? $0.count == 1 : $0.count > 2 })
        // Layer 0 is run without adapter once for three of them: 3 + 2 + 2 + 3 layers instead of 4 · 3.
        #expect(passes % 12 == 0 && together.layerPasses == passes / 12 * 10)
        #expect(together.tokens == prompts.reduce(0) { $0 + $1.ids.count })
        let again = try await Ingest(all, model: model, prompts: prompts).run(into: folder.path + "/together")
        #expect(again.newRows == 0 && again.layerPasses == 0)
    }

    /// Captures that are done up to different places are each taken up where they were, with the same numbers.
    @Test func interruptedCapturesGoOnWithTheSameBytes() async throws {
        let folder = try TemporaryDirectory()
        let model = try CaptureFixture.model()
        let prompts = CaptureFixture.prompts(40)
        let all = Self.options(commitTokens: 30)
        _ = try await Ingest(all, model: model, prompts: prompts).run(into: folder.path + "/whole")
        let path = folder.path + "/s"
        _ = try await Ingest(all[1], model: model, prompts: prompts).run(into: path, isInterrupted: Self.after(6))
        let part = try await Ingest(all, model: model, prompts: prompts).run(into: path, isInterrupted: Self.after(3))
        #expect(part.isInterrupted && part.newRows > 0)
        let states = try Snapshot.open(path).captures.map(\.rowCount)
        #expect(Set(states).count > 1, "captures stand at different places: \(states)")
        let rest = try await Ingest(all, model: model, prompts: prompts).run(into: path)
        #expect(!rest.isInterrupted)
        #expect(try Self.files(path) == Self.files(folder.path + "/whole"))
    }

    /// What is added to a capture takes no more of the model than it needs, and a column of numbers nothing of it.
    @Test func columnsThatAreAddedRunOnlyWhatTheyTake() async throws {
        let folder = try TemporaryDirectory()
        let model = try CaptureFixture.model()
        let prompts = CaptureFixture.prompts(23)
        let path = folder.path + "/s"
        var options = Self.options()[1]
        options.sites = "resid_post.2"
        let first = try await Ingest(options, model: model, prompts: prompts).run(into: path)
        let batches = first.layerPasses / 3
        for (sites, layers) in [
            ("resid_post.2,embed", 0), ("resid_post.2,embed,mlp_out.0", 1), ("resid_post.2,sae,lora", 3),
        ] {
            options.sites = sites
            let outcome = try await Ingest(options, model: model, prompts: prompts).run(into: path)
            #expect(outcome.newRows == first.newRows && outcome.layerPasses == layers * batches, "\(sites)")
        }
        var numbered = prompts
        for index in numbered.indices {
            numbered[index].tokenNumbers = [("kl", numbered[index].ids.map { Double($0) })]
        }
        let outcome = try await Ingest(options, model: model, prompts: numbered).run(into: path)
        #expect(outcome.newRows == first.newRows && outcome.layerPasses == 0)
        options.sites = "embed,resid_post.2,mlp_out.0,sae,lora"
        _ = try await Ingest(options, model: model, prompts: numbered).run(into: folder.path + "/once")
        let (many, one) = (try Snapshot.open(path), try Snapshot.open(folder.path + "/once"))
        #expect(Set(many.captures[0].columns) == Set(one.captures[0].columns))
        for column in one.captures[0].columns where column.elementType == .float32 {
            #expect(
                try CaptureFixture.floats(many, many.captures[0], column.id)
                    == CaptureFixture.floats(one, one.captures[0], column.id), "\(column.id.canonicalName)")
        }
    }

    private static func after(_ calls: Int) -> @Sendable () -> Bool {
        let asked = Counter()
        return { asked.next() > calls }
    }

    private final class Counter: Sendable {
        private let count = Mutex(0)
        func next() -> Int {
            count.withLock {
                $0 += 1; return $0
            }
        }
    }

    @Test func namesOfSeveralAdapters() throws {
        func names(_ change: (inout IngestOptions) -> Void) throws -> [String] {
            var options = IngestOptions(model: "m", prompts: "p", name: "data")
            change(&options)
            return try options.captures().map { "\($0.name) \($0.adapter ?? "-")" }
        }
        #expect(try names { $0.name = "a/b" } == ["a/b -"])
        #expect(
            try names {
                $0.name = "a/b"
                $0.adapters = ["dir"]
            } == ["a/b dir"])
        #expect(
            try names {
                $0.adapters = ["tuned=dir1", "poser/x=dir2=3"]
                $0.base = "base"
            } == ["base/data -", "tuned/data dir1", "poser/x/data dir2=3"])
        let refused: [(String, (inout IngestOptions) -> Void)] = [
            ("is not of the form", { $0.adapters = [] }), ("is not of the form", { $0.adapters = ["dir"] }),
            ("name each", { $0.adapters = ["d1", "d2"] }), ("has no name", { $0.adapters = ["a=d1", "d2"] }),
            ("is not of the form", { $0.adapters = ["=d1"] }), ("--base names", { $0.base = "base" }),
            (
                "and so does --adapter",
                {
                    $0.name = "a/b"
                    $0.adapters = ["a=d1"]
                }
            ),
        ]
        for (says, change) in refused {
            let error = #expect(throws: CaptureError.self) { try names(change) }
            #expect(error.map { "\($0)".contains(says) } == true, "\(error.map { "\($0)" } ?? "")")
        }
    }

    @Test func twoCapturesOfOneNameAreRefused() throws {
        let model = try CaptureFixture.model()
        let error = #expect(throws: CaptureError.self) {
            try Ingest([Self.options()[0], Self.options()[0]], model: model, prompts: CaptureFixture.prompts(2))
        }
        #expect(error.map { "\($0)".contains("two captures are called base/test") } == true)
    }

    @Test func theBareModelHasNoScalars() throws {
        let model = try CaptureFixture.model()
        var options = IngestOptions(model: "", prompts: "", name: "test")
        options.adapters = ["a=\(CaptureFixture.path("rank1"))", "b=\(CaptureFixture.path("all-linear"))"]
        options.base = "base"
        options.sites = "resid_post,lora"
        let plans = try Ingest(options, model: model, prompts: CaptureFixture.prompts(2)).plans
        #expect(plans.map(\.request.name.model) == ["base", "a", "b"])
        #expect(
            plans.map { plan in plan.siteCounts.map(\.name) } == [
                ["resid_post"], ["resid_post", "lora"], ["resid_post", "lora"],
            ])
        options.sites = "lora"
        let error = #expect(throws: CaptureError.self) {
            try Ingest(options, model: model, prompts: CaptureFixture.prompts(2))
        }
        #expect(error.map { "\($0)".contains("leaves nothing to capture of base/test") } == true)
    }
}
