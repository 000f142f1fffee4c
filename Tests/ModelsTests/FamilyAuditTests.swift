import Foundation
import Tensor
import TensorFiles
import Testing

@testable import Models

/// What an auditor takes from a model of every family (logits, latents, adapter scalars, what is said), from tokens to numbers,
/// beside transformers, PEFT and PyTorch: `Fixtures/make_audit_fixtures.py`.
@Suite struct FamilyAuditTests {
    struct Family: Sendable, CustomTestStringConvertible {
        var name: String
        /// Adapted modules; 0 where no adapter was recorded.
        var adapted = 0
        var isStoredInBF16 = false
        /// Not where FamilyTests' recording has what greedy search says.
        var hasGreedy = false
        var testDescription: String { name }
    }

    static let families = [
        Family(name: "qwen2", adapted: 3, isStoredInBF16: true), Family(name: "qwen3", adapted: 15, hasGreedy: true),
        Family(name: "llama", adapted: 10, isStoredInBF16: true), Family(name: "llama-linear", hasGreedy: true),
        Family(name: "mistral", adapted: 21, isStoredInBF16: true),
        Family(name: "gemma", adapted: 12, isStoredInBF16: true, hasGreedy: true),
        Family(name: "gemma2", adapted: 21), Family(name: "phi3", adapted: 12, isStoredInBF16: true),
        Family(name: "phi3-long"), Family(name: "gpt2", adapted: 12), Family(name: "gpt2-bare", hasGreedy: true),
        Family(name: "neox", adapted: 8), Family(name: "neox-sequential", isStoredInBF16: true, hasGreedy: true),
    ]

    @Test(arguments: families) func theModelItself(family: Family) throws {
        let recorded = try Recorded(family.name)
        let decoder = try Decoder(folder: Fixture.path("families/\(family.name)"))
        try recorded.compareLogits("logits", decoder)
        try recorded.compareLatents("", SiteRun(decoder, recorded.prompts).sites)
        #expect(recorded.has("greedy") == family.hasGreedy)
        if family.hasGreedy { try recorded.compareGreedy("greedy", decoder) }
    }

    @Test(arguments: families.filter { $0.adapted > 0 }) func withItsAdapter(family: Family) throws {
        let recorded = try Recorded(family.name)
        let decoder = try Decoder(folder: Fixture.path("families/\(family.name)"))
        let folder = Fixture.path("audit/\(family.name)-lora")
        let isHere = FileManager.default.fileExists(atPath: folder)
        let adapter = try LoRAAdapter(
            folder: isHere ? folder : Fixture.path("families/\(family.name)-lora"), for: decoder.config)
        #expect(adapter.modules.count == family.adapted)
        let found = SiteRun(decoder, recorded.prompts, adapter).sites
        try recorded.compareLogits("lora/logits", decoder, adapter)
        try recorded.compareLatents("lora/", found)
        try recorded.compareGreedy("lora/greedy", decoder, adapter)
        // AdapterFamilyTests compares the sites of the other adapters.
        guard isHere else { return }
        for module in adapter.modules { try recorded.compare("lora/\(module.site.canonicalName)", in: found) }
        for layer in 0..<decoder.config.layerCount { try recorded.compare("lora/resid_post.\(layer)", in: found) }
    }

    /// Weights rounded to bf16, as people publish them, give what transformers gives in f32 on the same weights.
    @Test(arguments: families.filter { !$0.isStoredInBF16 }) func withWeightsInBF16(family: Family) throws {
        let recorded = try Recorded(family.name)
        let folder = try Self.rounded("families/\(family.name)")
        let decoder = try Decoder(folder: folder.path)
        let found = SiteRun(decoder, recorded.prompts).sites
        for layer in 0..<decoder.config.layerCount { try recorded.compare("bf16/resid_post.\(layer)", in: found) }
        try recorded.compareLogits("bf16/logits", decoder)
        try recorded.compareGreedy("bf16/greedy", decoder)
        // It is no other model's answer: the rounding shows.
        let exact = SiteRun(try Decoder(folder: Fixture.path("families/\(family.name)")), recorded.prompts).sites
        #expect(relativeError(exact["resid_post.0"] ?? [], found["resid_post.0"] ?? []) > 1e-3)
    }

