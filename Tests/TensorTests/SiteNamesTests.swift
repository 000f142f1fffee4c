import Tensor
import Testing

@Suite struct SiteNamesTests {
    /// One line a site: its canonical name in a model of 13 layers, and all that it is called elsewhere.
    static let names: [(site: String, aliases: [String])] = [
        ("resid_post", ["resid_post"]),
        (
            "embed",
            [
                "hook_embed", "embed.hook_out", "model.embed_tokens", "embed_tokens", "model.embed_tokens.output",
                "model.model.embed_tokens.output", "transformer.wte", "gpt_neox.embed_in", "models.embed_tokens.post",
            ]
        ),
        (
            "ln_final",
            [
                "hidden_states[13]", "hidden_states[-1]", "model.norm", "model.norm.output", "model.model.norm.output",
                "transformer.ln_f", "gpt_neox.final_layer_norm", "ln_final.hook_out", "unembed.hook_in",
                "lm_head.input",
                "models.norm.post",
            ]
        ),
        ("logits", ["lm_head", "lm_head.output", "embed_out", "unembed", "unembed.hook_out"]),
        ("resid_pre.0", ["blocks.0.hook_resid_pre", "blocks.0.hook_in", "hidden_states[0]", "hidden_states[-14]"]),
        ("resid_pre.12", ["model.layers.12.input", "model.layers[12].inputs[0][0]", "gpt_neox.layers.12.input"]),
        ("resid_mid.12", ["blocks.12.hook_resid_mid", "blocks.12.ln2.hook_in", "transformer.h.12.ln_2.input"]),
        ("resid_post.11", ["hidden_states[12]", "hidden_states[-2]"]),
        (
            "resid_post.12",
            [
                "blocks.12.hook_resid_post", "blocks.12.hook_out", "blocks.12", "model.layers.12", "layers.12", "h.12",
                "transformer.h.12", "gpt_neox.layers.12", "model.layers.12.output", "model.layers[12].output[0]",
                "model.model.layers[12].output[0]", "transformer.h[12].output[0]", "gpt_neox.layers[12].output",
                "models.layers.12.post", "layer_12_out", "models.layers.12",
            ]
        ),
        (
            "attn_out.12",
            [
                "blocks.12.hook_attn_out", "blocks.12.attn.hook_out", "model.layers.12.self_attn",
                "model.layers.12.self_attn.output", "model.layers.12.self_attn.o_proj",
                "models.layers.12.self_attn.post",
                "transformer.h.12.attn", "transformer.h.12.attn.c_proj", "gpt_neox.layers.12.attention",
                "gpt_neox.layers.12.attention.dense", "layers.12.attention", "layers.12.self_attn",
                "blocks.12.attn.o.hook_out",
            ]
        ),
        (
            "mlp_out.12",
            [
                "blocks.12.hook_mlp_out", "blocks.12.mlp.hook_out", "model.layers.12.mlp",
                "model.layers.12.mlp.down_proj",
                "models.layers.12.mlp.post", "layers.12.mlp", "transformer.h.12.mlp", "transformer.h.12.mlp.c_proj",
                "gpt_neox.layers.12.mlp", "gpt_neox.layers.12.mlp.dense_4h_to_h", "h.12.mlp",
                "blocks.12.mlp.out.hook_out",
            ]
        ),
        (
            "mlp_pre.12",
            [
                "blocks.12.mlp.hook_pre", "blocks.12.mlp.gate.hook_out", "model.layers.12.mlp.gate_proj",
                "transformer.h.12.mlp.c_fc", "transformer.h.12.mlp.act.input", "gpt_neox.layers.12.mlp.dense_h_to_4h",
                "model.layers.12.mlp.act_fn.input",
            ]
        ),
        (
            "mlp_act.12",
            [
                "blocks.12.mlp.hook_post", "blocks.12.mlp.out.hook_in", "model.layers.12.mlp.down_proj.input",
                "models.layers.12.mlp.down_proj.pre", "transformer.h.12.mlp.act", "transformer.h.12.mlp.c_proj.input",
                "gpt_neox.layers.12.mlp.dense_4h_to_h.input", "mlp_post.12",
            ]
        ),
        ("q.12", ["blocks.12.attn.hook_q", "blocks.12.attn.q.hook_out", "model.layers.12.self_attn.q_proj"]),
        ("k.12", ["blocks.12.attn.hook_k", "blocks.12.attn.k.hook_out", "model.layers.12.self_attn.k_proj"]),
        ("v.12", ["blocks.12.attn.hook_v", "blocks.12.attn.v.hook_out", "model.layers.12.self_attn.v_proj.output"]),
        (
            "z.12",
            [
                "blocks.12.attn.hook_z", "blocks.12.attn.o.hook_in", "model.layers.12.self_attn.o_proj.input",
                "transformer.h.12.attn.c_proj.input", "gpt_neox.layers.12.attention.dense.input",
            ]
        ),
        ("pattern.4", ["blocks.4.attn.hook_pattern"]),
        (
            "lora.12.mlp.down_proj",
            [
                "base_model.model.model.layers.12.mlp.down_proj",
                "base_model.model.model.layers.12.mlp.down_proj.lora_A.weight",
                "base_model.model.model.layers.12.mlp.down_proj.lora_A.default.weight",
            ]
        ),
        ("lora.2.self_attn.qkv_proj", ["base_model.model.model.layers.2.self_attn.qkv_proj.lora_A.weight"]),
        ("lora.2.attn.c_attn", ["base_model.model.transformer.h.2.attn.c_attn.lora_B.weight"]),
        (
            "lora.2.attention.query_key_value",
            [
                "base_model.model.gpt_neox.layers.2.attention.query_key_value.lora_A.weight"
            ]
        ),
        ("mlp_act", ["mlp_post"]),
    ]

