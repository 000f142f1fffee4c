/// The table behind `SiteNames`: what each tool calls a site.
///
/// A name that means one thing in one family and another elsewhere has no entry: HF's fused projections, the norms between
/// blocks, the up projection of gated networks.
enum SiteNameTable {
    /// Names without a layer.
    static let whole: [String: SitePoint] = [
        // TransformerLens and its Bridge.
        "hook_embed": .embed, "embed.hook_out": .embed, "ln_final.hook_out": .lnFinal, "unembed.hook_in": .lnFinal,
        "unembed.hook_out": .logits, "unembed": .logits,
        // Hugging Face: Llama-like, GPT-2, GPT-NeoX.
        "embed_tokens": .embed, "wte": .embed, "embed_in": .embed,
        "norm": .lnFinal, "ln_f": .lnFinal, "final_layer_norm": .lnFinal,
        "lm_head": .logits, "embed_out": .logits, "lm_head.input": .lnFinal, "embed_out.input": .lnFinal,
    ]

    /// TransformerLens' short names that are not canonical here.
    static let shortNames: [String: SitePoint] = ["mlp_post": .mlpAct, "post": .mlpAct]

    /// Below `blocks.N.`: TransformerLens' hooks, then those of its Bridge.
    static let hooks: [String: SitePoint] = [
        "": .residPost,
        "hook_resid_pre": .residPre, "hook_resid_mid": .residMid, "hook_resid_post": .residPost,
        "hook_attn_out": .attnOut, "hook_mlp_out": .mlpOut,
        "attn.hook_q": .q, "attn.hook_k": .k, "attn.hook_v": .v, "attn.hook_z": .z, "attn.hook_pattern": .pattern,
        "mlp.hook_pre": .mlpPre, "mlp.hook_post": .mlpAct,
        "hook_in": .residPre, "ln2.hook_in": .residMid, "hook_out": .residPost,
        "attn.hook_out": .attnOut, "attn.o.hook_out": .attnOut, "mlp.hook_out": .mlpOut, "mlp.out.hook_out": .mlpOut,
        "attn.q.hook_out": .q, "attn.k.hook_out": .k, "attn.v.hook_out": .v, "attn.o.hook_in": .z,
        "mlp.gate.hook_out": .mlpPre, "mlp.out.hook_in": .mlpAct,
    ]

    /// Modules of a layer by their path in it: what comes out and what goes in, where that is a site.
    static let modules: [String: (output: SitePoint?, input: SitePoint?)] = [
        "": (.residPost, .residPre),
        // Qwen, Llama, Mistral, Gemma; Phi-3 has the same but for its fused inputs.
        "self_attn": (.attnOut, nil), "self_attn.o_proj": (.attnOut, .z),
        "self_attn.q_proj": (.q, nil), "self_attn.k_proj": (.k, nil), "self_attn.v_proj": (.v, nil),
        "mlp": (.mlpOut, nil), "mlp.down_proj": (.mlpOut, .mlpAct), "mlp.gate_proj": (.mlpPre, nil),
        "mlp.act_fn": (nil, .mlpPre),
        // GPT-2.
        "attn": (.attnOut, nil), "attn.c_proj": (.attnOut, .z), "ln_2": (nil, .residMid),
        "mlp.c_fc": (.mlpPre, nil), "mlp.act": (.mlpAct, .mlpPre), "mlp.c_proj": (.mlpOut, .mlpAct),
        // GPT-NeoX.
        "attention": (.attnOut, nil), "attention.dense": (.attnOut, .z),
        "mlp.dense_h_to_4h": (.mlpPre, nil), "mlp.dense_4h_to_h": (.mlpOut, .mlpAct),
    ]

    /// What stands before `layers.N` and the modules beside it: nothing (delphi), HF's classes, activault's.
    static let owners: Set<String> = ["", "model", "models", "transformer", "gpt_neox"]

    /// How nnsight and activault say that a module's output or input is meant; HF's name alone means the output.
    static let outputs: Set<String> = ["output", "output[0]", "post"]
    static let inputs: Set<String> = ["input", "inputs", "inputs[0]", "inputs[0][0]", "pre"]
}
