import Capture
import Foundation
import Models
import Store
import Synchronization
import Tensor
import TensorFiles
import TestSupport
import Testing

/// Columns computed from stored ones, beside those that an ingest adds.
@Suite struct DeriveTests {
    let folder: TemporaryDirectory
    let model: LoadedModel

    init() throws {
        folder = try TemporaryDirectory()
        model = try CaptureFixture.model()
    }

    /// With metadata of types and orders that a table of the data set makes equal.
    private var prompts: [TokenizedPrompt] {
        CaptureFixture.prompts(60).enumerated().map { number, prompt in
            var prompt = prompt
            prompt.metadata +=
                number % 3 == 0
                ? [("n", .int(number)), ("x", .bool(true))] : [("x", .bool(false)), ("n", .double(0.5))]
            return prompt
        }
    }

    private func sae(_ name: String) throws -> SparseAutoencoder {
        try SparseAutoencoder(folder: name.contains("=") ? name : CaptureFixture.path(name))
    }

    private func ingest(_ store: String, _ change: (inout CaptureRequest) throws -> Void) async throws {
        var request = try CaptureFixture.request("base/test")
        try change(&request)
        let plan = try CapturePlan(request, model: model, prompts: prompts)
        _ = try await CaptureSession(plan, model: model).run(into: StoreWriter(path: folder.file(store)))
    }

    @discardableResult private func derive(
        _ store: String, _ request: DeriveRequest, threads: Int = 2, chunkBytes: Int = 64 << 20,
        isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) throws -> DeriveSession.Outcome {
        let snapshot = try Snapshot.open(folder.file(store))
        let plan = try DerivePlan(request, of: snapshot.captures[0], in: snapshot)
        return try DeriveSession(plan, in: snapshot, chunkBytes: chunkBytes).run(
            into: StoreWriter(path: folder.file(store)), threads: threads, isInterrupted: isInterrupted)
    }

    /// Names of the chunk files: digests of their bytes.
    private func chunks(_ store: String) throws -> [String] {
        (FileManager.default.enumerator(atPath: folder.file(store) + "/chunks")?.compactMap { $0 as? String } ?? [])
            .filter { $0.contains("/") }.sorted()
    }

    private func resid(_ request: inout CaptureRequest) { request.sites = [Site(.residPost, layer: 1)] }

    @Test(arguments: [1, 2, 3]) func latentsAreBitForBitThoseOfAnIngest(threads: Int) async throws {
        let autoencoders = [try sae("sae-topk"), try sae("autoencoders/standard-bf16"), try sae("sae-gated")]
        for store in ["a", "b"] { try await ingest(store) { resid(&$0) } }
        try await ingest("a") {
            $0.sites = [Site(.residPost, layer: 1), Site(.sae)]
            $0.autoencoders = autoencoders
            $0.topK = 6
        }
        let request = DeriveRequest(autoencoders: autoencoders, topK: 6)
        let rows = prompts.reduce(0) { $0 + $1.ids.count }
        let outcome = try derive("b", request, threads: threads)
        #expect(outcome.newRows == rows && outcome.committedRows == rows && outcome.newBytes == rows * 3 * 6 * 8)
        let found = try chunks("b")
        #expect(found == (try chunks("a")) && found.count == 2)
        #expect(try StoreVerification.run(folder.file("b")).isSound)
        // The same again adds nothing, and so does the ingest.
        #expect(try derive("b", request).newRows == 0)
        try await ingest("b") {
            $0.sites = [Site(.residPost, layer: 1), Site(.sae)]
            $0.autoencoders = autoencoders
            $0.topK = 6
        }
        #expect(try chunks("b") == found)
    }

