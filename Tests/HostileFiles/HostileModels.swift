import FuzzModels
import FuzzTargets
import Tensor
import TensorFiles

/// Model folders that must be refused: a `config.json` that contradicts itself or asks for what isn't there, weights that are not
/// what it promises.
enum HostileModels {
    static let all: [HostileFile] = configs + weights

    private static func seed(_ architecture: String) -> String {
        FuzzTarget.modelConfig.seeds.map { String(decoding: $0, as: UTF8.self) }
            .first { $0.contains("\"\(architecture)\"") } ?? ""
    }

    private static let qwen = seed("Qwen2ForCausalLM")
    private static let llama = seed("LlamaForCausalLM")
    private static let gemma = seed("Gemma2ForCausalLM")
    private static let phi = seed("Phi3ForCausalLM")
    private static let gpt = seed("GPT2LMHeadModel")
    private static let neoX = seed("GPTNeoXForCausalLM")

    private static let configs: [HostileFile] = HostileFile.texts(
        .modelConfig,
        [
            "empty": "", "empty object": "{}", "no architecture": #"{"architectures":[]}"#,
            "architecture as text": #"{"architectures":"LlamaForCausalLM"}"#,
            "unknown architecture": qwen.replacing("Qwen2", with: "Mamba"),
            "one field twice": qwen.replacing(#""vocab_size":96"#, with: #""vocab_size":96,"vocab_size":97"#),
            "2^63 layers": qwen.replacing(
                #""num_hidden_layers":2"#, with: #""num_hidden_layers":9223372036854775808"#),
            "a billion layers": qwen.replacing(#""num_hidden_layers":2"#, with: #""num_hidden_layers":1000000000"#),
            "no layers": qwen.replacing(#""num_hidden_layers":2"#, with: #""num_hidden_layers":0"#),
            "negative width": qwen.replacing(#""hidden_size":24"#, with: #""hidden_size":-24"#),
            "width of 2^40": qwen.replacing(#""hidden_size":24"#, with: #""hidden_size":1099511627776"#),
            "width as a fraction": qwen.replacing(#""hidden_size":24"#, with: #""hidden_size":24.5"#),
            "vocabulary of 2^62": qwen.replacing(#""vocab_size":96"#, with: #""vocab_size":4611686018427387904"#),
            "no vocabulary": qwen.replacing(#""vocab_size":96"#, with: #""vocab_size":0"#),
            "65,536 heads of 65,536": qwen.replacing(
                #""num_attention_heads":4"#, with: #""num_attention_heads":65536,"head_dim":65536"#),
            "heads that do not divide": qwen.replacing(#""num_attention_heads":4"#, with: #""num_attention_heads":5"#),
            "heads that cannot share": qwen.replacing(#""num_key_value_heads":2"#, with: #""num_key_value_heads":3"#),
            "heads of odd size": llama.replacing(#""mlp_bias""#, with: #""head_dim":7,"mlp_bias""#),
            "epsilon below 0": qwen.replacing("1e-6", with: "-1e-6"),
            "epsilon that no double holds": qwen.replacing("1e-6", with: "1e999"),
            "base of 0": qwen.replacing("1e6,", with: "0,"),
            "base of 1e300": qwen.replacing("1e6,", with: "1e300,"),
            "unknown activation": qwen.replacing("silu", with: "mish"),
            "window of 0": qwen.replacing(#""sliding_window":5"#, with: #""sliding_window":0"#),
            "a window switched on and null": qwen.replacing(#""sliding_window":5"#, with: #""sliding_window":null"#),
            "too few layer types": qwen.replacing(
                #""max_window_layers":1"#, with: #""layer_types":["full_attention"]"#),
            "unknown layer type": qwen.replacing(
                #""max_window_layers":1"#, with: #""layer_types":["full_attention","linear_attention"]"#),
            "quantised": qwen.replacing(#""rope_theta""#, with: #""quantization_config":{"bits":4},"rope_theta""#),
            "unknown scaling": llama.replacing(#""llama3""#, with: #""yarn""#),
            "two scalings": llama.replacing(
                #""mlp_bias""#, with: #""rope_parameters":{"rope_type":"default"},"mlp_bias""#),
            "a setting of scaling that is not known": llama.replacing(
                #""factor":4.0"#, with: #""factor":4.0,"mscale":1.0"#),
            "low above high": llama.replacing(#""low_freq_factor":1.0"#, with: #""low_freq_factor":5.0"#),
            "equal bands": llama.replacing(#""low_freq_factor":1.0"#, with: #""low_freq_factor":4.0"#),
            "factor of 0": llama.replacing(#""factor":4.0"#, with: #""factor":0"#),
            "factor of 1e-300": llama.replacing(#""factor":4.0"#, with: #""factor":1e-300"#),
            "two bases": phi.replacing(#""rope_parameters""#, with: #""rope_theta":500.0,"rope_parameters""#),
            "too few short factors": phi.replacing("[1,1.1,1.3]", with: "[1,1.1]"),
            "long factors that are no list": phi.replacing("[1,2,3.5]", with: "1"),
            "a long factor below 0": phi.replacing("[1,2,3.5]", with: "[1,-2,3.5]"),
            "score scale of 0": gemma.replacing(
                #""query_pre_attn_scalar":20"#, with: #""query_pre_attn_scalar":0"#),
            "score scale of 1e300": gemma.replacing(
                #""query_pre_attn_scalar":20"#, with: #""query_pre_attn_scalar":1e300"#),
            "cap below 0": gemma.replacing("30.0", with: "-30.0"),
            "seeing both ways": gemma.replacing(#""head_dim":8"#, with: #""use_bidirectional_attention":true"#),
            "scaled by layer": gpt.replacing(
                #""n_inner":null"#, with: #""scale_attn_by_inverse_layer_idx":true"#),
            "cross attention": gpt.replacing(#""n_inner":null"#, with: #""add_cross_attention":true"#),
            "no positions": gpt.replacing(#""n_positions":32,"#, with: ""),
            "GPT-2 heads that do not divide": gpt.replacing(#""n_head":3"#, with: #""n_head":5"#),
            "part of a head above 1": neoX.replacing("0.34", with: "1.5"),
            "no part of a head": neoX.replacing("0.34", with: "0.01"),
        ])

    private static func change(_ name: String, _ body: (TensorContent) -> TensorContent?) -> [UInt8] {
        ModelInputs.encoded { $0.name == name ? body($0) : $0 }
    }

    private static func put(_ name: String, _ bits: [UInt8], at place: Int) -> [UInt8] {
        change(name) {
            TensorContent(
                name: $0.name, type: .bfloat16, shape: $0.shape, bytes: $0.bytes.replacing(at: place, with: bits))
        }
    }

    private static let embedding = "model.embed_tokens.weight"
    private static let down = "model.layers.0.mlp.down_proj.weight"

    private static let weights: [HostileFile] =
        ModelInputs.tensors.map { tensor in
            HostileFile(.modelWeights, "without \(tensor.name)", change(tensor.name) { _ in nil })
        }
        + ModelInputs.tensors.map { tensor in
            HostileFile(
                .modelWeights, "\(tensor.name) as one row more",
                change(tensor.name) {
                    let row = $0.bytes.count / $0.shape[0]
                    return TensorContent(
                        name: $0.name, type: .bfloat16, shape: [$0.shape[0] + 1] + $0.shape.dropFirst(),
                        bytes: $0.bytes + $0.bytes.prefix(row))
                })
        } + [
            HostileFile(.modelWeights, "an embedding with NaN", put(embedding, [0xC0, 0x7F], at: 6)),
            HostileFile(.modelWeights, "infinity in the last number", put(down, [0x80, 0x7F], at: 22)),
            HostileFile(.modelWeights, "a norm with −∞", put("model.norm.weight", [0x80, 0xFF], at: 0)),
            HostileFile(.modelWeights, "an unembedding with NaN", put("lm_head.weight", [0xFF, 0xFF], at: 62)),
            HostileFile(
                .modelWeights, "f32 with NaN",
                change(down) {
                    TensorContent(name: $0.name, shape: $0.shape, floats: [Float](repeating: .nan, count: 12))
                }),
            HostileFile(
                .modelWeights, "whole numbers for weights",
                change(down) {
                    TensorContent(name: $0.name, type: .uint16, shape: $0.shape, bytes: $0.bytes)
                }),
            HostileFile(
                .modelWeights, "a matrix turned over",
                change(down) {
                    TensorContent(name: $0.name, type: .bfloat16, shape: $0.shape.reversed(), bytes: $0.bytes)
                }),
            HostileFile(.modelWeights, "cut short", Array(ModelInputs.encoded().dropLast(1))),
            HostileFile(.modelWeights, "cut in half", Array(ModelInputs.encoded().prefix(900))),
        ]
}
