import Foundation
import Models
import Tensor
import TensorFiles
import Testing

/// Adapters of every family and of every way to name modules, beside what PEFT computes.
@Suite struct AdapterFamilyTests {
    private static let bound = 2e-4

    private static func decoder(_ family: String) throws -> (Fixture, Decoder) {
        (try Fixture("families/\(family).safetensors"), try Decoder(folder: Fixture.path("families/\(family)")))
    }

    /// Fused modules, Conv1D, parallel blocks: scalars and all that follows from them.
    @Test(arguments: ["llama", "phi3", "gpt2", "neox"]) func everySiteEqualsPEFT(family: String) throws {
        let (fixture, decoder) = try Self.decoder(family)
        let adapter = try LoRAAdapter(folder: Fixture.path("families/\(family)-lora"), for: decoder.config)
        let found = SiteRun(decoder, fixture.prompts, adapter).sites
        let sites = fixture.names("lora").filter { !$0.hasPrefix("logits") }
        let scalars = sites.filter { $0.hasPrefix("lora.") }
        #expect(scalars.count >= 8 && scalars.count == adapter.modules.count)
        #expect(Set(scalars) == Set(found.keys.filter { $0.hasPrefix("lora.") }))
        for site in sites where site != "ln_final" {
            let error = relativeError(found[site] ?? [], try fixture.floats("lora/\(site)"))
            #expect(error <= Self.bound, "\(family) \(site): \(error)")
        }
    }

    @Test(arguments: [("regex", "llama"), ("layers", "gpt2"), ("unsloth", "qwen2")])
    func patternsChooseWhatPEFTChooses(name: String, family: String) throws {
        let (fixture, decoder) = try Self.decoder(family)
        let recorded = try Fixture("families/\(family).safetensors", recording: "adapters.safetensors")
        let adapter = try LoRAAdapter(folder: Fixture.path("adapters/\(name)"), for: decoder.config)
        let scales = recorded.names("\(name)/scale")
        #expect(adapter.modules.map(\.site.canonicalName).sorted() == scales.sorted())
        let found = SiteRun(decoder, fixture.prompts, adapter).sites
        for module in adapter.modules {
            let site = module.site.canonicalName
            let scale = try Fixture.numbers(recorded.file, "\(name)/scale/\(site)", Double.self)
            #expect(abs(module.scale - scale[0]) <= 1e-12 * scale[0], "\(site)")
            let error = relativeError(found[site] ?? [], try recorded.floats("\(name)/\(site)"))
            #expect(error <= Self.bound, "\(name) \(site): \(error)")
        }
    }

    /// Without a model the same matrices are read and the same inputs known.
    @Test(arguments: ["llama", "phi3", "gpt2", "neox"]) func anAdapterAloneKnowsItsInputs(family: String) throws {
        let config = try ModelConfig(folder: Fixture.path("families/\(family)"))
        let folder = Fixture.path("families/\(family)-lora")
        let with = try LoRAAdapter(folder: folder, for: config)
        let without = try LoRAAdapter(folder: folder, for: nil)
        #expect(with.digest == without.digest)
        let inputs = without.modules.filter { $0.site.layer == 1 }.compactMap(\.source)
        #expect(inputs == [Site(.z, layer: 1), Site(.mlpAct, layer: 1)])
        #expect(
            with.modules.filter { $0.source != nil }.map(\.site)
                == without.modules.filter { $0.source != nil }.map(\.site))
        #expect(with.modules.first { $0.source?.point == .z }?.inputSize == config.width(of: .z))
    }

    /// What is derived from stored inputs later has the bits of the capture.
    @Test func scalarsOfARowDoNotDependOnItsCompany() throws {
        let (fixture, decoder) = try Self.decoder("llama")
        let adapter = try LoRAAdapter(folder: Fixture.path("families/llama-lora"), for: nil)
        let run = SiteRun(
            decoder, fixture.prompts, try LoRAAdapter(folder: Fixture.path("families/llama-lora"), for: decoder.config))
        let module = try #require(adapter.modules.first { $0.source == Site(.mlpAct, layer: 2) })
        let inputs = try #require(run.sites["mlp_act.2"])
        let expected = try #require(run.sites[module.site.canonicalName])
        for row in 0..<inputs.count / module.inputSize {
            let part = Array(inputs[row * module.inputSize..<(row + 1) * module.inputSize])
            var scalars = [Float](repeating: 0, count: module.rank)
            var span = scalars.mutableSpan
            module.scalars(part.span, count: 1, into: &span)
            #expect(scalars == Array(expected[row * module.rank..<(row + 1) * module.rank]))
        }
    }
}
