internal import Tensor
internal import TensorFiles

/// What SAELens' `cfg.json` says: of version 6 (`metadata`) or older (everything at the top).
struct AutoencoderSettings {
    let architecture: SparseAutoencoder.Architecture
    let inputSize: Int
    let latentCount: Int
    let site: Site
    let normalisation: SparseAutoencoder.Normalisation
    let subtractsDecoderBias: Bool
    let rescalesByDecoderNorm: Bool

    init(path: String) throws(FileError) {
        let json = try BoundedJSON.read(path: path, limit: 4 << 20)
        inputSize = try json.member("d_in").int(in: 1...(1 << 24))
        latentCount = try json.member("d_sae").int(in: 1...(1 << 26))
        architecture = try AutoencoderSettings.architecture(json)
        site = try AutoencoderSettings.site(json)
        subtractsDecoderBias = try json["apply_b_dec_to_input"]?.bool() ?? true
        rescalesByDecoderNorm = try json["rescale_acts_by_decoder_norm"]?.bool() ?? false
        normalisation = try AutoencoderSettings.normalisation(json)
        if let reshape = json["reshape_activations"], try reshape.string() != "none" {
            throw reshape.error("activations reshaped by \(reshape.shown) are not available")
        }
        if let factor = json["finetuning_scaling_factor"], try factor.bool() {
            throw factor.error("a fine-tuning scaling factor is not available")
        }
        guard !rescalesByDecoderNorm || architecture.isTopK else {
            throw json.error("rescale_acts_by_decoder_norm goes with the architecture topk alone")
        }
    }

    private static func architecture(_ json: JSONValue) throws(FileError) -> SparseAutoencoder.Architecture {
        let named = json["architecture"]
        let activation = try (json["activation_fn_str"] ?? json["activation_fn"])?.string() ?? "relu"
        switch try named?.string() ?? "standard" {
        case "standard" where activation == "topk", "topk":
            guard let k = json["k"] ?? json["activation_fn_kwargs"]?["k"] else {
                throw json.error("the architecture topk needs \"k\"")
            }
            return .topK(try k.int(in: 1...(1 << 26)))
        case "standard":
            guard activation == "relu" else { throw json.error("activation \"\(activation)\" is not available") }
            return .standard
        case "jumprelu": return .jumpReLU
        case "gated": return .gated
        default:
            throw (named ?? json).error(
                "architecture \(named?.shown ?? "") is not known", mend: "known are standard, topk, jumprelu, gated")
        }
    }

    private static func site(_ json: JSONValue) throws(FileError) -> Site {
        let metadata = json["metadata"]
        guard let name = json["hook_name"] ?? metadata?["hook_name"] ?? json["hook_point"] else {
            throw json.error("says nowhere which activations the autoencoder reads; expected \"hook_name\"")
        }
        guard var site = SiteNames.site(try name.string()) else {
            throw name.error("\(name.shown) names no known site")
        }
        if site.layer == nil, let layer = json["hook_layer"] ?? metadata?["hook_layer"] ?? json["hook_point_layer"] {
            site.layer = try layer.int(in: 0...4095)
        }
        guard site.layer != nil || site.point == .embed else { throw name.error("\(name.shown) names no layer") }
        if let head = json["hook_head_index"] ?? metadata?["hook_head_index"] {
            throw head.error("an autoencoder of a single attention head is not available")
        }
        return site
    }

    private static func normalisation(_ json: JSONValue) throws(FileError) -> SparseAutoencoder.Normalisation {
        guard let value = json["normalize_activations"] else { return .none }
        // Older files wrote true or false.
        if value.kind == .bool, try !value.bool() { return .none }
        guard value.kind == .string, let known = SparseAutoencoder.Normalisation(rawValue: try value.string()) else {
            throw value.error(
                "normalisation \(value.shown) is not available",
                mend: "known are none, constant_norm_rescale, layer_norm; others must be folded into the weights")
        }
        return known
    }
}