    private static func rounded(_ fixture: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder(copying: fixture)
        let file = try Safetensors(folder: folder.path)
        let tensors = try file.entries.map { entry in
            let bytes = try file.bytes(entry)
            let bits: [UInt16]
            if entry.type == .float32 {
                bits = try Fixture.numbers(file, entry.name, Float.self).map(HalfPrecision.bfloat)
            } else {
                bits = stride(from: 0, to: bytes.count, by: 2).map { place in
                    let half = Float16(bitPattern: UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8)
                    return HalfPrecision.bfloat(Float(half))
                }
            }
            return TensorContent(
                name: entry.name, type: .bfloat16, shape: entry.shape,
                bytes: bits.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] })
        }
        try Data(Safetensors.encode(tensors)).write(to: URL(fileURLWithPath: folder.path + "/model.safetensors"))
        return folder
    }
}

/// What was recorded of one family, and how it is compared.
private struct Recorded {
    /// Of what is compared, max |Δ| over its rms.
    static let bound = 2e-4
    private let name: String
    private let fixture: Fixture
    var prompts: [[UInt32]] { fixture.prompts }

    init(_ name: String) throws {
        self.name = name
        fixture = try Fixture("families/\(name).safetensors", recording: "audit/\(name).safetensors")
    }

    func has(_ tensor: String) -> Bool { fixture.file[tensor] != nil }

    func compare(_ tensor: String, in sites: [String: [Float]]) throws {
        let site = tensor.split(separator: "/").last.map(String.init) ?? tensor
        let error = relativeError(sites[site] ?? [], try fixture.floats(tensor))
        #expect(error <= Recorded.bound, "\(name) \(tensor): \(error)")
    }

    /// The logits after every token of the longest prompt, those that generating draws from.
    func compareLogits(_ tensor: String, _ decoder: Decoder, _ adapter: LoRAAdapter? = nil) throws {
        let prompt = try #require(prompts.last)
        var workspace = Workspace()
        var nobody = Recorder()
        decoder.run(TokenBatch(prompts: [prompt]), adapter: adapter, workspace: &workspace, visitor: &nobody)
        // As if each token were the last one of a prompt.
        let found = decoder.lastLogits(TokenBatch(prompts: prompt.map { [$0] }), &workspace)
        let expected = try fixture.floats(tensor)
        #expect(expected.count == prompt.count * decoder.config.vocabularySize)
        let error = relativeError(found, expected)
        #expect(error <= Recorded.bound, "\(name) \(tensor): \(error)")
    }

    func compareGreedy(_ tensor: String, _ decoder: Decoder, _ adapter: LoRAAdapter? = nil) throws {
        let count = 16
        let tokens = try fixture.indices(tensor)
        // The longest prompt is left out where positions end before its answer does.
        let asked = Array(prompts.prefix(tokens.count / count))
        #expect(asked.count >= 2)
        var workspace = Workspace()
        let found = decoder.generate(
            asked, options: GenerationOptions(count: count), adapter: adapter, workspace: &workspace)
        #expect(Array(found.joined()) == tokens, "\(name) \(tensor)")
    }

    /// Latents of the residual stream that the decoder itself computed.
    func compareLatents(_ prefix: String, _ sites: [String: [Float]]) throws {
        for folder in ["sae-topk", "sae-jump@resid_post.1"] {
            let sae = try SparseAutoencoder(folder: Fixture.path("audit/" + folder))
            #expect(sae.source == Site(.residPost, layer: 1))
            let rows = try #require(sites[sae.source.canonicalName])
            let tensor = prefix + (folder.split(separator: "@").first.map(String.init) ?? folder)
            let values = try fixture.floats(tensor + "/value")
            let indices = try fixture.indices(tensor + "/index")
            let count = rows.count / sae.inputSize
            let k = values.count / count
            var found = (
                indices: [UInt32](repeating: 0, count: count * k), values: [Float](repeating: 0, count: count * k)
            )
            sae.encode(rows.span, count: count, k: k, indices: &found.indices, values: &found.values)
            let error = relativeError(found.values, values)
            #expect(error <= Recorded.bound, "\(name) \(tensor): \(error)")
            let rms = (values.reduce(0) { $0 + Double($1) * Double($1) } / Double(values.count)).squareRoot()
            for place in indices.indices where found.indices[place] != indices[place] {
                // Another latent stands here only where its neighbour in the row has the same value within the bound.
                let row = place / k * k
                let gap = (row..<row + k).filter { $0 != place }.map { abs(values[$0] - values[place]) }.min() ?? 0
                #expect(Double(gap) <= Recorded.bound * rms, "\(name) \(tensor): place \(place)")
            }
        }
    }
}
