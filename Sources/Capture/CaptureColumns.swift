internal import Models
internal import Store
internal import Tensor

/// Resolves the sites of a request to the columns of a capture.
struct CaptureColumns {
    private let request: CaptureRequest
    private let config: ModelConfig
    private let layers: Range<Int>
    /// Columns that every capture has: places 0 to 3.
    private(set) var specs = [
        ColumnSpec(id: .tokenID, elementType: .uint32, width: 1),
        ColumnSpec(id: .prompt, elementType: .uint32, width: 1),
        ColumnSpec(id: .position, elementType: .uint32, width: 1),
        ColumnSpec(id: .role, elementType: .uint8, width: 1),
    ]
    private(set) var targets: [Site: [CaptureTarget]] = [:]
    private(set) var latentSpaces: [LatentSpace] = []
    private(set) var adapterModules: [AdapterModule] = []
    private(set) var layerLimit = 0

    init(_ request: CaptureRequest, config: ModelConfig) {
        self.request = request
        self.config = config
        layers = request.layers ?? 0..<config.layerCount
    }

    mutating func resolve() throws(CaptureError) {
        guard !layers.isEmpty, layers.lowerBound >= 0, layers.upperBound <= config.layerCount else {
            throw CaptureError(
                .request,
                "layers \(layers.lowerBound):\(layers.upperBound) are not among the model's 0:\(config.layerCount)",
                mend: "give the first layer and the one after the last")
        }
        guard request.topK > 0 else { throw CaptureError(.request, "top-k \(request.topK) keeps no latent") }
        guard request.batchTokens > 0 else { throw CaptureError(.request, "a batch needs at least one token") }
        guard request.elementType.isFloatingPoint else {
            throw CaptureError(.request, "activations cannot be stored as \(request.elementType.rawValue)")
        }
        var sites = request.sites ?? [Site(.residPost)]
        if request.sites == nil, request.adapter != nil { sites.append(Site(.lora)) }
        if request.sites == nil, !request.autoencoders.isEmpty { sites.append(Site(.sae)) }
        for site in sites {
            switch site.point {
            case .lora: try addScalars(site)
            case .sae: try addLatents(site)
            default: try addDense(site)
            }
        }
    }

    private mutating func addDense(_ site: Site) throws(CaptureError) {
        guard let width = config.width(of: site.point) else {
            throw CaptureError(
                .request, "\(site.point.rawValue) cannot be captured",
                mend: "known are \(ModelConfig.offeredPoints.map(\.rawValue).joined(separator: ", ")), lora, sae")
        }
        if site.point == .embed {
            add(Site(.embed), width)
            return
        }
        if let layer = site.layer, layer >= config.layerCount {
            throw CaptureError(
                .request, "\(site.canonicalName): the model has layers 0 to \(config.layerCount - 1)")
        }
        for layer in site.layer.map({ $0..<$0 + 1 }) ?? layers { add(Site(site.point, layer: layer), width) }
    }

    private mutating func add(_ site: Site, _ width: Int, _ type: ElementType? = nil) {
        let spec = ColumnSpec(id: .site(site), elementType: type ?? request.elementType, width: width)
        // A site named twice is one column.
        guard !specs.contains(where: { $0.id == spec.id }) else { return }
        targets[site, default: []].append(.dense(column: specs.count, type: spec.elementType))
        specs.append(spec)
        need(site)
    }

    private mutating func need(_ site: Site) {
        if let layer = site.layer { layerLimit = max(layerLimit, layer + 1) }
    }

    private mutating func addScalars(_ site: Site) throws(CaptureError) {
        guard let adapter = request.adapter else {
            throw CaptureError(.request, "lora is asked for, but there is no adapter", mend: "give --adapter")
        }
        let chosen = adapter.modules.filter { module in
            guard let layer = module.site.layer else { return false }
            return (site.layer.map { $0 == layer } ?? layers.contains(layer))
                && (site.part.map { $0 == module.site.part } ?? true)
        }
        guard !chosen.isEmpty else {
            let adapted = Set(adapter.modules.compactMap(\.site.layer)).sorted().map(String.init)
            throw CaptureError(
                .request, "\(site.canonicalName): the adapter changes no module there",
                mend: "it changes layers \(adapted.joined(separator: ", "))")
        }
        for module in chosen where targets[module.site] == nil {
            add(module.site, module.rank, .float32)
            adapterModules.append(
                AdapterModule(site: module.site, rank: module.rank, scale: module.scale, bNorms: module.bNorms))
        }
    }

    private mutating func addLatents(_ site: Site) throws(CaptureError) {
        guard !request.autoencoders.isEmpty else {
            throw CaptureError(.request, "sae is asked for, but there is no autoencoder", mend: "give --sae")
        }
        let chosen = request.autoencoders.filter { sae in
            (site.layer.map { $0 == sae.source.layer } ?? true) && (site.part.map { $0 == sae.name } ?? true)
        }
        guard !chosen.isEmpty else {
            throw CaptureError(
                .request, "\(site.canonicalName): no such autoencoder is given",
                mend: "given are \(request.autoencoders.map(\.site.canonicalName).joined(separator: ", "))")
        }
        for sae in chosen { try addLatents(of: sae) }
    }

    private mutating func addLatents(of sae: SparseAutoencoder) throws(CaptureError) {
        let layer = sae.source.layer ?? 0
        guard layer < config.layerCount, let width = config.width(of: sae.source.point) else {
            throw CaptureError(
                .request,
                "autoencoder \(sae.name) reads \(sae.source.canonicalName), which this model does not have")
        }
        guard width == sae.inputSize else {
            throw CaptureError(
                .request,
                "autoencoder \(sae.name) reads \(sae.inputSize) numbers, \(sae.source.canonicalName) has \(width)",
                mend: "use an autoencoder that was trained on this model")
        }
        if let same = latentSpaces.first(where: { $0.site == sae.site }) {
            guard same.digest == sae.digest else {
                throw CaptureError(
                    .request, "two autoencoders of layer \(layer) are called \(sae.name)", mend: "rename one folder")
            }
            return
        }
        let k = min(request.topK, sae.latentCount)
        targets[sae.source, default: []].append(.latents(sae, index: specs.count, k: k))
        specs.append(ColumnSpec(id: .latentIndex(sae.site), elementType: .uint32, width: k))
        specs.append(ColumnSpec(id: .latentValue(sae.site), elementType: .float32, width: k))
        latentSpaces.append(
            LatentSpace(
                site: sae.site, latents: sae.latentCount, topK: k, source: sae.source.point, digest: sae.digest))
        need(sae.source)
    }
}
