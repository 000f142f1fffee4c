import Foundation
import Models
import Tensor
import TensorFiles
import Testing

/// Every format and form that `make_autoencoder_fixtures.py` wrote, against its recording.
@Suite struct AutoencoderFormatTests {
    private static let forms: [(folder: String, point: SitePoint, name: String)] = [
        ("standard-bf16", .residPost, "standard-bf16"), ("old-topk-f16", .residPost, "old-topk-f16"),
        ("topk-f32", .residPost, "topk-f32"), ("batchtopk", .residPost, "batchtopk"),
        ("jumprelu-f64", .residPost, "jumprelu-f64"), ("gated-f32", .residPost, "gated-f32"),
        ("gemma-scope-2b-pt-res/layer_1/width_64/average_l0_9", .residPost, "width_64-average_l0_9"),
        ("gemma-scope-2b-pt-res/layer_1/width_64/average_l0_5", .residPost, "width_64-average_l0_5"),
        ("sae-tiny-2x/layers.1", .residPost, "sae-tiny-2x"),
        ("sae-tiny-2x/layers.1.mlp", .mlpOut, "sae-tiny-2x-mlp_out"),
    ]

    private func encode(_ sae: SparseAutoencoder, _ rows: [Float], k: Int) -> (indices: [UInt32], values: [Float]) {
        let count = rows.count / sae.inputSize
        var indices = [UInt32](repeating: 7, count: count * k)
        var values = [Float](repeating: 7, count: count * k)
        sae.encode(rows.span, count: count, k: k, indices: &indices, values: &values)
        return (indices, values)
    }

    @Test(arguments: forms) func latentsEqualPyTorch(folder: String, point: SitePoint, name: String) throws {
        let recorded = try Safetensors(path: Fixture.path("autoencoders.safetensors"))
        let sae = try SparseAutoencoder(folder: Fixture.path("autoencoders/" + folder))
        #expect(sae.source == Site(point, layer: 1) && sae.site == Site(.sae, layer: 1, part: name))
        let rows = try Fixture().floats("tiny/resid_post.1")
        let expected = try Fixture.numbers(recorded, "\(folder)/value", Float.self)
        let k = expected.count / (rows.count / sae.inputSize)
        let found = encode(sae, rows, k: k)
        #expect(relativeError(found.values, expected) <= 2e-5)
        #expect(found.indices == (try Fixture.numbers(recorded, "\(folder)/index", UInt32.self)))
        #expect(expected.contains { $0 > 0 })
    }

    /// A row alone, a row among others: the same bits. What is derived from a store then equals what was captured.
    @Test(arguments: forms) func companyChangesNoBit(folder: String, point: SitePoint, name: String) throws {
        let sae = try SparseAutoencoder(folder: Fixture.path("autoencoders/" + folder))
        let once = try Fixture().floats("tiny/resid_post.1")
        let rows = (0..<7).flatMap { _ in once }
        let k = sae.width(topK: nil)
        let together = encode(sae, rows, k: k)
        for first in [0, 1, 63, 64, 65, 300] {
            let part = Array(rows[first * sae.inputSize..<(first + 17) * sae.inputSize])
            let apart = encode(sae, part, k: k)
            #expect(apart.indices == Array(together.indices[first * k..<(first + 17) * k]))
            #expect(apart.values == Array(together.values[first * k..<(first + 17) * k]))
        }
    }

    @Test func roomForEveryActiveLatent() throws {
        func sae(_ name: String) throws -> SparseAutoencoder {
            try SparseAutoencoder(folder: Fixture.path("autoencoders/" + name))
        }
        #expect(try sae("old-topk-f16").width(topK: nil) == 9 && sae("standard-bf16").width(topK: nil) == 64)
        #expect(try sae("topk-f32").width(topK: 32) == 32 && sae("standard-bf16").width(topK: 100) == 64)
        let standard = try sae("standard-bf16")
        let rows = try Fixture().floats("tiny/resid_post.1")
        let all = encode(standard, rows, k: standard.width(topK: nil))
        let few = encode(standard, rows, k: 5)
        for row in 0..<rows.count / 32 {
            #expect(Array(all.indices[row * 64..<row * 64 + 5]) == Array(few.indices[row * 5..<row * 5 + 5]))
            #expect(all.values[row * 64..<row * 64 + 64].contains { $0 > 0 })
        }
    }

