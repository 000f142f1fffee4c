import Foundation
import Models
import Tensor
import TensorFiles
import Testing

/// Every family beside what transformers and PEFT compute: `Fixtures/make_family_fixtures.py`.
@Suite struct FamilyTests {
    static let names = [
        "qwen2", "qwen3", "llama", "llama-linear", "mistral", "gemma", "gemma2", "phi3", "phi3-long", "gpt2",
        "gpt2-bare", "neox", "neox-sequential",
    ]
    static let bound = 2e-4

    private static func fixture(_ name: String) throws -> (Fixture, Decoder) {
        (try Fixture("families/\(name).safetensors"), try Decoder(folder: Fixture.path("families/\(name)")))
    }

    @Test(arguments: names) func everySiteEqualsTransformers(name: String) throws {
        let (fixture, decoder) = try Self.fixture(name)
        let found = SiteRun(decoder, fixture.prompts, finish: .logits)
        let sites = fixture.names("base").filter { !$0.hasPrefix("logits.") }
        #expect(sites.filter { $0.hasSuffix(".1") }.count == (decoder.config.isParallel ? 10 : 11))
        for site in sites {
            let error = relativeError(found.sites[site] ?? [], try fixture.floats("base/\(site)"))
            #expect(error <= Self.bound, "\(name) \(site): \(error)")
        }
        // Nothing is offered that the recording does not know.
        let layerSites = found.sites.keys.filter { $0.hasSuffix(".1") }
        #expect(Set(layerSites) == Set(sites.filter { $0.hasSuffix(".1") }))
        #expect((decoder.config.width(of: .residMid) == nil) == decoder.config.isParallel)
    }

    @Test(arguments: names) func logitStatisticsEqualTransformers(name: String) throws {
        let (fixture, decoder) = try Self.fixture(name)
        let found = try #require(SiteRun(decoder, fixture.prompts, finish: .logits).logits)
        #expect(found.argmaxToken == (try fixture.indices("base/logits.argmax_token")))
        #expect(relativeError(found.argmaxProbability, try fixture.floats("base/logits.argmax_prob")) <= Self.bound)
        #expect(relativeError(found.entropy, try fixture.floats("base/logits.entropy")) <= Self.bound)
        let next = try fixture.floats("base/logits.next_logprob")
        #expect(found.nextLogProbability.map(\.isNaN) == next.map(\.isNaN))
        let known = next.indices.filter { !next[$0].isNaN }
        #expect(
            relativeError(known.map { found.nextLogProbability[$0] }, known.map { next[$0] }) <= Self.bound)
    }

    @Test(arguments: names) func modulesAreThoseOfTheFiles(name: String) throws {
        let config = try ModelConfig(folder: Fixture.path("families/\(name)"))
        let file = try Safetensors(folder: Fixture.path("families/\(name)"))
        for module in config.linearModules {
            let entry = try #require(file.entries.first { $0.name.hasSuffix(".1.\(module.path).weight") })
            let shape = [module.outputs, module.inputs]
            #expect(entry.shape == (config.tensors.isTransposed ? shape.reversed() : shape))
            #expect(file.entries.contains { $0.name.hasSuffix(".1.\(module.path).bias") } == module.hasBias)
        }
    }

    @Test(arguments: names) func aPassCanBeginAtAnyLayer(name: String) throws {
        let (fixture, decoder) = try Self.fixture(name)
        let whole = SiteRun(decoder, fixture.prompts, finish: .logits)
        let batch = TokenBatch(prompts: fixture.prompts)
        var workspace = Workspace()
        var lower = Recorder()
        decoder.run(batch, layers: 0..<1, workspace: &workspace, visitor: &lower)
        let stream = workspace.residualStream(rows: batch.ids.count)
        // Something else runs in between.
        var other = Recorder()
        decoder.run(TokenBatch(prompts: [[1, 2, 3]]), workspace: &workspace, visitor: &other)
        workspace.resume(from: stream)
        var upper = Recorder()
        decoder.run(
            batch, layers: 1..<decoder.config.layerCount, finish: .norm, workspace: &workspace, visitor: &upper)
        #expect(lower.sites.merging(upper.sites) { $1 } == whole.sites)
        #expect(lower.sites["embed"] != nil && upper.sites["embed"] == nil)
    }

    @Test(arguments: names) func blocksOfQueriesChangeNothing(name: String) throws {
        let (fixture, decoder) = try Self.fixture(name)
        let whole = SiteRun(decoder, fixture.prompts)
        let small = SiteRun(decoder, fixture.prompts, queryBlock: 4)
        for (site, values) in whole.sites {
            let error = relativeError(small.sites[site] ?? [], values)
            #expect(error < 2e-5, "\(site): \(error)")
        }
    }
}

/// One pass and all that it showed.
struct SiteRun {
    var sites: [String: [Float]] { recorder.sites }
    var logits: LogitStatistics? { recorder.logits }
    private var recorder = Recorder()

    init(
        _ decoder: Decoder, _ prompts: [[UInt32]], _ adapter: LoRAAdapter? = nil, finish: PassEnd = .none,
        queryBlock: Int = 128
    ) {
        var workspace = Workspace(queryBlock: queryBlock)
        decoder.run(
            TokenBatch(prompts: prompts), adapter: adapter, finish: finish, workspace: &workspace, visitor: &recorder)
    }
}
