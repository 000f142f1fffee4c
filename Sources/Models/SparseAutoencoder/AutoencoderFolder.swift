internal import TensorFiles

/// The format of an autoencoder's folder, known by its files.
enum AutoencoderFolder {
    /// `cfg.json` and `sae_weights.safetensors`.
    case saeLens
    /// `params.npz` alone.
    case gemmaScope
    /// `cfg.json` and `sae.safetensors`.
    case sparsify

    init(_ folder: String) throws(FileError) {
        func has(_ name: String) -> Bool { InputFile.exists("\(folder)/\(name)") }
        guard InputFile.exists(folder) else {
            throw FileError(
                path: folder, problem: "there is no such folder", mend: "give the folder of one autoencoder")
        }
        let known: [(AutoencoderFolder, String)] = [
            (.saeLens, "sae_weights.safetensors"), (.gemmaScope, "params.npz"), (.sparsify, "sae.safetensors"),
        ]
        let found = known.filter { has($0.1) }
        guard found.count <= 1 else {
            throw FileError(
                path: folder, problem: "holds \(found.map(\.1).joined(separator: " and ")): which one is meant?",
                mend: "keep one autoencoder a folder")
        }
        if let one = found.first {
            self = one.0
        } else if has("sae_weights.safetensors.index.json") || has("cfg.json") {
            self = .saeLens
        } else {
            let pickle = ["sae_weights.pt", "sae.pt", "ae.pt", "params.pt"].first { has($0) }
            throw FileError(
                path: pickle.map { "\(folder)/\($0)" } ?? folder,
                problem: pickle == nil
                    ? "holds no autoencoder" : "is a pickle, which can run code and is never read",
                mend: pickle == nil
                    ? "give the folder with cfg.json and sae_weights.safetensors (SAELens) or sae.safetensors (sparsify), "
                        + "or with params.npz (Gemma Scope)"
                    : "convert it where torch is trusted: load it and save it with safetensors")
        }
    }

    /// Opens the settings and the arrays.
    func open(
        _ reference: AutoencoderReference
    ) throws(FileError) -> (settings: AutoencoderSettings, weights: AutoencoderWeights) {
        let folder = reference.folder
        let path = folder + "/cfg.json"
        switch self {
        case .gemmaScope:
            let weights = AutoencoderWeights(try ZipReader(path: folder + "/params.npz"))
            return (try AutoencoderSettings(gemmaScope: weights, reference), weights)
        case .saeLens, .sparsify:
            guard InputFile.exists(path) else {
                throw FileError(
                    path: path, problem: "the autoencoder's configuration is missing",
                    mend: "give the folder that holds it beside the weights")
            }
            let json = try BoundedJSON.read(path: path, limit: 4 << 20)
            guard case .sparsify = self else {
                let settings = try AutoencoderSettings(saeLens: json, reference)
                return (settings, AutoencoderWeights(try Safetensors(folder: folder, name: "sae_weights")))
            }
            let settings = try AutoencoderSettings(sparsify: json, reference)
            return (settings, AutoencoderWeights(try Safetensors(folder: folder, name: "sae")))
        }
    }
}
