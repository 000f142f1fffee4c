internal import Tensor
internal import TensorFiles

extension AutoencoderSettings {
    /// Gemma Scope's `params.npz`: JumpReLU, nothing subtracted from the input. Sizes come from the arrays; what it reads comes
    /// from the path, such as `gemma-scope-2b-pt-res/layer_20/width_16k/average_l0_71`, or from the reference.
    init(gemmaScope weights: AutoencoderWeights, _ reference: AutoencoderReference) throws(FileError) {
        let encoder = weights.names.contains("w_enc") ? "w_enc" : "W_enc"
        let shape = try weights.shape(of: encoder)
        guard shape.count == 2, AutoencoderSettings.inputSizes.contains(shape[0]),
            AutoencoderSettings.latentCounts.contains(shape[1])
        else {
            throw FileError(
                path: weights.path, problem: "\"\(encoder)\" has shape \(shape); expected inputs × latents")
        }
        let path = GemmaScopePath(reference.path)
        self.init(
            architecture: .jumpReLU, inputSize: shape[0], latentCount: shape[1],
            site: try path.site(reference), name: path.name)
        subtractsDecoderBias = false
        readsModule = reference.namesModule
        if encoder == "w_enc" { (tensors.encoder, tensors.decoder) = ("w_enc", "w_dec") }
    }
}

/// What the folders around a `params.npz` say.
private struct GemmaScopePath {
    private let path: [String]
    /// Place of `layer_20`; nil where there is none.
    private let layerPlace: Int?

    init(_ path: [String]) {
        self.path = path
        layerPlace = path.lastIndex { GemmaScopePath.layer($0) != nil }
    }

    private static func layer(_ name: String) -> Int? {
        guard name.hasPrefix("layer_") else { return nil }
        let digits = name.dropFirst(6)
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(digits).flatMap { $0 <= 4095 ? $0 : nil }
    }

    /// What follows the layer: `width_16k-average_l0_71`.
    var name: String {
        let tail = layerPlace.map { path[($0 + 1)...] } ?? path.suffix(1)
        return tail.isEmpty ? "gemma-scope" : tail.joined(separator: "-")
    }

    /// The kind of site that the repository's name states: `gemma-scope-2b-pt-res`, `…-mlp-canonical`.
    private var point: SitePoint? {
        for folder in path.reversed() where folder.contains("gemma-scope") {
            for word in folder.split(separator: "-").reversed() {
                switch word {
                case "res": return .residPost
                case "mlp": return .mlpOut
                case "att": return .z
                default: continue
                }
            }
        }
        return nil
    }

    func site(_ reference: AutoencoderReference) throws(FileError) -> Site {
        func refuse(_ problem: String, _ mend: String?) -> FileError {
            FileError(path: reference.folder, problem: problem, mend: mend)
        }
        if path.contains(where: { $0.contains("gemma-scope") && $0.contains("transcoder") }) {
            throw refuse("transcoders, which map a module's input to its output, are not available", nil)
        }
        if let given = reference.source { return given }
        if path.contains("embedding") {
            throw refuse("the autoencoders of the embedding, which read it rescaled, are not available", nil)
        }
        guard let place = layerPlace, let layer = GemmaScopePath.layer(path[place]) else {
            throw refuse(
                "neither file nor path says what the autoencoder reads",
                "write it behind the folder: \(reference.folder)@resid_post.20")
        }
        guard let point else {
            throw refuse(
                "the path says layer \(layer), but no folder is called after a repository such as gemma-scope-2b-pt-res",
                "write the site behind the folder: \(reference.folder)@resid_post.\(layer)")
        }
        return Site(point, layer: layer)
    }
}
