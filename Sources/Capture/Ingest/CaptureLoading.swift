internal import Models
internal import Tensor

/// Turns options into requests; every adapter and autoencoder is loaded once.
struct CaptureLoading {
    private let config: ModelConfig
    private var adapters: [String: LoRAAdapter] = [:]
    private var autoencoders: [String: SparseAutoencoder] = [:]

    init(_ config: ModelConfig) { self.config = config }

    /// One request for each capture that the options ask for.
    mutating func requests(_ options: IngestOptions) throws -> [CaptureRequest] {
        guard let type = ElementType(rawValue: options.elementType), type.isFloatingPoint else {
            throw CaptureError(
                .request, "\"\(options.elementType)\" is no type for activations",
                mend: "known are f32, f16, bf16, and i8, which loses precision")
        }
        guard options.topK == nil || !options.keepsAllActive else {
            throw CaptureError(.request, "--top-k and --all-active contradict each other", mend: "keep one of them")
        }
        let captures = try options.captures()
        let sites = try options.sites.map { try CaptureRequest.sites($0, of: config) }
        let layers = try options.layers.map { try CaptureRequest.layers($0, layerCount: config.layerCount) }
        let positions = try CaptureRequest.positions(options.positions)
        let numbers = try options.columns.map { try TokenNumbers(option: $0) }
        var requests: [CaptureRequest] = []
        for (name, folder) in captures {
            var own = sites
            // Beside adapters the bare model has no scalars, and is captured without them.
            if folder == nil, options.base != nil {
                own?.removeAll { $0.point == .lora }
                guard own?.isEmpty != true else {
                    throw CaptureError(
                        .request, "--sites \(options.sites ?? "") leaves nothing to capture of \(name)",
                        mend: "leave --base out, or ask for another site too")
                }
            }
            requests.append(
                CaptureRequest(
                    name: name, adapter: try folder.map { try adapter($0) },
                    autoencoders: try options.autoencoders.map { try autoencoder($0) }, sites: own, layers: layers,
                    positions: positions, tokenNumbers: numbers,
                    topK: options.keepsAllActive ? nil : options.topK ?? 32, elementType: type,
                    batchTokens: options.batchTokens, commitTokens: options.commitTokens))
        }
        return requests
    }

    private mutating func adapter(_ folder: String) throws -> LoRAAdapter {
        if let known = adapters[folder] { return known }
        let loaded = try LoRAAdapter(folder: folder, for: config)
        adapters[folder] = loaded
        return loaded
    }

    private mutating func autoencoder(_ folder: String) throws -> SparseAutoencoder {
        if let known = autoencoders[folder] { return known }
        let loaded = try SparseAutoencoder(folder: folder)
        autoencoders[folder] = loaded
        return loaded
    }
}
