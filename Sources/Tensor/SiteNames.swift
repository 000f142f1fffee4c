/// Every name that other tools give to a site, resolved in one place.
///
/// Known are TransformerLens' hooks and short names, its Bridge names, Hugging Face modules and `hidden_states` tuples, nnsight,
/// activault, delphi, diffing-toolkit and PEFT paths. A module of a Hugging Face model means the module's output.
public enum SiteNames {
    /// The site that `text` names; its layer is nil where the text names none (`resid_post`), and nil is returned where it names
    /// no site.
    ///
    /// `hidden_states[i]` is the input of layer i, so the output of layer i − 1 and for 0 the embedding. Where i is the number
    /// of layers, transformers hands out the normalised state instead, which is no site: the caller knows the number.
    public static func site(_ text: String) -> Site? {
        if let site = Site(canonical: text), accepts(site) { return site }
        if let site = hiddenState(text) { return site }
        if let site = diffingToolkit(text) { return site }
        var pieces = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let isAdapter = pieces.starts(with: ["base_model", "model"])
        if isAdapter { pieces.removeFirst(2) }
        return blocks(pieces) ?? layers(pieces, isAdapter: isAdapter)
    }

    private static func accepts(_ site: Site) -> Bool {
        switch site.point {
        case .lora, .sae: true
        case .embed: site.layer == nil && site.part == nil
        default: site.part == nil
        }
    }

    /// `hidden_states[13]` is what layer 12 leaves.
    private static func hiddenState(_ text: String) -> Site? {
        let opening = "hidden_states["
        guard text.hasPrefix(opening), text.hasSuffix("]") else { return nil }
        guard let index = Site.layerNumber(text.dropFirst(opening.count).dropLast()) else { return nil }
        return index == 0 ? Site(.embed) : Site(.residPost, layer: index - 1)
    }

    /// `layer_12_out`.
    private static func diffingToolkit(_ text: String) -> Site? {
        guard text.hasPrefix("layer_"), text.hasSuffix("_out") else { return nil }
        return Site.layerNumber(text.dropFirst(6).dropLast(4)).map { Site(.residPost, layer: $0) }
    }

    /// `blocks.12.hook_resid_post`, `blocks.12.attn.hook_q`, `blocks.12.mlp.hook_post`, `blocks.12.hook_out`, `hook_embed`.
    private static func blocks(_ pieces: [String]) -> Site? {
        if pieces == ["hook_embed"] || pieces == ["embed", "hook_out"] { return Site(.embed) }
        guard pieces.count > 1, pieces[0] == "blocks", let layer = Site.layerNumber(pieces[1][...]) else { return nil }
        return hooks[pieces.dropFirst(2).joined(separator: ".")].map { Site($0, layer: layer) }
    }

    private static let hooks: [String: SitePoint] = [
        "": .residPost, "hook_resid_pre": .residPre, "hook_resid_mid": .residMid, "hook_resid_post": .residPost,
        "hook_in": .residPre, "hook_out": .residPost, "hook_attn_out": .attnOut, "hook_mlp_out": .mlpOut,
        "attn.hook_out": .attnOut, "mlp.hook_out": .mlpOut, "attn.hook_q": .q, "attn.hook_k": .k, "attn.hook_v": .v,
        "attn.hook_z": .z, "attn.hook_pattern": .pattern, "mlp.hook_pre": .mlpPre, "mlp.hook_post": .mlpAct,
    ]

    /// `model.layers.12`, `model.layers.12.mlp.down_proj`, `layers.12`, `models.layers.12.mlp.post`, `transformer.h.12`, each also
    /// with nnsight's `.output`; below `base_model.model.` the modules are those that an adapter changes.
    private static func layers(_ pieces: [String], isAdapter: Bool) -> Site? {
        let path = pieces.joined(separator: ".")
        if ["model.embed_tokens", "model.embed_tokens.output", "embed_tokens"].contains(path) { return Site(.embed) }
        guard let start = pieces.firstIndex(where: { $0 == "layers" || $0 == "h" }), start <= 1,
            start + 1 < pieces.count
        else { return nil }
        if start == 1, !["model", "models", "transformer"].contains(pieces[0]) { return nil }
        guard let layer = Site.layerNumber(pieces[start + 1][...]) else { return nil }
        var rest = Array(pieces[(start + 2)...])
        if isAdapter {
            if let end = rest.firstIndex(where: { $0.hasPrefix("lora_") }) { rest.removeSubrange(end...) }
            return rest.count == 2 ? Site(.lora, layer: layer, part: rest.joined(separator: ".")) : nil
        }
        if let point = modules[rest.joined(separator: ".")] { return Site(point, layer: layer) }
        guard rest.last == "output" else { return nil }
        return modules[rest.dropLast().joined(separator: ".")].map { Site($0, layer: layer) }
    }

    private static let modules: [String: SitePoint] = [
        "": .residPost, "input": .residPre, "self_attn": .attnOut, "self_attn.o_proj": .attnOut,
        "self_attn.post": .attnOut,
        "mlp": .mlpOut, "mlp.down_proj": .mlpOut, "mlp.post": .mlpOut, "mlp.gate_proj": .mlpPre,
        "mlp.down_proj.input": .mlpAct,
        "self_attn.q_proj": .q, "self_attn.k_proj": .k, "self_attn.v_proj": .v, "self_attn.o_proj.input": .z,
    ]
}
