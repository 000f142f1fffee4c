import Foundation
import Models
import Tensor
import TensorFiles
import Testing

@Suite struct LoRAAdapterTests {
    let config: ModelConfig

    init() throws { config = try ModelConfig(folder: Fixture.path("tiny")) }

    @Test func rankStabilisedScaleAndSites() throws {
        let adapter = try LoRAAdapter(folder: Fixture.path("rank1"), for: config)
        #expect(adapter.modules.map(\.site.canonicalName) == ["lora.1.mlp.down_proj", "lora.2.mlp.down_proj"])
        #expect(adapter.modules.allSatisfy { $0.rank == 1 && $0.scale == 8 && $0.bNorms.count == 1 })
        #expect(adapter.modules.allSatisfy { $0.bNorms[0] > 0.5 && $0.bNorms[0] < 5 })
    }

    @Test func patternsOverrideRankAndAlpha() throws {
        let adapter = try LoRAAdapter(folder: Fixture.path("all-linear"), for: config)
        #expect(adapter.modules.count == 21)
        func module(_ name: String) throws -> LoRAModule {
            try #require(adapter.modules.first { $0.site.canonicalName == name })
        }
        #expect(try module("lora.0.self_attn.q_proj").rank == 2)
        #expect(try module("lora.0.self_attn.q_proj").scale == 3)
        #expect(try module("lora.1.mlp.up_proj").rank == 3)
        #expect(try module("lora.2.mlp.up_proj").rank == 4)
        #expect(try module("lora.2.self_attn.v_proj").scale == 0.75)
        #expect(try module("lora.2.mlp.down_proj").scale == 1.5)
        #expect(try module("lora.2.mlp.down_proj").bNorms.count == 4)
    }

    @Test func anotherModelsAdapterIsRefused() throws {
        let other = try ModelConfig(folder: Fixture.path("untied"))
        let error = #expect(throws: FileError.self) {
            try LoRAAdapter(folder: Fixture.path("rank1"), for: other)
        }
        let text = "\(try #require(error))"
        #expect(text.contains("layer 2, the model has 2 layers"))

