import Models
import TensorFiles
import Testing

@Suite struct ModelConfigTests {
    @Test func readsBothSpellings() throws {
        let tiny = try ModelConfig(folder: Fixture.path("tiny"))
        #expect(tiny.architecture == "Qwen2ForCausalLM" && tiny.layerCount == 3 && tiny.hiddenSize == 32)
        #expect(tiny.attention.headCount == 4 && tiny.attention.keyValueHeadCount == 2 && tiny.attention.headSize == 8)
        #expect(tiny.attention.rotary?.base == 10_000 && tiny.tiedEmbeddings)
        let folder = try TemporaryFolder(copying: "tiny")
        try folder.replace("\"rope_theta\": 10000.0,", by: "", in: "config.json")
        try folder.replace("\"use_cache\"", by: "\"rope_theta\": 1000000.0, \"use_cache\"", in: "config.json")
        #expect(try ModelConfig(folder: folder.path).attention.rotary?.base == 1_000_000)
        let untied = try ModelConfig(folder: Fixture.path("untied"))
        #expect(untied.attention.headSize == 12 && untied.attention.rotary?.base == 1000 && !untied.tiedEmbeddings)
    }

    @Test(arguments: [
        (
            "Qwen2ForCausalLM", "MambaForCausalLM",
            ["MambaForCausalLM", "known are Qwen2ForCausalLM", "GPTNeoXForCausalLM"]
        ),
        ("\"rope_type\": \"default\"", "\"rope_type\": \"yarn\"", ["yarn", "rope_type"]),
        ("\"use_sliding_window\": false", "\"use_sliding_window\": true", ["sliding"]),
        ("\"silu\"", "\"mish\"", ["mish", "hidden_act"]),
        ("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3", ["4 attention heads", "3 key"]),
        ("\"hidden_size\": 32", "\"hidden_size\": -1", ["hidden_size", "-1"]),
        ("\"hidden_size\": 32", "\"hidden_size\": 1e400", ["hidden_size"]),
        ("\"num_hidden_layers\": 3,", "", ["num_hidden_layers"]),
        ("\"full_attention\",", "\"sliding_attention\",", ["sliding_attention"]),
    ])
    func settingsThatCannotBeHonouredAreNamed(old: String, new: String, says: [String]) throws {
        let folder = try TemporaryFolder(copying: "tiny")
        try folder.replace(old, by: new, in: "config.json")
        let error = #expect(throws: FileError.self) { try ModelConfig(folder: folder.path) }
        let text = "\(try #require(error))"
        for part in says { #expect(text.contains(part), "\(text)") }
        #expect(text.contains("config.json"))
    }

    @Test func missingFilesAreNamed() throws {
        let nowhere = #expect(throws: FileError.self) { try Decoder(folder: "/nonexistent/model") }
        #expect("\(try #require(nowhere))".contains("/nonexistent/model"))
        let folder = try TemporaryFolder(copying: "untied")
        try folder.remove("model-00002-of-00004.safetensors")
        let shard = #expect(throws: FileError.self) { try Decoder(folder: folder.path) }
        #expect("\(try #require(shard))".contains("model-00002-of-00004.safetensors"))
        try folder.remove("model.safetensors.index.json")
        let weights = #expect(throws: FileError.self) { try Decoder(folder: folder.path) }
        #expect("\(try #require(weights))".contains("model.safetensors"))
        try folder.remove("config.json")
        let config = #expect(throws: FileError.self) { try Decoder(folder: folder.path) }
        #expect("\(try #require(config))".contains("config.json"))
    }

    @Test(arguments: [1, 40, 30_000]) func truncatedWeightsAreRefused(bytes: Int) throws {
        let folder = try TemporaryFolder(copying: "tiny")
        try folder.truncate("model.safetensors", by: bytes)
        let error = #expect(throws: FileError.self) { try Decoder(folder: folder.path) }
        #expect("\(try #require(error))".contains("model.safetensors"))
    }

    @Test func weightsOfOtherShapesAreNamed() throws {
        let folder = try TemporaryFolder(copying: "tiny")
        try folder.replace("\"intermediate_size\": 56", by: "\"intermediate_size\": 57", in: "config.json")
        let error = #expect(throws: FileError.self) { try Decoder(folder: folder.path) }
        let text = "\(try #require(error))"
        #expect(text.contains("mlp.gate_proj.weight") && text.contains("[57, 32]") && text.contains("[56, 32]"))
    }
}
