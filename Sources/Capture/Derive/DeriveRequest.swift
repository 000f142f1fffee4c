public import Models
internal import Tensor
internal import TensorFiles

/// What is to be computed from stored activations, without any model: latents of autoencoders, scalars of an adapter.
public struct DeriveRequest: Sendable {
    /// Applied to the sites they were trained on.
    public var autoencoders: [SparseAutoencoder]
    /// Its A is applied to the stored inputs of its modules.
    public var adapter: LoRAAdapter?
    /// Modules of the adapter, by path within a layer or its end after a dot; nil for all.
    public var modules: [String]?
    /// Latents kept per token; nil for every active one.
    public var topK: Int?

    /// - Parameter topK: nil for every active latent.
    public init(
        autoencoders: [SparseAutoencoder] = [], adapter: LoRAAdapter? = nil, modules: [String]? = nil,
        topK: Int? = 32
    ) {
        self.autoencoders = autoencoders
        self.adapter = adapter
        self.modules = modules
        self.topK = topK
    }

    /// Loads folders.
    ///
    /// - Parameters:
    ///   - autoencoders: `DIR` or `DIR@SITE`.
    ///   - source: where autoencoders read, as `--from` says it; nil where they know it.
    public init(
        autoencoders: [String], source: String?, adapter: String?, modules: [String]?, topK: Int?
    ) throws {
        var request = DeriveRequest(modules: modules, topK: topK)
        guard !autoencoders.isEmpty || adapter != nil else {
            throw CaptureError(.request, "there is nothing to apply", mend: "give --sae or --adapter")
        }
        if let k = topK, k <= 0 {
            throw CaptureError(.request, "top-k \(k) keeps no latent", mend: "give --top-k 1 or more")
        }
        for text in autoencoders {
            let reference = try AutoencoderReference(text).reading(source)
            request.autoencoders.append(try SparseAutoencoder(reference))
        }
        if source != nil, autoencoders.isEmpty {
            throw CaptureError(
                .request, "--from goes with --sae", mend: "leave it out: an adapter's modules know their inputs")
        }
        if modules != nil, adapter == nil {
            throw CaptureError(.request, "--modules goes with --adapter", mend: "leave it out")
        }
        request.adapter = try adapter.map { try LoRAAdapter(folder: $0, for: nil) }
        self = request
    }

    /// The modules of the adapter that are asked for; each must read a site that a store can hold.
    func chosenModules() throws(CaptureError) -> [(module: LoRAModule, source: Site)] {
        guard let adapter else { return [] }
        let chosen = adapter.modules.filter { module in
            guard let modules, let part = module.site.part else { return true }
            return modules.contains { part == $0 || part.hasSuffix("." + $0) }
        }
        let parts = Set(adapter.modules.compactMap(\.site.part)).sorted()
        guard !chosen.isEmpty else {
            throw CaptureError(
                .request, "the adapter changes none of \((modules ?? []).joined(separator: ", "))",
                mend: "it changes \(parts.joined(separator: ", "))")
        }
        let possible = Set(adapter.modules.filter { $0.source != nil }.compactMap(\.site.part)).sorted()
        var found: [(module: LoRAModule, source: Site)] = []
        for module in chosen {
            guard let source = module.source else {
                throw CaptureError(
                    .request,
                    "\(module.site.canonicalName): what this module reads, the normalised residual stream, is no site",
                    mend: (possible.isEmpty ? "" : "give --modules \(possible.joined(separator: ",")), or ")
                        + "capture its scalars with the model: varve ingest --adapter … --sites lora")
            }
            found.append((module, source))
        }
        return found
    }
}

extension AutoencoderReference {
    /// The same folder, reading the site that `--from` names.
    fileprivate func reading(_ text: String?) throws -> AutoencoderReference {
        guard let text else { return self }
        guard let site = AutoencoderReference.site(text),
            site.layer != nil || site.point == .embed || site.point == .lnFinal
        else {
            throw CaptureError(
                .request, "--from \"\(text)\" names no site of a layer", mend: "write it as resid_post[layer=12]")
        }
        if let own = source, own != site {
            throw CaptureError(
                .request, "--from says \(site.canonicalName), the autoencoder's own text \(own.canonicalName)",
                mend: "say it once")
        }
        return try AutoencoderReference("\(folder)@\(text)")
    }
}
