import Foundation
import Models
import Tensor
import TensorFiles
import Testing

/// What is said about weights that cannot be used.
@Suite struct WeightTests {
    /// A family's folder with some of its tensors changed or left out.
    private static func folder(
        _ family: String, _ change: (TensorContent) -> TensorContent?
    ) throws -> TemporaryFolder {
        let folder = try TemporaryFolder(copying: "families/\(family)")
        let file = try Safetensors(folder: folder.path)
        var tensors: [TensorContent] = []
        for entry in file.entries {
            let tensor = TensorContent(
                name: entry.name, type: entry.type, shape: entry.shape, bytes: try file.bytes(entry))
            if let changed = change(tensor) { tensors.append(changed) }
        }
        try Data(Safetensors.encode(tensors)).write(to: URL(fileURLWithPath: folder.path + "/model.safetensors"))
        return folder
    }

    private static func problem(_ folder: TemporaryFolder) throws -> String {
        "\(try #require(throws: FileError.self) { try Decoder(folder: folder.path) })"
    }

    @Test(arguments: [
        // Family, tensor, and the bytes of a number that isn't finite: NaN, −∞, +∞ in f32, f16 and bf16.
        ("llama-linear", "model.layers.2.mlp.down_proj.weight", [0, 0, 0xC0, 0x7F] as [UInt8]),
        ("llama-linear", "model.layers.0.self_attn.q_proj.bias", [0, 0, 0x80, 0xFF]),
        ("qwen3", "model.layers.1.self_attn.q_norm.weight", [0x00, 0x7E]),
        ("qwen3", "model.embed_tokens.weight", [0x00, 0xFC]),
        ("mistral", "lm_head.weight", [0x80, 0x7F]),
        ("gpt2", "transformer.h.1.attn.c_attn.weight", [0, 0, 0x80, 0x7F]),
    ])
    func numbersThatAreNotFiniteAreNamed(family: String, tensor: String, number: [UInt8]) throws {
        let folder = try Self.folder(family) { old in
            guard old.name == tensor else { return old }
            var bytes = old.bytes
            bytes.replaceSubrange(bytes.count - number.count..<bytes.count, with: number)
            return TensorContent(name: old.name, type: old.type, shape: old.shape, bytes: bytes)
        }
        let text = try Self.problem(folder)
        #expect(text.contains(tensor) && text.contains("NaN or infinite"), "\(text)")
    }

    @Test func anUnembeddingThatIsMissingIsNamed() throws {
        let untied = try Self.folder("llama-linear") { $0.name == "lm_head.weight" ? nil : $0 }
        #expect(try Self.problem(untied).contains("lm_head.weight"))
        let neoX = try Self.folder("neox") { $0.name == "embed_out.weight" ? nil : $0 }
        #expect(try Self.problem(neoX).contains("embed_out.weight"))
        // A model that says its unembedding is the embedding needs none.
        try untied.replace("\"tie_word_embeddings\": false", by: "\"tie_word_embeddings\": true", in: "config.json")
        #expect(throws: Never.self) { try Decoder(folder: untied.path) }
    }

    @Test func anIndexThatPointsNowhereIsNamed() throws {
        let folder = try TemporaryFolder(copying: "families/llama")
        let index = "model.safetensors.index.json"
        let shard = try #require(
            FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".safetensors") }.min())
        try folder.replace(shard, by: "elsewhere.safetensors", in: index)
        #expect(try Self.problem(folder).contains("elsewhere.safetensors"))
        try folder.replace("elsewhere.safetensors", by: "../elsewhere.safetensors", in: index)
        #expect(try Self.problem(folder).contains("beside the index"))
        try folder.replace("../elsewhere.safetensors", by: shard, in: index)
        #expect(throws: Never.self) { try Decoder(folder: folder.path) }
        // Right files, but another one is said to hold the tensor.
        let other = try #require(
            FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".safetensors") }.max())
        try folder.replace(
            "\"model.embed_tokens.weight\": \"\(shard)\"", by: "\"model.embed_tokens.weight\": \"\(other)\"", in: index)
        #expect(try Self.problem(folder).contains("model.embed_tokens.weight"))
    }

    /// bf16 and f16 weights give the numbers of the same weights widened to f32, bit for bit but for how products are cut up.
    @Test(arguments: ["qwen2", "gemma2", "gpt2-bare", "neox"]) func storedHalvesAreExact(family: String) throws {
        let wide = try Self.folder(family) { tensor in
            var values: [Float] = []
            for place in stride(from: 0, to: tensor.bytes.count, by: 2) {
                let bits = UInt16(tensor.bytes[place]) | UInt16(tensor.bytes[place + 1]) << 8
                values.append(
                    tensor.type == .bfloat16
                        ? Float(bitPattern: UInt32(bits) << 16) : Float(Float16(bitPattern: bits)))
            }
            return TensorContent(name: tensor.name, shape: tensor.shape, floats: values)
        }
        let prompts: [[UInt32]] = [[3, 1, 4, 1, 5, 9, 2, 6], [5, 3]]
        let stored = SiteRun(try Decoder(folder: Fixture.path("families/\(family)")), prompts, finish: .norm)
        let widened = SiteRun(try Decoder(folder: wide.path), prompts, finish: .norm)
        for (site, values) in widened.sites {
            let error = relativeError(stored.sites[site] ?? [], values)
            #expect(error <= 1e-6, "\(site): \(error)")
        }
    }
}
