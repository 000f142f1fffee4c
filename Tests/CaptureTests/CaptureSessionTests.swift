import Capture
import Foundation
import Models
import Store
import Synchronization
import Tensor
import TestSupport
import Testing

@Suite struct CaptureSessionTests {
    @Test func storedColumnsEqualTheForwardPass() async throws {
        let folder = try TemporaryDirectory()
        let model = try CaptureFixture.model()
        var request = try CaptureFixture.request()
        request.adapter = try LoRAAdapter(folder: CaptureFixture.path("all-linear"), for: model.config)
        request.autoencoders = [try SparseAutoencoder(folder: CaptureFixture.path("sae-topk"))]
        request.sites = [Site(.residPost), Site(.lora, layer: 2), Site(.sae), Site(.embed), Site(.mlpAct, layer: 0)]
        request.topK = 5
        let prompts = CaptureFixture.prompts(23)
        let plan = try CapturePlan(request, model: model, prompts: prompts)
        #expect(plan.rowCount == prompts.reduce(0) { $0 + $1.ids.count })
        #expect(plan.byteCount == plan.rowCount * plan.spec.rowBytes)
        let store = folder.path + "/store"
        var last = 0
        let outcome = try await CaptureSession(plan, model: model).run(into: StoreWriter(path: store)) { progress in
            #expect(progress.tokens > last && progress.totalTokens == plan.rowCount)
            last = progress.tokens
        }
        #expect(last == plan.rowCount && outcome.newRows == plan.rowCount && !outcome.isInterrupted)

        let snapshot = try Snapshot.open(store)
        let capture = try #require(snapshot.capture(model: "tiny", dataset: "test"))
        #expect(capture.isComplete && capture.rowCount == plan.rowCount && capture.adapterModules.count == 7)
        var recorder = SiteRecorder()
        var workspace = Workspace()
        model.decoder.run(
            TokenBatch(prompts: prompts.map(\.ids)), adapter: request.adapter, workspace: &workspace,
            visitor: &recorder)
        for column in capture.columns {
            guard case .site(let site) = column.id else { continue }
            let found = try CaptureFixture.floats(snapshot, capture, column.id)
            let expected = try #require(recorder.sites[site])
            // The session runs other batches than this one pass: products of another shape round otherwise, by the scale
            // of the numbers (here up to some tens), so the bound is relative to their rms.
            let rms = (expected.reduce(0) { $0 + $1 * $1 } / Float(expected.count)).squareRoot()
            let worst = zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) } / rms
            #expect(found.count == expected.count && worst < 5e-5, "\(site.canonicalName): \(worst) of rms \(rms)")
        }
        #expect(
            try CaptureFixture.indices(snapshot, capture, .tokenID) == prompts.flatMap(\.ids))
        #expect(
            try CaptureFixture.indices(snapshot, capture, .position)
                == prompts.flatMap { (0..<UInt32($0.ids.count)).map { $0 } })
        let sae = request.autoencoders[0]
        var indices = [UInt32](repeating: 0, count: plan.rowCount * 5)
        var values = [Float](repeating: 0, count: plan.rowCount * 5)
        let residuals = try CaptureFixture.floats(snapshot, capture, .site(Site(.residPost, layer: 1)))
        sae.encode(residuals.span, count: plan.rowCount, k: 5, indices: &indices, values: &values)
        #expect(try CaptureFixture.indices(snapshot, capture, .latentIndex(sae.site)) == indices)
        #expect(try snapshot.prompts(of: capture).keys == prompts.map(\.key))
    }

    @Test func aPromptBeyondTheModelsPositionsIsRefused() throws {
        let model = try CaptureFixture.model()
        let positions = try #require(model.config.maximumPositions)
        let long = TokenizedPrompt(
            key: "long", source: "", ids: [UInt32](repeating: 1, count: positions + 1),
            roles: [TokenRole](repeating: .text, count: positions + 1))
        #expect {
            _ = try CapturePlan(CaptureFixture.request(), model: model, prompts: [long])
        } throws: { "\($0)".contains("\(positions + 1) tokens") }
    }

    @Test func theSameCaptureAgainAddsNothing() async throws {
        let folder = try TemporaryDirectory()
        let model = try CaptureFixture.model()
        let plan = try CapturePlan(CaptureFixture.request(), model: model, prompts: CaptureFixture.prompts(4))
        let session = CaptureSession(plan, model: model)
        let first = try await session.run(into: StoreWriter(path: folder.path + "/s"))
        let second = try await session.run(into: StoreWriter(path: folder.path + "/s"))
        #expect(first.newRows == plan.rowCount && second.newRows == 0)
        #expect(second.committedRows == plan.rowCount)
        #expect(try Snapshot.open(folder.path + "/s").captures.count == 1)
    }

    @Test func anInterruptionCommitsNothingHalf() async throws {
        let folder = try TemporaryDirectory()
        let model = try CaptureFixture.model()
        let plan = try CapturePlan(CaptureFixture.request(), model: model, prompts: CaptureFixture.prompts(60))
        let asked = Mutex(0)
        let outcome = try await CaptureSession(plan, model: model).run(
            into: StoreWriter(path: folder.path + "/s"),
            isInterrupted: {
                asked.withLock { count in
                    count += 1
                    return count > 3
                }
            })
        #expect(outcome.isInterrupted && outcome.newRows == 0)
        #expect(try Snapshot.open(folder.path + "/s").captures.isEmpty)
        let resumed = try await CaptureSession(plan, model: model).run(into: StoreWriter(path: folder.path + "/s"))
        #expect(resumed.newRows == plan.rowCount)
    }

    @Test(arguments: [ElementType.float16, .bfloat16]) func narrowTypesRoundToNearest(type: ElementType) async throws {
        let folder = try TemporaryDirectory()
        let model = try CaptureFixture.model()
        var request = try CaptureFixture.request()
        request.elementType = type
        request.layers = [1]
        let plan = try CapturePlan(request, model: model, prompts: CaptureFixture.prompts(3))
        _ = try await CaptureSession(plan, model: model).run(into: StoreWriter(path: folder.path + "/s"))
        let capture = try #require(try Snapshot.open(folder.path + "/s").captures.first)
        let dense = capture.columns.filter { if case .site = $0.id { true } else { false } }
        #expect(dense.map(\.id.canonicalName) == ["resid_post.1"])
        #expect(dense.allSatisfy { $0.elementType == type })
    }

    /// Bytes with a scale per dimension: no number is further off than the session says, and f32 is off by nothing.
    @Test func lossyColumnsSayTheirError() async throws {
        let folder = try TemporaryDirectory()
        let model = try CaptureFixture.model()
        let prompts = CaptureFixture.prompts(9)
        var stored: [[Float]] = []
        var errors: [Double] = []
        for type in [ElementType.float32, .int8] {
            var request = try CaptureFixture.request()
            request.elementType = type
            let plan = try CapturePlan(request, model: model, prompts: prompts)
            let store = folder.path + "/" + type.rawValue
            let outcome = try await CaptureSession(plan, model: model).run(into: StoreWriter(path: store))
            let snapshot = try Snapshot.open(store)
            let capture = try #require(snapshot.captures.first)
            stored.append(try CaptureFixture.floats(snapshot, capture, .site(Site(.residPost, layer: 1))))
            errors.append(outcome.maximumError)
        }
        let worst = zip(stored[0], stored[1]).reduce(0) { max($0, Double(abs($1.0 - $1.1))) }
        #expect(errors[0] == 0)
        #expect(worst > 0 && worst <= errors[1])
    }
}
