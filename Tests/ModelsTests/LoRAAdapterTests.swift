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
        ("\"rank_pattern\": {}", "\"rank_pattern\": {\"(a|b)\": 2}", "regular expression"),
        ("\"rank_pattern\": {}", "\"rank_pattern\": {\"down_proj\": 2}", "expected [2, 56]"),
        ("\"r\": 1", "\"r\": 0", "from 1"),
        ("\"down_proj\"", "\"up_proj\"", "up_proj"),
        ("\"layers_to_transform\": [", "\"layers_to_transform\": [0, ", "layer 0"),
    ])
    func whatWouldChangeTheNumbersIsRefused(old: String, new: String, says: String) throws {
        let folder = try TemporaryFolder(copying: "rank1")
        try folder.replace(old, by: new, in: "adapter_config.json")
        let error = #expect(throws: FileError.self) { try LoRAAdapter(folder: folder.path, for: config) }
        #expect("\(try #require(error))".contains(says))
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
