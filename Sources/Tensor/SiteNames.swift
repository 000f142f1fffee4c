/// Every name that other tools give to a site, resolved in one place.
///
/// Known are TransformerLens' hooks and short names, its Bridge names, Hugging Face modules and `hidden_states` tuples, nnsight,
/// activault, delphi, diffing-toolkit and PEFT paths. A module of a Hugging Face model means the module's output.
public enum SiteNames {
    /// The site that `text` names; its layer is nil where the text names none (`resid_post`), and nil is returned where it names
    /// no site.
    ///
    /// - Parameter layers: how many the model has. Hugging Face hands out `hidden_states[i]` as the input of layer i, but the
    ///   last one after the final norm: which one that is depends on it. Without it a number is taken for a layer's.
    public static func site(_ text: String, layers: Int? = nil) -> Site? {
        if let site = Site(canonical: text), accepts(site) { return site }
        if let site = ofAllLayers(text) { return site }
        if let site = shortName(text) ?? hiddenState(text, layers: layers) ?? diffingToolkit(text) { return site }
        let pieces = pieces(of: text)
        guard !pieces.contains("") else { return nil }
        if pieces.starts(with: ["base_model", "model"]) { return adapted(Array(pieces.dropFirst(2))) }
        return block(pieces) ?? whole(pieces) ?? module(pieces)
    }

    /// `hidden_states[7]` of a model of 5 layers, whose states are 0 to 5: what is wrong with a text that would name a site of a
    /// deeper model; nil for any other.
    public static func outOfRange(_ text: String, layers: Int) -> String? {
        guard text.hasPrefix("hidden_states["), site(text, layers: layers) == nil,
            site(text, layers: 1 << 20) != nil
        else { return nil }
        return "\(text) is out of range: of \(layers) layers there are hidden_states[0] to hidden_states[\(layers)], "
            + "the last after the final norm"
    }

    private static func accepts(_ site: Site) -> Bool {
        switch site.point {
        case .lora, .sae: true
        case .embed, .lnFinal, .logits: site.layer == nil && site.part == nil
        default: site.part == nil
        }
    }

    /// `sae.NAME`, `lora.mlp.down_proj`, `lora.NAME`: one autoencoder, module or adapter in every layer that has it.
    private static func ofAllLayers(_ text: String) -> Site? {
        for point in [SitePoint.lora, .sae] where text.hasPrefix(point.rawValue + ".") {
            let part = text.dropFirst(point.rawValue.utf8.count + 1)
            guard let first = part.utf8.first, !(0x30...0x39).contains(first), first != 0x2E else { return nil }
            return Site(point, part: String(part))
        }
        return nil
    }

    /// `mlp_post`, `mlp_post.3`.
    private static func shortName(_ text: String) -> Site? {
        let pieces = text.split(separator: ".", omittingEmptySubsequences: false)
        guard pieces.count <= 2, let point = SiteNameTable.shortNames[String(pieces[0])] else { return nil }
        guard pieces.count == 2 else { return Site(point) }
        return Site.layerNumber(pieces[1]).map { Site(point, layer: $0) }
    }

    /// `hidden_states[12]` is what layer 12 reads, so what layer 11 leaves; counted from the end, `[-1]` is the last.
    private static func hiddenState(_ text: String, layers: Int?) -> Site? {
        let opening = "hidden_states["
        guard text.hasPrefix(opening), text.hasSuffix("]") else { return nil }
        let inside = text.dropFirst(opening.count).dropLast()
        let index: Int
        if inside.first == "-" {
            guard let back = Site.layerNumber(inside.dropFirst()), back > 0 else { return nil }
            if back == 1 { return Site(.lnFinal) }
            guard let layers, back <= layers + 1 else { return nil }
            index = layers + 1 - back
        } else {
            guard let number = Site.layerNumber(inside) else { return nil }
            index = number
        }
        if let layers, index >= layers { return index == layers ? Site(.lnFinal) : nil }
        return index == 0 ? Site(.residPre, layer: 0) : Site(.residPost, layer: index - 1)
    }

