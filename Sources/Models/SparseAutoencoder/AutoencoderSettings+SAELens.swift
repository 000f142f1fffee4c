internal import Tensor
internal import TensorFiles

extension AutoencoderSettings {
    /// SAELens' `cfg.json`: of version 6 (`metadata`) or older (everything at the top, older names of keys).
    init(saeLens json: JSONValue, _ reference: AutoencoderReference) throws(FileError) {
        let inputs = try json.member("d_in").int(in: AutoencoderSettings.inputSizes)
        let latents = try json.member("d_sae").int(in: AutoencoderSettings.latentCounts)
        let (site, readsModule) = try AutoencoderSettings.site(json, reference)
        self.init(
            architecture: try AutoencoderSettings.architecture(json, latents: latents), inputSize: inputs,
            latentCount: latents, site: site, readsModule: readsModule, name: reference.path.last ?? "sae")
        subtractsDecoderBias = try json["apply_b_dec_to_input"]?.bool() ?? true
        rescalesByDecoderNorm = try json["rescale_acts_by_decoder_norm"]?.bool() ?? false
        normalisation = try AutoencoderSettings.normalisation(json)
        // Heads laid side by side: as a store keeps z anyway.
        if let reshape = json["reshape_activations"], try reshape.string() != "none" {
            guard try reshape.string() == "hook_z", site.point == .z else {
                throw reshape.error("activations reshaped by \(reshape.shown) are not available")
            }
        }
        if let factor = json["finetuning_scaling_factor"], try factor.bool() {
            throw factor.error("a fine-tuning scaling factor is not available")
        }
        guard !rescalesByDecoderNorm || architecture.isTopK else {
            throw json.error("rescale_acts_by_decoder_norm goes with the architecture topk alone")
        }
    }

    private static func architecture(
        _ json: JSONValue, latents: Int
    ) throws(FileError) -> SparseAutoencoder.Architecture {
        let named = json["architecture"]
        let name = try named?.string() ?? "standard"
        let activation = json["activation_fn_str"] ?? json["activation_fn"]
        let function = try activation?.string() ?? (name == "topk" ? "topk" : "relu")
        switch (name, function) {
        case ("standard", "topk"), ("topk", "topk"), ("topk", "relu"): return .topK(try k(json, latents))
        case ("standard", "relu"): return .standard
        case ("jumprelu", "relu"): return .jumpReLU
        case ("gated", "relu"): return .gated
        case ("standard", _), ("topk", _), ("jumprelu", _), ("gated", _):
            throw (activation ?? json).error("activation \"\(function)\" is not available for the architecture \(name)")
        case ("batchtopk", _), ("matryoshka_batchtopk", _):
            throw (named ?? json).error(
                "\"\(name)\" is a training checkpoint",
                mend:
                    "write it as SAELens' inference form, which is jumprelu: training_sae.save_inference_model(folder)")
        default:
            throw (named ?? json).error(
                "architecture \(named?.shown ?? "") is not known", mend: "known are standard, topk, jumprelu, gated")
        }
    }

    /// At the top since version 6, before it an argument of the activation.
    private static func k(_ json: JSONValue, _ latents: Int) throws(FileError) -> Int {
        let (own, argument) = (json["k"], json["activation_fn_kwargs"]?["k"])
        guard let stated = own ?? argument else { throw json.error("the architecture topk needs \"k\"") }
        let k = try stated.int(in: 1...latents)
        if let argument, try argument.int() != k {
            throw argument.error("contradicts k, which is \(k)")
        }
        return k
    }

    /// Where it reads, and whether a module's output is meant.
    private static func site(
        _ json: JSONValue, _ reference: AutoencoderReference
    ) throws(FileError) -> (Site, readsModule: Bool) {
        let metadata = json["metadata"]
        let keys = ["hook_name", "hook_point"]
        let names = keys.flatMap { [json[$0], metadata?[$0]] }.compactMap(\.self)
        guard let name = names.first else {
            if let given = reference.source { return (given, reference.namesModule) }
            throw json.error(
                "says nowhere which activations the autoencoder reads; expected \"hook_name\"",
                mend: "write it behind the folder, such as \(reference.folder)@resid_post.12")
        }
        for other in names where try other.stringBytes() != name.stringBytes() {
            throw other.error("contradicts hook_name, which is \(name.shown)")
        }
        guard var site = AutoencoderReference.site(try name.string()) else {
            throw name.error("\(name.shown) names no known site")
        }
        for key in ["hook_layer", "hook_point_layer"] {
            guard let layer = json[key] ?? metadata?[key], site.point != .embed else { continue }
            let number = try layer.int(in: 0...4095)
            guard site.layer ?? number == number else {
                throw layer.error("contradicts hook_name, which is \(name.shown)")
            }
            site.layer = number
        }
        guard site.layer != nil || site.point == .embed else { throw name.error("\(name.shown) names no layer") }
        for key in ["hook_head_index", "hook_point_head_index"] {
            if let head = json[key] ?? metadata?[key] {
                throw head.error("an autoencoder of a single attention head is not available")
            }
        }
        if let given = reference.source, given != site {
            throw name.error(
                "the autoencoder was trained on \(site.canonicalName), not on \(given.canonicalName)",
                mend: "leave the site away; the folder says it")
        }
        return (site, AutoencoderReference.isModuleOutput(try name.string(), site))
    }

    private static func normalisation(_ json: JSONValue) throws(FileError) -> SparseAutoencoder.Normalisation {
        guard let value = json["normalize_activations"] else { return .none }
        // Older files wrote true for what is called expected_average_only_in now.
        if value.kind == .bool, try !value.bool() { return .none }
        guard value.kind == .string, let known = SparseAutoencoder.Normalisation(rawValue: try value.string()) else {
            let isBool = value.kind == .bool
            let name = isBool ? "" : try value.string()
            throw value.error(
                "normalisation \(value.shown) is not available: its scale is not in the file",
                mend: isBool || name == "expected_average_only_in"
                    ? "fold it into the weights with SAELens: sae.fold_activation_norm_scaling_factor(scale)"
                    : "known are none, constant_norm_rescale, layer_norm; others must be folded into the weights")
        }
        return known
    }
}