        var narrower = config
        narrower.feedForward.size = 48
        let shape = #expect(throws: FileError.self) {
            try LoRAAdapter(folder: Fixture.path("rank1"), for: narrower)
        }
        let message = "\(try #require(shape))"
        #expect(message.contains("layers.1.mlp.down_proj.lora_A.weight"))
        #expect(message.contains("[1, 56]") && message.contains("[1, 48]"))
    }

    @Test(arguments: [
        ("\"use_dora\": false", "\"use_dora\": true", "DoRA"),
        ("\"modules_to_save\": null", "\"modules_to_save\": [\"lm_head\"]", "modules_to_save"),
        ("\"bias\": \"none\"", "\"bias\": \"all\"", "trains biases"),
        ("\"peft_type\": \"LORA\"", "\"peft_type\": \"IA3\"", "IA3"),
        ("\"rank_pattern\": {}", "\"rank_pattern\": {\"(?=a)\": 2}", "looks around"),
        ("\"rank_pattern\": {}", "\"rank_pattern\": {\"down_proj\": 2}", "expected [2, 56]"),
        ("\"r\": 1", "\"r\": 0", "from 1"),
        ("\"down_proj\"", "\"up_proj\"", "does not cover model.layers.1.mlp.down_proj"),
        ("\"layers_to_transform\": [", "\"layers_to_transform\": [0, ", "covers model.layers.0.mlp.down_proj"),
    ])
    func whatWouldChangeTheNumbersIsRefused(old: String, new: String, says: String) throws {
        let folder = try TemporaryFolder(copying: "rank1")
        try folder.replace(old, by: new, in: "adapter_config.json")
        let error = #expect(throws: FileError.self) { try LoRAAdapter(folder: folder.path, for: config) }
        #expect("\(try #require(error))".contains(says))
    }

    @Test(arguments: [
        ("\"kasa_config\": null", "\"kasa_config\": {\"a\": 1}", "KaSA"),
        ("\"trainable_token_indices\": null", "\"trainable_token_indices\": [1]", "tokens of the embedding"),
        ("\"lora_bias\": false", "\"lora_bias\": true", "bias on lora_B"),
        ("\"init_lora_weights\": true", "\"init_lora_weights\": \"pissa_niter_16\"", "pissa_niter_16"),
        ("\"layers_pattern\": null", "\"layers_pattern\": \"blocks\"", "does not cover model.layers.1"),
        ("\"layers_pattern\": null", "\"layers_pattern\": \"lay.*\"", "regular expression"),
        ("\"exclude_modules\": null", "\"exclude_modules\": \".*layers.1.*\"", "does not cover model.layers.1"),
        ("\"alpha_pattern\": {}", "\"alpha_pattern\": {\"down_proj\": \"2\"}", "expected a number"),
        ("\"alpha_pattern\": {}", "\"alpha_pattern\": {\"down_proj\": 1e300}", "which no float holds"),
        ("\"lora_alpha\": 8", "\"lora_alpha\": 1e400", "lora_alpha"),
        ("\"r\": 1", "\"r\": 2", "expected [2, 56]"),
    ])
    func contradictionsAreRefused(old: String, new: String, says: String) throws {
        let folder = try TemporaryFolder(copying: "rank1")
        try folder.replace(old, by: new, in: "adapter_config.json")
        let error = #expect(throws: FileError.self) { try LoRAAdapter(folder: folder.path, for: config) }
        let text = "\(try #require(error))"
        #expect(text.contains(says), "\(text)")
    }

    @Test(arguments: ["\"all-linear\"", "\"ALL-LINEAR\"", "\".*_proj\""]) func everyLinearModule(targets: String) throws
    {
        let folder = try TemporaryFolder(copying: "all-linear")
        let path = folder.path + "/adapter_config.json"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let range = try #require(text.range(of: #""target_modules": \[[^]]*\]"#, options: .regularExpression))
        try text.replacingCharacters(in: range, with: "\"target_modules\": \(targets)").write(
            toFile: path, atomically: true, encoding: .utf8)
        #expect(try LoRAAdapter(folder: folder.path, for: config).modules.count == 21)
    }

    /// Tensors under other names, made from a good adapter's.
    @Test(
        arguments: [
            (".lora_A.weight", ".lora_A.default.weight", nil),
            ("layers.1.mlp.down_proj.lora_A", "layers.1.mlp.down_proj.lora_embedding_A", "adapts the embedding"),
            ("layers.1.mlp.down_proj.lora_A.weight", "layers.1.mlp.down_proj.lora_magnitude_vector", "DoRA"),
            ("layers.1.mlp.down_proj.lora_B.weight", "layers.1.mlp.down_proj.lora_B.bias", "trained bias"),
            ("layers.1.mlp.down_proj.lora_B", "layers.1.mlp.down_proj.lora_C", "neither lora_A nor lora_B"),
            ("layers.1.mlp.down_proj", "layers.1.mlp.sideways", "mlp.sideways, a module that this model does not have"),
            ("model.layers.1.", "model.layers.7.", "layer 7, the model has 3 layers"),
            ("model.layers.1.", "model.layers.99999999999999999999.", "no module of a decoder layer"),
            ("model.layers.1.mlp.down_proj", "lm_head", "adapts the unembedding lm_head, which is not available"),
            ("model.layers.1.mlp.down_proj", "embed_out", "adapts the unembedding embed_out, which is not available"),
            // PEFT saves these weights beside the matrices of lm_head and embed_tokens.
            ("model.layers.1.mlp.down_proj.lora_A", "lm_head.base_layer", "adapts the unembedding lm_head"),
            ("layers.1.mlp.down_proj.lora_A", "embed_tokens.base_layer", "adapts the embedding, which is not"),
            ("layers.1.mlp.down_proj.lora_A", "embed_tokens", "embed_tokens.weight\" is a whole weight beside"),
            ("base_model.model.model.layers.1.", "base_model.model.layers.1.", "no one model has both"),
            (
                "layers.1.mlp.down_proj.lora_A.weight", "layers.1.mlp.down_proj.lora_A.other.weight",
                "holds two adapters"
            ),
            ("layers.1.mlp.down_proj.lora_A", "layers.1.mlp.up_proj.lora_A", "without"),
        ] as [(String, String, String?)])
    func namesOfTensors(old: String, new: String, says: String?) throws {
        let folder = try TemporaryFolder(copying: "rank1")
        let good = try Safetensors(folder: Fixture.path("rank1"), name: "adapter_model")
        let tensors = try good.entries.map { entry in
            var name = entry.name.replacingOccurrences(of: old, with: new)
            if says == nil { name = name.replacingOccurrences(of: ".lora_B.weight", with: ".lora_B.default.weight") }
            return TensorContent(
                name: name, shape: entry.shape, floats: try Fixture.numbers(good, entry.name, Float.self))
        }
        try Data(Safetensors.encode(tensors)).write(
            to: URL(fileURLWithPath: folder.path + "/adapter_model.safetensors"))
        guard let says else {
            #expect(try LoRAAdapter(folder: folder.path, for: config).modules.count == 2)
            return
        }
        let error = #expect(throws: FileError.self) { try LoRAAdapter(folder: folder.path, for: config) }
        let text = "\(try #require(error))"
        #expect(text.contains(says), "\(text)")
    }

    @Test func picklesAreRefused() throws {
        let folder = try TemporaryFolder(copying: "rank1")
        try folder.remove("adapter_model.safetensors")
        try Data([0x80, 2]).write(to: URL(fileURLWithPath: folder.path + "/adapter_model.bin"))
        let error = #expect(throws: FileError.self) { try LoRAAdapter(folder: folder.path, for: config) }
        #expect("\(try #require(error))".contains("safe_serialization=True"))
    }

    @Test func missingAndTruncatedFiles() throws {
        let folder = try TemporaryFolder(copying: "rank1")
        try folder.truncate("adapter_model.safetensors", by: 7)
        #expect(throws: FileError.self) { try LoRAAdapter(folder: folder.path, for: config) }
        try folder.remove("adapter_model.safetensors")
        let error = #expect(throws: FileError.self) { try LoRAAdapter(folder: folder.path, for: config) }
        #expect("\(try #require(error))".contains("adapter_model.safetensors"))
        try folder.remove("adapter_config.json")
        let missing = #expect(throws: FileError.self) { try LoRAAdapter(folder: folder.path, for: config) }
        #expect("\(try #require(missing))".contains("save_pretrained"))
    }
}
