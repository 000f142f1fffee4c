import FuzzTargets
import Models
import Tensor
public import TensorFiles

/// Model folders that users bring: `config.json`, and the weights that it promises.
public enum ModelInputs {
    static func config(_ bytes: [UInt8]) throws {
        let config = try ModelConfig(bytes: bytes, path: "input")
        for module in config.linearModules {
            precondition(module.inputs > 0 && module.outputs > 0, "a module without width")
        }
        precondition(config.attention.windows.count == config.layerCount, "not one window for each layer")
        for point in ModelConfig.offeredPoints {
            if let width = config.width(of: point) { precondition(width > 0, "a place without width") }
        }
    }

    /// Weights for a model of one layer: loaded whole and, where they are sound, run.
    static func weights(_ bytes: [UInt8]) throws {
        let file = MemoryFile()
        let config = try ModelConfig(bytes: Array(llama.utf8), path: "config.json")
        let decoder = try Decoder(config: config, file: Safetensors(path: file.path(holding: bytes)))
        var workspace = Workspace()
        var nobody = NoVisitor()
        decoder.run(
            TokenBatch(prompts: [[1, 2, 3], [7]]), finish: .logits, workspace: &workspace, visitor: &nobody)
    }

    private struct NoVisitor: ActivationVisitor {
        mutating func visit(_ site: Site, rows: Span<Float>, width: Int) {}
    }

    static let llama = #"""
        {"architectures":["LlamaForCausalLM"],"hidden_size":4,"intermediate_size":3,"num_hidden_layers":1,"num_attention_heads":2,
        "num_key_value_heads":1,"vocab_size":8,"rms_norm_eps":1e-6,"tie_word_embeddings":false,"max_position_embeddings":16}
        """#

    /// Name and shape of the weights that `llama` asks for.
    public static let tensors: [(name: String, shape: [Int])] = {
        let layer: [(name: String, shape: [Int])] = [
            ("input_layernorm", [4]), ("self_attn.q_proj", [4, 4]), ("self_attn.k_proj", [2, 4]),
            ("self_attn.v_proj", [2, 4]), ("self_attn.o_proj", [4, 4]), ("post_attention_layernorm", [4]),
            ("mlp.gate_proj", [3, 4]), ("mlp.up_proj", [3, 4]), ("mlp.down_proj", [4, 3]),
        ]
        return [("model.embed_tokens.weight", [8, 4])]
            + layer.map { ("model.layers.0.\($0.name).weight", $0.shape) }
            + [("model.norm.weight", [4]), ("lm_head.weight", [8, 4])]
    }()

    /// The tensors as safetensors in bf16, some changed or left out.
    public static func encoded(_ change: (TensorContent) -> TensorContent? = { $0 }) -> [UInt8] {
        Safetensors.encode(
            tensors.compactMap { tensor in
                let count = tensor.shape.reduce(1, *)
                let bytes = (0..<count).flatMap { [UInt8(truncatingIfNeeded: $0 * 37), 0x3D + UInt8($0 % 2) * 0x80] }
                return change(TensorContent(name: tensor.name, type: .bfloat16, shape: tensor.shape, bytes: bytes))
            })
    }

    static var weightSeeds: [[UInt8]] { [encoded()] }

    static var configSeeds: [[UInt8]] {
        let sizes =
            #""hidden_size":24,"intermediate_size":40,"num_hidden_layers":2,"num_attention_heads":4,"vocab_size":96,"max_position_embeddings":64,"#
        return [
            #"{"architectures":["Qwen2ForCausalLM"],\#(sizes)"num_key_value_heads":2,"use_sliding_window":true,"sliding_window":5,"max_window_layers":1,"rope_theta":1e6,"rms_norm_eps":1e-6,"hidden_act":"silu","tie_word_embeddings":true}"#,
            #"{"architectures":["Qwen3ForCausalLM"],\#(sizes)"head_dim":10,"attention_bias":false,"layer_types":["full_attention","full_attention"]}"#,
            #"{"architectures":["LlamaForCausalLM"],\#(sizes)"mlp_bias":true,"rope_scaling":{"rope_type":"llama3","factor":4.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":8}}"#,
            #"{"architectures":["LlamaForCausalLM"],\#(sizes)"rope_scaling":{"type":"linear","factor":2.5}}"#,
            #"{"architectures":["MistralForCausalLM"],\#(sizes)"sliding_window":null}"#,
            #"{"architectures":["GemmaForCausalLM"],\#(sizes)"head_dim":12,"hidden_act":"gelu"}"#,
            #"{"architectures":["Gemma2ForCausalLM"],\#(sizes)"head_dim":8,"query_pre_attn_scalar":20,"attn_logit_softcapping":null,"final_logit_softcapping":30.0,"sliding_window":4}"#,
            #"{"architectures":["Phi3ForCausalLM"],\#(sizes)"original_max_position_embeddings":12,"rope_parameters":{"rope_type":"longrope","rope_theta":10000.0,"short_factor":[1,1.1,1.3],"long_factor":[1,2,3.5]}}"#,
            #"{"architectures":["GPT2LMHeadModel"],"n_embd":24,"n_layer":2,"n_head":3,"n_positions":32,"n_inner":null,"vocab_size":96,"activation_function":"gelu_new"}"#,
            #"{"architectures":["GPTNeoXForCausalLM"],\#(sizes)"rotary_pct":0.34,"rotary_emb_base":10000,"use_parallel_residual":false}"#,
        ].map { Array($0.utf8) }
    }
}
