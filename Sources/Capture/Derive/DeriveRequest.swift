public import Models
internal import Tensor
internal import TensorFiles

/// What is to be computed from stored activations, without any model: latents of autoencoders, scalars of adapters.
public struct DeriveRequest: Sendable {
    /// Applied to the sites they were trained on.
    public var autoencoders: [SparseAutoencoder]
    /// No two of one name.
    public var adapters: [DerivedAdapter]
    /// Modules of the adapters, by path within a layer or its end after a dot; nil for all.
    public var modules: [String]?
    /// Layers of the adapters, as `--layers` says it; nil for all.
    public var layers: String?
    /// Latents kept per token; nil for every active one.
    public var topK: Int?

    /// - Parameter topK: nil for every active latent.
    public init(
        autoencoders: [SparseAutoencoder] = [], adapters: [DerivedAdapter] = [], modules: [String]? = nil,
        layers: String? = nil, topK: Int? = 32
    ) {
        self.autoencoders = autoencoders
        self.adapters = adapters
        self.modules = modules
        self.layers = layers
        self.topK = topK
    }

    /// Loads folders.
    ///
    /// - Parameters:
    ///   - autoencoders: `DIR`, `DIR@SITE` or `NAME=DIR@SITE`.
    ///   - source: where autoencoders read, as `--from` says it; nil where they know it.
    ///   - adapters: `DIR` or `NAME=DIR`.
    public init(
        loading autoencoders: [String], source: String? = nil, adapters: [String] = [], modules: [String]? = nil,
        layers: String? = nil, topK: Int?
    ) throws {
        var request = DeriveRequest(modules: modules, layers: layers, topK: topK)
        guard !autoencoders.isEmpty || !adapters.isEmpty else {
            throw CaptureError(.request, "there is nothing to apply", mend: "give --sae or --adapter")
        }
        if let k = topK, k <= 0 {
            throw CaptureError(.request, "top-k \(k) keeps no latent", mend: "give --top-k 1 or more")
        }
        if source != nil, autoencoders.isEmpty {
            throw CaptureError(
                .request, "--from goes with --sae", mend: "leave it out: an adapter's modules know their inputs")
        }
        for (option, isGiven) in [("--modules", modules != nil), ("--layers", layers != nil)]
        where isGiven && adapters.isEmpty {
            throw CaptureError(.request, "\(option) goes with --adapter", mend: "leave it out")
        }
        for text in autoencoders {
            let reference = try AutoencoderReference(text).read(from: source)
            request.autoencoders.append(try SparseAutoencoder(reference))
        }
        for text in adapters { request.adapters.append(try DerivedAdapter(text)) }
        for (place, one) in request.adapters.enumerated() {
            guard !request.adapters[..<place].contains(where: { $0.name == one.name }) else {
                throw CaptureError(
                    .request, one.name.map { "two adapters are called \($0)" } ?? "two adapters have no name",
                    mend: "name each: --adapter NAME=DIR --adapter NAME=DIR")
            }
        }
        self = request
    }

    /// The modules of all adapters that are asked for, and those that the layers leave out.
    func chosenModules() throws(CaptureError) -> (modules: [DerivedAdapter.Module], leftOut: [Site]) {
        var all: (modules: [DerivedAdapter.Module], leftOut: [Site]) = ([], [])
        for adapter in adapters {
            let (chosen, leftOut) = try adapter.chosen(modules: modules, layers: layers)
            all.modules += chosen
            all.leftOut += leftOut
        }
        return all
    }
}

extension AutoencoderReference {
    /// The same folder, reading the site that `--from` names.
    fileprivate func read(from text: String?) throws -> AutoencoderReference {
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
        return try reading(text)
    }
}
