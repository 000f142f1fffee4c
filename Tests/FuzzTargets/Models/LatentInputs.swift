import FuzzTargets
import Models
import Tensor
import TensorFiles

/// Folders of adapters and autoencoders that users bring: their settings beside sound weights, and Gemma Scope's archive.
enum LatentInputs {
    static func adapterConfig(_ bytes: [UInt8]) throws {
        var folder = MemoryFolder()
        folder.write("adapter_config.json", bytes)
        folder.write("adapter_model.safetensors", adapter)
        let config = try ModelConfig(bytes: Array(ModelInputs.llama.utf8), path: "config.json")
        let found = try LoRAAdapter(folder: folder.path, for: config)
        precondition(found.modules.count == 1 && found.modules[0].rank == 2, "other modules than there are")
        _ = try LoRAAdapter(folder: folder.path, for: nil)
    }

    /// `cfg.json` of SAELens, or of sparsify where it says how much larger than its input it is.
    static func autoencoderConfig(_ bytes: [UInt8]) throws {
        var folder = MemoryFolder()
        let isSparsify = bytes.firstRange(of: Array("expansion_factor".utf8)) != nil
        folder.write("cfg.json", bytes)
        folder.write(isSparsify ? "sae.safetensors" : "sae_weights.safetensors", isSparsify ? sparsify : saeLens)
        try encode(SparseAutoencoder(folder: folder.path + (isSparsify ? "@resid_post.0" : "")))
    }

    static func gemmaScope(_ bytes: [UInt8]) throws {
        var folder = MemoryFolder()
        folder.write("params.npz", bytes)
        try encode(SparseAutoencoder(folder: folder.path + "@resid_post.0"))
    }

    private static func encode(_ sae: SparseAutoencoder) throws {
        let k = min(4, sae.latentCount)
        var indices = [UInt32](repeating: 0, count: 2 * k)
        var values = [Float](repeating: 0, count: 2 * k)
        let rows = (0..<2 * sae.inputSize).map { Float($0 % 7) - 3 }
        sae.encode(rows.span, count: 2, k: k, indices: &indices, values: &values)
        for (index, value) in zip(indices, values) {
            precondition(
                index == ColumnID.noLatent ? value == 0 : Int(index) < sae.latentCount, "a latent that is none")
        }
    }

    private static func floats(_ count: Int) -> [Float] { (0..<count).map { Float($0 % 5) * 0.25 - 0.4 } }

    private static let adapter = Safetensors.encode([
        TensorContent(
            name: "base_model.model.model.layers.0.mlp.down_proj.lora_A.weight", shape: [2, 3], floats: floats(6)),
        TensorContent(
            name: "base_model.model.model.layers.0.mlp.down_proj.lora_B.weight", shape: [4, 2], floats: floats(8)),
    ])

    private static let saeLens = Safetensors.encode([
        TensorContent(name: "W_enc", shape: [4, 6], floats: floats(24)),
        TensorContent(name: "W_dec", shape: [6, 4], floats: floats(24)),
        TensorContent(name: "b_enc", shape: [6], floats: floats(6)),
        TensorContent(name: "b_dec", shape: [4], floats: floats(4)),
    ])

    private static let sparsify = Safetensors.encode([
        TensorContent(name: "encoder.weight", shape: [8, 4], floats: floats(32)),
        TensorContent(name: "encoder.bias", shape: [8], floats: floats(8)),
        TensorContent(name: "W_dec", shape: [8, 4], floats: floats(32)),
        TensorContent(name: "b_dec", shape: [4], floats: floats(4)),
    ])

    static var adapterSeeds: [[UInt8]] {
        [
            #"{"peft_type":"LORA","r":2,"lora_alpha":8,"use_rslora":true,"target_modules":["down_proj"],"layers_to_transform":[0],"bias":"none"}"#,
            #"{"r":9,"lora_alpha":1.5,"target_modules":".*\\.layers\\.\\d+\\.mlp\\.(down|sideways)_proj","rank_pattern":{"^model\\.layers\\.[0-3]\\..*$":2},"alpha_pattern":{"(down|up)_proj":3,"x{2,3}":4},"fan_in_fan_out":false}"#,
            #"{"r":2,"lora_alpha":8,"target_modules":["down_proj","o_proj"],"exclude_modules":"(?:.*?o_proj)","layers_to_transform":0,"layers_pattern":"layers","use_dora":false,"modules_to_save":null,"init_lora_weights":true}"#,
        ].map { Array($0.utf8) }
    }

    static var autoencoderSeeds: [[UInt8]] {
        [
            #"{"architecture":"topk","k":3,"d_in":4,"d_sae":6,"apply_b_dec_to_input":true,"normalize_activations":"layer_norm","rescale_acts_by_decoder_norm":true,"metadata":{"hook_name":"blocks.2.hook_resid_post","hook_head_index":null}}"#,
            #"{"d_in":4,"d_sae":6,"activation_fn_str":"topk","activation_fn_kwargs":{"k":2},"hook_point":"blocks.2.hook_resid_pre","hook_point_layer":2,"normalize_activations":false,"finetuning_scaling_factor":false}"#,
            #"{"architecture":"standard","d_in":4,"d_sae":6,"hook_name":"model.layers.2.mlp","normalize_activations":"constant_norm_rescale"}"#,
            #"{"activation":"topk","expansion_factor":2,"normalize_decoder":true,"num_latents":0,"k":3,"multi_topk":false,"skip_connection":false,"transcode":false,"d_in":4}"#,
        ].map { Array($0.utf8) }
    }

    static var gemmaScopeSeeds: [[UInt8]] {
        var writer = ZipWriter()
        try? writer.add("W_enc.npy", NumPyFile.encode(floats(24), shape: [4, 6]))
        try? writer.add("W_dec.npy", NumPyFile.encode(floats(24), shape: [6, 4]))
        for (name, size) in [("b_enc", 6), ("threshold", 6), ("b_dec", 4)] {
            try? writer.add(name + ".npy", NumPyFile.encode(floats(size), shape: [size]))
        }
        return [writer.finished()]
    }
}
