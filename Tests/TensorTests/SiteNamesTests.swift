import Tensor
import Testing

@Suite struct SiteNamesTests {
    @Test(arguments: [
        ("resid_post", Site(.residPost)), ("resid_post.12", Site(.residPost, layer: 12)), ("embed", Site(.embed)),
        ("lora.3.mlp.down_proj", Site(.lora, layer: 3, part: "mlp.down_proj")),
        ("blocks.12.hook_resid_post", Site(.residPost, layer: 12)),
        ("blocks.0.hook_resid_pre", Site(.residPre, layer: 0)),
        ("blocks.12.hook_out", Site(.residPost, layer: 12)), ("blocks.12.hook_in", Site(.residPre, layer: 12)),
        ("blocks.4.mlp.hook_post", Site(.mlpAct, layer: 4)), ("blocks.4.attn.hook_z", Site(.z, layer: 4)),
        ("hook_embed", Site(.embed)), ("model.embed_tokens", Site(.embed)),
        ("model.layers.12", Site(.residPost, layer: 12)), ("layers.12", Site(.residPost, layer: 12)),
        ("model.layers.12.output", Site(.residPost, layer: 12)), ("model.layers.12.input", Site(.residPre, layer: 12)),
        ("model.layers.12.mlp.down_proj", Site(.mlpOut, layer: 12)), ("model.layers.12.mlp", Site(.mlpOut, layer: 12)),
        ("model.layers.12.self_attn.output", Site(.attnOut, layer: 12)),
        ("models.layers.12.mlp.post", Site(.mlpOut, layer: 12)), ("layer_12_out", Site(.residPost, layer: 12)),
        ("hidden_states[13]", Site(.residPost, layer: 12)), ("hidden_states[0]", Site(.embed)),
        ("transformer.h.5", Site(.residPost, layer: 5)),
        ("base_model.model.model.layers.12.mlp.down_proj", Site(.lora, layer: 12, part: "mlp.down_proj")),
        (
            "base_model.model.model.layers.2.self_attn.q_proj.lora_A.weight",
            Site(.lora, layer: 2, part: "self_attn.q_proj")
        ),
    ])
    func names(text: String, site: Site) { #expect(SiteNames.site(text) == site) }

    @Test(arguments: [
        "", "resid", "resid_post.x", "resid_post.1.more", "blocks.x.hook_resid_post", "blocks.1.hook_nothing", "blocks",
        "hidden_states[]", "hidden_states[-1]", "layer__out", "layer_1", "model.layers", "model.layers.1.norm",
        "other.layers.1", "base_model.model.lm_head", "embed.3", "hidden_states[99999999999999999999]",
    ])
    func otherTextsNameNothing(text: String) { #expect(SiteNames.site(text) == nil) }
}
