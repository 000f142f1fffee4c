import FuzzFiles
import FuzzModels
import FuzzTargets

/// Settings of adapters and autoencoders that must be refused: they contradict themselves, their weights, or ask for what isn't there.
enum HostileLatents {
    static let all: [HostileFile] = adapters + autoencoders + archives

    private static func seed(_ target: FuzzTarget, _ place: Int) -> String {
        String(decoding: target.seeds[place], as: UTF8.self)
    }

    private static let plain = seed(.adapterConfig, 0)
    private static let patterns = seed(.adapterConfig, 1)
    private static let many = (0..<20_000).map { #""module\#($0)":2"# }.joined(separator: ",")
    private static let costly = (0..<400).map { #""(a{9}){9}\#($0)":2"# }.joined(separator: ",")

    private static let adapters: [HostileFile] = HostileFile.texts(
        .adapterConfig,
        [
            "empty": "", "empty object": "{}", "a list": "[]", "another method": plain.replacing("LORA", with: "IA3"),
            "rank of 0": plain.replacing(#""r":2"#, with: #""r":0"#),
            "rank of 2^62": plain.replacing(#""r":2"#, with: #""r":4611686018427387904"#),
            "another rank than the tensors'": plain.replacing(#""r":2"#, with: #""r":3"#),
            "rank as text": plain.replacing(#""r":2"#, with: #""r":"2""#),
            "no alpha": plain.replacing(#""lora_alpha":8,"#, with: ""),
            "alpha that no float holds": plain.replacing(#""lora_alpha":8"#, with: #""lora_alpha":1e300"#),
            "DoRA": plain.replacing(#""bias""#, with: #""use_dora":true,"bias""#),
            "trained biases": plain.replacing("none", with: "lora_only"),
            "whole modules": plain.replacing(#""bias""#, with: #""modules_to_save":["lm_head"],"bias""#),
            "targets that have no tensors": plain.replacing("down_proj", with: "_proj"),
            "tensors that are no target": plain.replacing("down_proj", with: "up_proj"),
            "targets as a number": plain.replacing(#"["down_proj"]"#, with: "3"),
            "another layer": plain.replacing("[0]", with: "[1]"),
            "a negative layer": plain.replacing("[0]", with: "[-1]"),
            "a layer past 64 bits": plain.replacing("[0]", with: "[9223372036854775808]"),
            "layers with a pattern": patterns.replacing(#""r":9"#, with: #""layers_to_transform":[0],"r":9"#),
            "a pattern that looks around": patterns.replacing("(down|up)", with: "(?=down)"),
            "a pattern that refers back": patterns.replacing("x{2,3}", with: #"(x)\\1"#),
            "a pattern without end": patterns.replacing("x{2,3}", with: "x{2,"),
            "a pattern of 10^9 steps": patterns.replacing("x{2,3}", with: "((x{1000}){1000}){1000}"),
            "a thousand brackets": patterns.replacing("x{2,3}", with: String(repeating: "(", count: 1000)),
            "20,000 patterns": patterns.replacing(#""x{2,3}":4"#, with: many),
            "patterns that cost too much": patterns.replacing(#""x{2,3}":4"#, with: costly),
            "a rank in the pattern that is none": patterns.replacing(#"$":2"#, with: #"$":-2"#),
            "one key twice": plain.replacing(#""r":2"#, with: #""r":2,"r":2"#),
            "a changed base model": plain.replacing(#""bias""#, with: #""init_lora_weights":"olora","bias""#),
        ])

    private static let topK = seed(.autoencoderConfig, 0)
    private static let old = seed(.autoencoderConfig, 1)
    private static let sparsify = seed(.autoencoderConfig, 3)

    private static let autoencoders: [HostileFile] = HostileFile.texts(
        .autoencoderConfig,
        [
            "empty": "", "empty object": "{}", "no input": topK.replacing(#""d_in":4,"#, with: ""),
            "input of 2^62": topK.replacing(#""d_in":4"#, with: #""d_in":4611686018427387904"#),
            "another width": topK.replacing(#""d_in":4"#, with: #""d_in":5"#),
            "2^26 latents": topK.replacing(#""d_sae":6"#, with: #""d_sae":67108864"#),
            "no latents": topK.replacing(#""d_sae":6"#, with: #""d_sae":0"#),
            "k of 0": topK.replacing(#""k":3"#, with: #""k":0"#),
            "k above the latents": topK.replacing(#""k":3"#, with: #""k":7"#),
            "unknown architecture": topK.replacing("topk", with: "crosscoder"),
            "an architecture without its tensors": topK.replacing("topk", with: "gated"),
            "unknown normalisation": topK.replacing("layer_norm", with: "covariance_whitening"),
            "a scale that is nowhere": topK.replacing("layer_norm", with: "expected_average_only_in"),
            "no such site": topK.replacing("hook_resid_post", with: "hook_nothing"),
            "no site": topK.replacing("hook_name", with: "name"),
            "a site without layer": topK.replacing("blocks.2.hook_resid_post", with: "resid_post"),
            "layer past 64 bits": topK.replacing("blocks.2.", with: "blocks.99999999999999999999."),
            "a single head": topK.replacing("null", with: "3"),
            "two sites": topK.replacing(#""d_in""#, with: #""hook_name":"blocks.1.hook_resid_post","d_in""#),
            "two layers": old.replacing(#""hook_point_layer":2"#, with: #""hook_point_layer":3"#),
            "two k": old.replacing(#""d_in""#, with: #""k":3,"d_in""#),
            "k as text": old.replacing(#"{"k":2}"#, with: #"{"k":"2"}"#),
            "another activation": old.replacing(#""topk""#, with: #""tanh""#),
            "a trained scale": old.replacing(#"factor":false"#, with: #"factor":true"#),
            "latents past 64 bits": sparsify.replacing(
                #""expansion_factor":2"#, with: #""expansion_factor":9223372036854775808"#),
            "other latents": sparsify.replacing(#""expansion_factor":2"#, with: #""expansion_factor":3"#),
            "group maximum": sparsify.replacing("topk\"", with: "groupmax\""),
            "a transcoder": sparsify.replacing(#""transcode":false"#, with: #""transcode":true"#),
        ])

    private static let good = FuzzTarget.gemmaScope.seeds[0]

    private static let archives: [HostileFile] = [
        HostileFile(.gemmaScope, "empty", []), HostileFile(.gemmaScope, "cut short", Array(good.dropLast())),
        HostileFile(.gemmaScope, "a flipped byte of an array", good.replacing(at: 180, with: [0x55])),
        HostileFile(.gemmaScope, "another archive", FuzzTarget.zip.seeds[0]),
    ]
}