    @Test func aSiteBehindTheFolder() throws {
        let folder = try TemporaryFolder(copying: "autoencoders/gemma-scope-2b-pt-res/layer_1/width_64/average_l0_9")
        let nowhere = #expect(throws: FileError.self) { try SparseAutoencoder(folder: folder.path) }
        #expect("\(try #require(nowhere))".contains("\(folder.path)@resid_post.20"))
        for text in ["resid_post.3", "resid_post[layer=3]", "blocks.3.hook_resid_post", "layers.3"] {
            #expect(try SparseAutoencoder(folder: "\(folder.path)@\(text)").source == Site(.residPost, layer: 3))
        }
        for text in ["nowhere", "resid_post", "sae.3.x", "logits"] {
            let error = #expect(throws: FileError.self) { try SparseAutoencoder(folder: "\(folder.path)@\(text)") }
            #expect("\(try #require(error))".contains("\"\(text)\" names no site of a layer"))
        }
        // A module's output is not always what is added to the residual stream.
        for (text, isModule) in [
            ("layers.3.mlp", true), ("mlp_out.3", false), ("blocks.3.hook_mlp_out", false), ("layers.3", false),
        ] {
            #expect(try SparseAutoencoder(folder: "\(folder.path)@\(text)").readsModuleOutput == isModule)
        }
        #expect(try SparseAutoencoder(folder: Fixture.path("autoencoders/sae-tiny-2x/layers.1.mlp")).readsModuleOutput)
        #expect(try !SparseAutoencoder(folder: Fixture.path("autoencoders/sae-tiny-2x/layers.1")).readsModuleOutput)
        // What the files themselves say isn't overruled.
        let topK = Fixture.path("autoencoders/topk-f32")
        #expect(try SparseAutoencoder(folder: topK + "@resid_post.1").source == Site(.residPost, layer: 1))
        let error = #expect(throws: FileError.self) { try SparseAutoencoder(folder: topK + "@resid_post.2") }
        #expect("\(try #require(error))".contains("trained on resid_post.1, not on resid_post.2"))
    }

    @Test(
        arguments: [
            ("gemma-scope-2b-pt-att/layer_3/x", "z.3"), ("gemma-scope-9b-it-mlp-canonical/layer_30/x", "mlp_out.30"),
            ("gemma-scope-2b-pt-transcoders/layer_3/x", nil), ("gemma-scope-2b-pt-res/embedding/x", nil),
            ("models--google--gemma-scope-2b-pt-res/snapshots/abc/layer_7/width_16k/canonical", "resid_post.7"),
            ("other/layer_7/x", nil), ("gemma-scope-2b-pt-res/layer_7a/x", nil),
        ] as [(String, String?)])
    func whatAGemmaScopePathSays(path: String, site: String?) throws {
        let root = try TemporaryFolder()
        let folder = root.path + "/" + path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: Fixture.path("autoencoders/gemma-scope-2b-pt-res/layer_1/width_64/average_l0_9/params.npz"),
            toPath: folder + "/params.npz")
        let found = try? SparseAutoencoder(folder: folder)
        #expect(found?.source.canonicalName == site)
        if site == nil { #expect(throws: FileError.self) { try SparseAutoencoder(folder: folder) } }
    }