    @Test func scalarsAreBitForBitThoseOfAnIngest() async throws {
        let adapter = try LoRAAdapter(folder: CaptureFixture.path("rank1"), for: model.config)
        for store in ["a", "b"] {
            try await ingest(store) {
                $0.adapter = adapter
                $0.sites = [Site(.mlpAct)]
            }
        }
        try await ingest("a") {
            $0.adapter = adapter
            $0.sites = [Site(.mlpAct), Site(.lora)]
        }
        let alone = try DeriveRequest(
            loading: [], adapters: [CaptureFixture.path("rank1")], topK: nil)
        try derive("b", alone)
        #expect(try chunks("b") == chunks("a"))
        let capture = try Snapshot.open(folder.file("b")).captures[0]
        #expect(capture.adapterModules.map(\.site.canonicalName) == ["lora.1.mlp.down_proj", "lora.2.mlp.down_proj"])
        #expect(capture.adapterModules.allSatisfy { $0.scale == 8 })
    }

    @Test func everyActiveLatentAndEveryStoredInput() async throws {
        try await ingest("s") { $0.sites = [Site(.residPost, layer: 1), Site(.z), Site(.mlpAct)] }
        var request = try DeriveRequest(
            loading: [CaptureFixture.path("sae-topk"), CaptureFixture.path("sae-standard")],
            source: "resid_post[layer=1]", adapters: [CaptureFixture.path("all-linear")],
            modules: ["o_proj", "mlp.down_proj"], topK: nil)
        try derive("s", request)
        let capture = try Snapshot.open(folder.file("s")).captures[0]
        #expect(capture.latentSpaces.map(\.topK) == [16, 64])
        #expect(capture.adapterModules.count == 6 && capture.groups.map(\.isComplete) == [true, true])
        request.modules = nil
        let error = #expect(throws: CaptureError.self) { try derive("s", request) }
        let text = "\(try #require(error))"
        #expect(
            text.contains("lora.0.self_attn.k_proj: what this module reads")
                || text.contains("lora.0.self_attn.q_proj: what"))
        #expect(text.contains("give --modules mlp.down_proj,self_attn.o_proj"))
        request.modules = ["nothing"]
        #expect(throws: CaptureError.self) { try derive("s", request) }
    }

    @Test func anInterruptedDerivationGoesOn() async throws {
        let request = DeriveRequest(autoencoders: [try sae("sae-topk")], topK: 5)
        for store in ["a", "b"] { try await ingest(store) { resid(&$0) } }
        try derive("a", request, chunkBytes: 1000)
        #expect(try chunks("a").count > 6)
        var committed = 0
        for asked in [0, 2, 3, 4] {
            let calls = Mutex(0)
            let outcome = try derive("b", request, threads: 1, chunkBytes: 1000) {
                calls.withLock {
                    $0 += 1
                    return $0 > asked
                }
            }
            #expect(outcome.isInterrupted && outcome.committedRows - outcome.newRows == committed)
            committed = outcome.committedRows
        }
        #expect(committed > 0)
        #expect(try Snapshot.open(folder.file("b")).captures[0].groups.map(\.isComplete) == [true, false])
        #expect(try !derive("b", request, chunkBytes: 1000).isInterrupted)
        #expect(try chunks("b") == chunks("a"))
        #expect(try StoreVerification.run(folder.file("b")).isSound)
    }

    @Test func whatIsNotThereIsNamed() async throws {
        try await ingest("s") { $0.sites = [Site(.residPost, layer: 0), Site(.mlpAct, layer: 1)] }
        func refused(_ request: DeriveRequest) throws -> String {
            let before = try chunks("s")
            let error = #expect(throws: CaptureError.self) { try derive("s", request) }
            #expect(try chunks("s") == before)
            return "\(try #require(error))"
        }
        let missing = try refused(DeriveRequest(autoencoders: [try sae("sae-topk")]))
        #expect(
            missing.contains("base/test: resid_post.1, which sae.1.sae-topk reads, is not stored; it has resid_post.0"))
        let capture = try Snapshot.open(folder.file("s")).captures[0]
        #expect(try !DerivePlan.canRead(DeriveRequest(autoencoders: [try sae("sae-topk")]), capture))
        let rank1 = try LoRAAdapter(folder: CaptureFixture.path("rank1"), for: nil)
        #expect(
            try refused(DeriveRequest(adapters: [DerivedAdapter(rank1)])).contains(
                "mlp_act.2, which lora.2.mlp.down_proj reads"))
        let moved =
            CaptureFixture.path("autoencoders/gemma-scope-2b-pt-res/layer_1/width_64/average_l0_9") + "@mlp_act.1"
        #expect(
            try refused(DeriveRequest(autoencoders: [try SparseAutoencoder(folder: moved)])).contains(
                "reads 32 numbers, mlp_act.1 has 56"))
        #expect(throws: CaptureError.self) {
            try DeriveRequest(loading: [], topK: 3)
        }
        #expect(throws: CaptureError.self) {
            try DeriveRequest(
                loading: [CaptureFixture.path("sae-topk")], source: "nowhere", topK: 3)
        }
        // Another autoencoder under the same name.
        try await ingest("t") { resid(&$0) }
        try derive("t", DeriveRequest(autoencoders: [try sae("sae-topk")], topK: 3))
        let conflict = #expect(throws: CaptureError.self) {
            try derive("t", DeriveRequest(autoencoders: [try sae("sae-topk")], topK: 4))
        }
        #expect(
            "\(try #require(conflict))".contains(
                "has sae.1.sae-topk with 3 latents a token, not 4; give this one a name"))
        let namesake = try sae("x=\(CaptureFixture.path("sae-standard"))@resid_post.1")
        #expect(namesake.name == "x" && namesake.site.canonicalName == "sae.1.x")
        try derive("t", DeriveRequest(autoencoders: [namesake], topK: 3))
        let taken = #expect(throws: CaptureError.self) {
            try derive(
                "t", DeriveRequest(autoencoders: [try sae("x=\(CaptureFixture.path("sae-topk"))")], topK: 3))
        }
        #expect("\(try #require(taken))".contains("has sae.1.x of another autoencoder"))
        // Another adapter's model.
        let linear = try LoRAAdapter(folder: CaptureFixture.path("all-linear"), for: model.config)
        try await ingest("u") {
            $0.adapter = linear
            $0.sites = [Site(.mlpAct)]
        }
        let other = #expect(throws: CaptureError.self) {
            try derive("u", DeriveRequest(adapters: [DerivedAdapter(rank1)]))
        }
        #expect("\(try #require(other))".contains("captured with another adapter"))
        #expect("\(try #require(other))".contains("--adapter NAME=DIR"))
    }

    /// Several adapters on the same rows, each under a name of its own, and one of which only a layer's input is stored.
    @Test func adaptersWithNamesAndLayersThatAreStored() async throws {
        try await ingest("s") { $0.sites = [Site(.z), Site(.mlpAct, layer: 1)] }
        let (rank1, linear) = (CaptureFixture.path("rank1"), CaptureFixture.path("all-linear"))
        // rank1 adapts layers 1 and 2, of which 1 can be read.
        let whole = try DeriveRequest(loading: [], adapters: ["one=\(rank1)"], topK: nil)
        let missing = #expect(throws: CaptureError.self) { try derive("s", whole) }
        #expect("\(try #require(missing))".contains("or say which of the adapter's with --layers"))
        var request = try DeriveRequest(loading: [], adapters: ["one=\(rank1)"], layers: "0:2", topK: nil)
        let snapshot = try Snapshot.open(folder.file("s"))
        let plan = try DerivePlan(request, of: snapshot.captures[0], in: snapshot)
        #expect(plan.sites.map(\.canonicalName) == ["lora.1.one:mlp.down_proj"])
        #expect(plan.leftOut.map(\.canonicalName) == ["lora.2.one:mlp.down_proj"])
        try derive("s", request)
        request = try DeriveRequest(
            loading: [], adapters: [linear, "two=\(linear)"], modules: ["o_proj"], topK: nil)
        try derive("s", request)
        let capture = try Snapshot.open(folder.file("s")).captures[0]
        let names = capture.adapterModules.map(\.site.canonicalName)
        #expect(names.contains("lora.0.self_attn.o_proj") && names.contains("lora.2.two:self_attn.o_proj"))
        #expect(names.count == 7)
        // What has a name holds the same numbers as what has none.
        let now = try Snapshot.open(folder.file("s"))
        let site = Site(.lora, layer: 1, part: "self_attn.o_proj")
        let own = try CaptureFixture.floats(now, capture, .site(site))
        #expect(try own == CaptureFixture.floats(now, capture, .site(site.ofAdapter("two"))))
        #expect(own.contains { $0 != 0 })
        // Another adapter under a name that is taken, though no column is the same.
        for adapter in [rank1, "two=\(rank1)"] {
            request = try DeriveRequest(loading: [], adapters: [adapter], layers: "1", topK: nil)
            let taken = #expect(throws: CaptureError.self) { try derive("s", request) }
            #expect("\(try #require(taken))".contains("has the scalars of another adapter, lora.0."))
        }
        for (adapters, layers, says) in [
            ([rank1, rank1], nil, "two adapters have no name"),
            (["a=\(rank1)", "a=\(linear)"], nil, "two adapters are called a"),
            ([rank1], "7", "changes nothing in layers 7; it changes layers 1, 2"),
            ([], "7", "--layers goes with --adapter"),
        ] as [([String], String?, String)] {
            let error = #expect(throws: CaptureError.self) {
                let request = try DeriveRequest(
                    loading: adapters.isEmpty ? [CaptureFixture.path("sae-topk")] : [], adapters: adapters,
                    layers: layers, topK: 3)
                try derive("s", request)
            }
            #expect("\(try #require(error))".contains(says))
        }
        #expect(throws: FileError.self) {
            try DeriveRequest(loading: [], adapters: ["1a=\(rank1)"], topK: nil)
        }
    }

    /// Gemma 2 normalises what its blocks give before it is added: a module's output is no site there.
    @Test func whatAModelNormalisesFirstIsNoSite() async throws {
        let gemma = try LoadedModel(folder: CaptureFixture.path("families/gemma2"))
        let autoencoder = try sae("autoencoders/sae-tiny-2x/layers.1.mlp")
        var request = try CaptureFixture.request("gemma/test")
        request.sites = [Site(.mlpOut, layer: 1)]
        let prompts = CaptureFixture.prompts(3).map { prompt in
            var prompt = prompt
            prompt.ids = prompt.ids.map { $0 % 90 }
            return prompt
        }
        let plan = try CapturePlan(request, model: gemma, prompts: prompts)
        _ = try await CaptureSession(plan, model: gemma).run(into: StoreWriter(path: folder.file("g")))
        let later = #expect(throws: CaptureError.self) { try derive("g", DeriveRequest(autoencoders: [autoencoder])) }
        #expect("\(try #require(later))".contains("what goes into a norm of this model"))
        request.sites = [Site(.sae)]
        request.autoencoders = [autoencoder]
        let once = #expect(throws: CaptureError.self) { try CapturePlan(request, model: gemma, prompts: prompts) }
        #expect("\(try #require(once))".contains("what goes into a norm of this model"))
    }

    @Test(arguments: [ElementType.float16, .bfloat16, .int8]) func whatWasRoundedIsSaid(type: ElementType) async throws
    {
        try await ingest("s") {
            resid(&$0)
            $0.elementType = type
        }
        let request = DeriveRequest(autoencoders: [try sae("sae-topk")], topK: 4)
        let snapshot = try Snapshot.open(folder.file("s"))
        let plan = try DerivePlan(request, of: snapshot.captures[0], in: snapshot)
        #expect(plan.roundedSources.map(\.type) == [type] && plan.roundedSources[0].site == Site(.residPost, layer: 1))
        #expect(try derive("s", request).newRows == plan.capture.rowCount)
        // What is read back is encoded, not what was given.
        let again = try Snapshot.open(folder.file("s"))
        let space = try #require(again.captures[0].latentSpaces.first)
        let values = try CaptureFixture.floats(again, again.captures[0], .latentValue(space.site))
        #expect(values.contains { $0 > 0 })
    }
}