    @Test(arguments: names.indices) func everyToolsNamesMeanTheSameSite(_ index: Int) throws {
        let (canonical, aliases) = Self.names[index]
        let site = try #require(Site(canonical: canonical))
        for alias in aliases + [canonical] {
            #expect(SiteNames.site(alias, layers: 13) == site, "\(alias)")
        }
    }

    /// Which of the tuple's states is the normalised one is the caller's knowledge.
    @Test func hiddenStatesWithoutTheNumberOfLayers() {
        #expect(SiteNames.site("hidden_states[13]") == Site(.residPost, layer: 12))
        #expect(SiteNames.site("hidden_states[-1]") == Site(.lnFinal))
        #expect(SiteNames.site("hidden_states[-2]") == nil)
        #expect(SiteNames.site("hidden_states[14]", layers: 13) == nil)
        #expect(SiteNames.site("hidden_states[-15]", layers: 13) == nil)
        for text in ["hidden_states[14]", "hidden_states[-15]", "hidden_states[999]"] {
            #expect(SiteNames.outOfRange(text, layers: 13)?.contains("to hidden_states[13], the last") == true)
        }
        for text in ["hidden_states[13]", "hidden_states[-14]", "hidden_states[x]", "nowhere"] {
            #expect(SiteNames.outOfRange(text, layers: 13) == nil)
        }
    }

    /// A name without a layer is that autoencoder, module or adapter in all of them.
    @Test func namesOfAllLayers() {
        #expect(SiteNames.site("sae.width_16k/average_l0_71") == Site(.sae, part: "width_16k/average_l0_71"))
        #expect(SiteNames.site("lora.mlp.down_proj") == Site(.lora, part: "mlp.down_proj"))
        #expect(SiteNames.site("lora.tuned") == Site(.lora, part: "tuned"))
        let site = Site(.lora, layer: 3, part: "mlp.down_proj").ofAdapter("tuned")
        #expect(site.canonicalName == "lora.3.tuned:mlp.down_proj" && Site(canonical: site.canonicalName) == site)
        #expect(site.adapterName == "tuned" && Site(.sae, layer: 1, part: "a:b").adapterName == nil)
        for text in ["sae.", "sae.3x", "sae..x", "lora.12.", "lora."] {
            #expect(SiteNames.site(text) == nil, "\(text)")
        }
    }

    @Test(arguments: [
        "", "resid", "resid_post.x", "resid_post.1.more", "blocks.x.hook_resid_post", "blocks.1.hook_nothing", "blocks",
        "hidden_states[]", "hidden_states[-0]", "hidden_states[--1]", "layer__out", "layer_1", "model.layers",
        "model.layers.1.norm", "model.layers[]", "model.layers[1", "model.layers[-1]", "mlp_post.x", "model",
        "other.layers.1", "base_model.model.lm_head", "embed.3", "ln_final.3", "logits.2",
        "hidden_states[99999999999999999999]", "base_model.model.model.layers.1.mlp.", "model.layers.1.",
        // Fused or ambiguous: no single site.
        "model.layers.1.self_attn.qkv_proj", "model.layers.1.mlp.gate_up_proj", "transformer.h.1.attn.c_attn",
        "gpt_neox.layers.1.attention.query_key_value", "model.layers.1.mlp.up_proj", "model.layers.1.mlp.act_fn",
        "model.layers.1.post_attention_layernorm", "model.layers.1.mlp.input", "blocks.1.mlp.in.hook_out",
        "transformer.wpe",
    ])
    func otherTextsNameNothing(text: String) { #expect(SiteNames.site(text) == nil) }

    /// The position column's name says which tokens have rows, in one spelling only.
    @Test func columnsOfKeptTokens() {
        for kept in [KeptTokens.last(1), .last(8), .assistant] {
            let id = ColumnID.keptPosition(kept)
            #expect(ColumnID(canonical: id.canonicalName) == id && KeptTokens(kept.name) == kept)
        }
        #expect(KeptTokens("last") == .last(1) && KeptTokens("all") == .all)
        for text in ["position.all", "position.last", "position.last:08", "position.last:0", "position.x", "position."]
        {
            #expect(ColumnID(canonical: text) == nil, "\(text)")
        }
        for text in ["", "last:", "last:-1", "last:0", "first", "last:99999999999999999999"] {
            #expect(KeptTokens(text) == nil)
        }
    }
}