    @Test(arguments: [
        ("topk-f32", "\"k\": 20", "\"k\": 81", "k: expected a whole number from 1 to 80"),
        ("topk-f32", "\"topk\"", "\"batchtopk\"", "save_inference_model"),
        ("topk-f32", "\"topk\"", "\"jumprelu\"", "rescale_acts_by_decoder_norm"),
        ("topk-f32", "\"layer_norm\"", "true", "fold_activation_norm_scaling_factor"),
        ("topk-f32", "\"layer_norm\"", "\"expected_average_only_in\"", "fold_activation_norm_scaling_factor"),
        ("topk-f32", "\"none\"", "\"hook_z\"", "reshaped"),
        ("topk-f32", "\"d_in\": 32", "\"d_in\": 31", "\"W_enc\" has shape [32, 80]; expected [31, 80]"),
        ("topk-f32", "\"d_in\"", "\"hook_name\": \"blocks.2.hook_resid_post\", \"d_in\"", "contradicts hook_name"),
        ("old-topk-f16", "\"hook_point_layer\": 1", "\"hook_point_layer\": 2", "contradicts hook_name"),
        ("old-topk-f16", "\"k\": 9", "\"k\": 0", "from 1 to 96"),
        ("old-topk-f16", "\"d_in\"", "\"k\": 8, \"d_in\"", "contradicts k, which is 8"),
        ("old-topk-f16", "\"topk\"", "\"tanh-relu\"", "tanh-relu"),
        ("standard-bf16", "\"standard\"", "\"jumprelu\"", "has no array \"threshold\""),
        ("batchtopk", "\"jumprelu\"", "\"standard\"", "\"threshold\" has no place"),
        ("gated-f32", "\"d_in\"", "\"activation_fn\": \"topk\", \"d_in\"", "not available for the architecture gated"),
        ("sae-tiny-2x/layers.1.mlp", "\"topk\"", "\"groupmax\"", "activation \"groupmax\""),
        ("sae-tiny-2x/layers.1.mlp", "\"transcode\": false", "\"transcode\": true", "transcoder"),
        ("sae-tiny-2x/layers.1.mlp", "\"k\": 5", "\"k\": 41", "from 1 to 40"),
        ("sae-tiny-2x/layers.1.mlp", "\"num_latents\": 40", "\"num_latents\": 0", "expected [1024, 32]"),
        (
            "sae-tiny-2x/layers.1.mlp", "\"expansion_factor\": 32, \"num_latents\": 40", "\"num_latents\": 0",
            "expansion_factor"
        ),
        ("sae-tiny-2x/layers.1.mlp", "\"d_in\": 32", "\"d_in\": 32, \"signed\": true", "signed"),
    ])
    func whatWouldChangeTheNumbersIsRefused(form: String, old: String, new: String, says: String) throws {
        let folder = try TemporaryFolder(copying: "autoencoders/" + form)
        try folder.replace(old, by: new, in: "cfg.json")
        // The copy's folder has another name than the hookpoint.
        let site = form.hasPrefix("sae-tiny") ? "@mlp_out.1" : ""
        let error = #expect(throws: FileError.self) { try SparseAutoencoder(folder: folder.path + site) }
        let text = "\(try #require(error))"
        #expect(text.contains(says), "\(text)")
        #expect(text.hasPrefix(folder.path))
    }

    @Test(arguments: ["W_enc", "b_enc", "b_dec", "W_dec", "threshold"]) func badWeights(name: String) throws {
        let folder = try TemporaryFolder(copying: "autoencoders/batchtopk")
        let file = folder.path + "/sae_weights.safetensors"
        let old = try Safetensors(path: Fixture.path("autoencoders/batchtopk/sae_weights.safetensors"))
        func write(_ change: (TensorEntry, [Float]) -> TensorContent?) throws {
            let tensors = try old.entries.compactMap { change($0, try Fixture.numbers(old, $0.name, Float.self)) }
            try Data(Safetensors.encode(tensors)).write(to: URL(fileURLWithPath: file))
        }
        func refused() throws -> String {
            "\(try #require(#expect(throws: FileError.self) { try SparseAutoencoder(folder: folder.path) }))"
        }
        try write { $0.name == name ? nil : TensorContent(name: $0.name, shape: $0.shape, floats: $1) }
        #expect(try refused().contains("has no array \"\(name)\""))
        try write {
            TensorContent(name: $0.name, shape: $0.name == name ? [$0.elementCount, 1] : $0.shape, floats: $1)
        }
        #expect(try refused().contains("\"\(name)\" has shape"))
        // The decoder's numbers are not used by this architecture.
        guard name != "W_dec" else { return }
        try write { entry, floats in
            var floats = floats
            if entry.name == name { floats[5] = .nan }
            return TensorContent(name: entry.name, shape: entry.shape, floats: floats)
        }
        #expect(try refused().contains("\"\(name)\" holds nan at element 5"))
        try write { entry, floats in
            var floats = floats
            if entry.name == name { floats[6] = .infinity }
            return TensorContent(name: entry.name, shape: entry.shape, floats: floats)
        }
        guard name != "threshold" else {
            #expect(throws: Never.self) { try SparseAutoencoder(folder: folder.path) }
            return
        }
        #expect(try refused().contains("\"\(name)\" holds inf at element 6"))
    }

    @Test func foldersThatHoldNoAutoencoder() throws {
        let folder = try TemporaryFolder(copying: "rank1")
        func refused() throws -> String {
            "\(try #require(#expect(throws: FileError.self) { try SparseAutoencoder(folder: folder.path) }))"
        }
        #expect(try refused().contains("holds no autoencoder"))
        try Data().write(to: URL(fileURLWithPath: folder.path + "/ae.pt"))
        #expect(try refused().contains("is a pickle"))
        try Data().write(to: URL(fileURLWithPath: folder.path + "/params.npz"))
        try Data().write(to: URL(fileURLWithPath: folder.path + "/sae.safetensors"))
        #expect(try refused().contains("params.npz and sae.safetensors"))
        try folder.remove("params.npz")
        #expect(try refused().contains("cfg.json"))
        #expect(throws: FileError.self) { try SparseAutoencoder(folder: "/nonexistent/sae@resid_post.1") }
    }
}
