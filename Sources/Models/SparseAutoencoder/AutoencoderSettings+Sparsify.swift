internal import Tensor
internal import TensorFiles

extension AutoencoderSettings {
    /// The `cfg.json` of EleutherAI's sparsify; the folder is called after the module whose output it reads: `layers.12`,
    /// `layers.12.mlp`.
    init(sparsify json: JSONValue, _ reference: AutoencoderReference) throws(FileError) {
        let inputs = try json.member("d_in").int(in: AutoencoderSettings.inputSizes)
        var latents = try json["num_latents"]?.int(in: 0...AutoencoderSettings.latentCounts.upperBound) ?? 0
        if latents == 0 {
            let factor = try json.member("expansion_factor")
            let (product, overflow) = inputs.multipliedReportingOverflow(by: try factor.int(in: 1...(1 << 26)))
            guard !overflow, AutoencoderSettings.latentCounts.contains(product) else {
                throw factor.error("\(inputs) inputs times \(factor.shown) are too many latents")
            }
            latents = product
        }
        if let activation = json["activation"], try activation.string() != "topk" {
            throw activation.error("activation \(activation.shown) is not available", mend: "known is topk")
        }
        for (key, meaning) in [
            ("transcode", "a transcoder, which maps a module's input to its output,"), ("signed", "a signed top-k"),
        ] {
            if let value = json[key], try value.bool() { throw value.error("\(meaning) is not available") }
        }
        let k = try json.member("k").int(in: 1...latents)
        let (site, name) = try AutoencoderSettings.hookpoint(reference)
        self.init(architecture: .topK(k), inputSize: inputs, latentCount: latents, site: site, name: name)
        // Hookpoints are modules, whoever names the site.
        readsModule = site.point == .attnOut || site.point == .mlpOut
        tensors.encoder = "encoder.weight"
        tensors.encoderIsTransposed = true
        tensors.bias = "encoder.bias"
    }

    /// The site, and a name that is the same for the autoencoders of a series: the folder around the hookpoints' folders.
    private static func hookpoint(_ reference: AutoencoderReference) throws(FileError) -> (Site, String) {
        let path = reference.path
        guard let last = path.last else { throw nameless(reference) }
        let series = AutoencoderSettings.repository(path.dropLast())
        guard let named = AutoencoderReference.site(last), named.layer != nil || named.point == .embed else {
            guard let given = reference.source else { throw nameless(reference) }
            return (given, last)
        }
        if let given = reference.source, given != named {
            throw FileError(
                path: reference.folder,
                problem: "the folder's name says \(named.canonicalName), not \(given.canonicalName)",
                mend: "rename the folder if its name is wrong")
        }
        let module = named.point == .residPost ? "" : "-" + named.point.rawValue
        return (named, series.map { $0 + module } ?? last)
    }

    private static func nameless(_ reference: AutoencoderReference) -> FileError {
        FileError(
            path: reference.folder, problem: "the folder's name is no hookpoint such as layers.12 or layers.12.mlp",
            mend: "write the site behind it: \(reference.folder)@resid_post.12")
    }

    /// What a folder of autoencoders is called: its own name, or the repository's in a cache of the Hugging Face hub.
    static func repository(_ path: ArraySlice<String>) -> String? {
        guard let last = path.last else { return nil }
        let cache = path.dropLast(2).last ?? ""
        guard path.dropLast().last == "snapshots", cache.hasPrefix("models--") else { return last }
        // models--EleutherAI--sae-llama-3-8b-32x
        var name = cache[...]
        while let mark = name.firstRange(of: "--") { name = name[mark.upperBound...] }
        return name.isEmpty ? last : String(name)
    }
}
