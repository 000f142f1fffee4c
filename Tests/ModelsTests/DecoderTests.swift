import Models
import Tensor
import Testing

@Suite struct DecoderTests {
    static func run(
        _ decoder: Decoder, _ prompts: [[UInt32]], _ adapter: LoRAAdapter? = nil, queryBlock: Int = 256,
        layers: Range<Int>? = nil
    ) -> [String: [Float]] {
        var recorder = Recorder()
        var workspace = Workspace(queryBlock: queryBlock)
        decoder.run(
            TokenBatch(prompts: prompts), adapter: adapter, layers: layers, workspace: &workspace, visitor: &recorder)
        return recorder.sites
    }

    @Test(arguments: ["tiny", "untied"]) func everySiteEqualsTransformers(model: String) throws {
        let fixture = try Fixture()
        let found = Self.run(try Decoder(folder: Fixture.path(model)), fixture.prompts)
        let names = fixture.names(model)
        #expect(names.count >= 2)
        for name in names {
            let error = relativeError(found[name] ?? [], try fixture.floats("\(model)/\(name)"))
            #expect(error <= 2e-5, "\(model) \(name): \(error)")
        }
    }

    @Test(arguments: ["rank1", "all-linear"]) func adaptersEqualPEFT(name: String) throws {
        let fixture = try Fixture()
        let decoder = try Decoder(folder: Fixture.path("tiny"))
        let adapter = try LoRAAdapter(folder: Fixture.path(name), for: decoder.config)
        let found = Self.run(decoder, fixture.prompts, adapter)
        let sites = fixture.names(name)
        #expect(sites.filter { $0.hasPrefix("lora") }.count == (name == "rank1" ? 2 : 21))
        #expect(found.keys.filter { $0.hasPrefix("lora") }.count == adapter.modules.count)
        for site in sites {
            let error = relativeError(found[site] ?? [], try fixture.floats("\(name)/\(site)"))
            #expect(error <= 5e-5, "\(name) \(site): \(error)")
        }
    }

    @Test func batchingChangesNothing() throws {
        let fixture = try Fixture()
        let decoder = try Decoder(folder: Fixture.path("tiny"))
        let together = Self.run(decoder, fixture.prompts)
        var apart: [String: [Float]] = [:]
        for prompt in fixture.prompts {
            for (name, values) in Self.run(decoder, [prompt], queryBlock: 5) { apart[name, default: []] += values }
        }
        #expect(together.count == apart.count)
        for (name, values) in together {
            let error = relativeError(apart[name] ?? [], values)
            #expect(error < 1e-5, "\(name): \(error)")
        }
    }

    @Test func workspaceCarriesNothingOver() throws {
        let fixture = try Fixture()
        let decoder = try Decoder(folder: Fixture.path("tiny"))
        var workspace = Workspace()
        var first = Recorder()
        var second = Recorder()
        let batch = TokenBatch(prompts: [fixture.prompts[1]])
        decoder.run(batch, workspace: &workspace, visitor: &first)
        var between = Recorder()
        decoder.run(TokenBatch(prompts: fixture.prompts), workspace: &workspace, visitor: &between)
        decoder.run(batch, workspace: &workspace, visitor: &second)
        #expect(first.sites == second.sites)
    }

    @Test func stopsAtTheLastLayerAskedFor() throws {
        let fixture = try Fixture()
        let decoder = try Decoder(folder: Fixture.path("tiny"), layers: 2)
        let found = Self.run(decoder, fixture.prompts, layers: 0..<2)
        #expect(found["resid_post.1"] != nil)
        #expect(found["resid_post.2"] == nil)
        #expect(Self.run(decoder, [[]]).isEmpty)
    }

    @Test func digestsTellWeightsApart() throws {
        let tiny = try Decoder(folder: Fixture.path("tiny"))
        #expect(tiny.digest == (try Decoder(folder: Fixture.path("tiny"))).digest)
        #expect(tiny.digest != (try Decoder(folder: Fixture.path("untied"))).digest)
        let one = try LoRAAdapter(folder: Fixture.path("rank1"), for: tiny.config)
        let other = try LoRAAdapter(folder: Fixture.path("all-linear"), for: tiny.config)
        #expect(one.digest != other.digest && one.digest.count == 32)
    }
}