    /// `layer_12_out`.
    private static func diffingToolkit(_ text: String) -> Site? {
        guard text.hasPrefix("layer_"), text.hasSuffix("_out") else { return nil }
        return Site.layerNumber(text.dropFirst(6).dropLast(4)).map { Site(.residPost, layer: $0) }
    }

    /// The path's names; a layer in brackets, as in Python, is one of them.
    private static func pieces(of text: String) -> [String] {
        text.split(separator: ".", omittingEmptySubsequences: false).flatMap { piece -> [String] in
            for list in ["layers[", "h[", "blocks["] where piece.hasPrefix(list) && piece.hasSuffix("]") {
                return [String(list.dropLast()), String(piece.dropFirst(list.count).dropLast())]
            }
            return [String(piece)]
        }
    }

    /// `blocks.12.hook_resid_post`, `blocks.12.attn.hook_q`, `blocks.12.hook_out`.
    private static func block(_ pieces: [String]) -> Site? {
        guard pieces.count > 1, pieces[0] == "blocks", let layer = Site.layerNumber(pieces[1][...]) else { return nil }
        return SiteNameTable.hooks[pieces.dropFirst(2).joined(separator: ".")].map { Site($0, layer: layer) }
    }

    /// `hook_embed`, `model.embed_tokens`, `transformer.ln_f.output`, `lm_head`.
    private static func whole(_ pieces: [String]) -> Site? {
        var path = pieces
        if path.count > 1, SiteNameTable.owners.contains(path[0]) {
            path.removeFirst()
            if path.count > 1, path[0] == "model" { path.removeFirst() }
        }
        if let last = path.last, path.count > 1, SiteNameTable.outputs.contains(last) { path.removeLast() }
        return SiteNameTable.whole[path.joined(separator: ".")].map { Site($0) }
    }

    /// `model.layers.12`, `layers.12`, `model.layers.12.mlp.down_proj`, `models.layers.12.mlp.post`, `transformer.h.12`,
    /// `gpt_neox.layers.12.mlp.dense_4h_to_h`, each also with nnsight's `.output` or `.input`.
    private static func module(_ pieces: [String]) -> Site? {
        guard let (layer, rest) = layer(pieces) else { return nil }
        if let point = SiteNameTable.modules[rest.joined(separator: ".")]?.output { return Site(point, layer: layer) }
        guard let last = rest.last, let sites = SiteNameTable.modules[rest.dropLast().joined(separator: ".")] else {
            return nil
        }
        if SiteNameTable.outputs.contains(last) { return sites.output.map { Site($0, layer: layer) } }
        if SiteNameTable.inputs.contains(last) { return sites.input.map { Site($0, layer: layer) } }
        return nil
    }

    /// Below `base_model.model.` the modules are those that an adapter changes: `model.layers.12.mlp.down_proj.lora_A.weight`.
    private static func adapted(_ pieces: [String]) -> Site? {
        guard let (layer, path) = layer(pieces) else { return nil }
        var rest = path
        if let end = rest.firstIndex(where: { $0.hasPrefix("lora_") }) { rest.removeSubrange(end...) }
        guard rest.count == 2 else { return nil }
        return Site(.lora, layer: layer, part: rest.joined(separator: "."))
    }

    /// The layer's number and the path within it.
    private static func layer(_ pieces: [String]) -> (Int, [String])? {
        // nnsight's wrapper brings another `model.` in front.
        let path = pieces.starts(with: ["model", "model"]) ? Array(pieces.dropFirst()) : pieces
        guard let start = path.firstIndex(where: { $0 == "layers" || $0 == "h" }), start <= 1, start + 1 < path.count,
            SiteNameTable.owners.contains(start == 0 ? "" : path[0]),
            let layer = Site.layerNumber(path[start + 1][...])
        else { return nil }
        return (layer, Array(path[(start + 2)...]))
    }
}
