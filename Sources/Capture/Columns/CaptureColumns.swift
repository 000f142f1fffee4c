internal import Models
internal import Store
internal import Tensor

/// Resolves the sites of a request to the columns of a capture.
struct CaptureColumns {
    private let request: CaptureRequest
    private let config: ModelConfig
    private let layers: [Int]
    /// The first four every capture has.
    private(set) var specs: [ColumnSpec]
    private(set) var targets: [Site: [CaptureTarget]] = [:]
    private(set) var latentSpaces: [LatentSpace] = []
    private(set) var adapterModules: [AdapterModule] = []
    private(set) var layerLimit = 0
    private(set) var finish = PassEnd.none
    private(set) var logitColumns: Int?
    private(set) var tokenColumns: [(place: Int, column: TokenColumn)] = []

    init(_ request: CaptureRequest, config: ModelConfig) {
        self.request = request
        self.config = config
        layers = request.layers ?? Array(0..<config.layerCount)
        let kept = request.positions
        specs = [
            ColumnSpec(id: .tokenID, elementType: .uint32, width: 1),
            ColumnSpec(id: .prompt, elementType: .uint32, width: 1),
            ColumnSpec(id: kept == .all ? .position : .keptPosition(kept), elementType: .uint32, width: 1),
            ColumnSpec(id: .role, elementType: .uint8, width: 1),
        ]
    }

    mutating func resolve(_ rows: PromptRows) throws(CaptureError) {
        guard !layers.isEmpty else { throw CaptureError(.request, "no layer is asked for", mend: "leave --layers out") }
        if let layer = layers.first(where: { $0 < 0 || $0 >= config.layerCount }) {
            throw CaptureError(
                .request, "layer \(layer) is not among the model's, which are 0 to \(config.layerCount - 1)")
        }
        guard request.commitTokens ?? 1 > 0 else {
            throw CaptureError(.request, "a commit needs at least one token", mend: "give --commit-every 1 or more")
        }
        if let k = request.topK, k <= 0 {
            throw CaptureError(.request, "top-k \(k) keeps no latent", mend: "give --top-k 1 or more")
        }
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
            case .logits: addLogits()
            default: try addDense(site)
            }
        }
        try addTokenColumns(rows)
    }

    /// Four numbers a token, and the whole model to work them out.
    private mutating func addLogits() {
        guard logitColumns == nil else { return }
        logitColumns = specs.count
        specs.append(ColumnSpec(id: .perToken("argmax_token"), elementType: .uint32, width: 1))
        for name in ["argmax_prob", "entropy", "next_logprob"] {
            specs.append(ColumnSpec(id: .perToken(name), elementType: .float32, width: 1))
        }
        finish = .logits
        layerLimit = config.layerCount
    }

    /// What files and prompts bring.
    private mutating func addTokenColumns(_ rows: PromptRows) throws(CaptureError) {
        var columns = try TokenColumn.ofPrompts(rows)
        for numbers in request.tokenNumbers { columns.append(try numbers.column(rows)) }
        let metadata = Set(rows.prompts.flatMap { $0.metadata.map(\.0) })
        for column in columns {
            let id = ColumnID.perToken(column.name)
            guard !specs.contains(where: { $0.id == id }), !metadata.contains(column.name) else {
                throw CaptureError(
                    .request, "there are two columns called \"\(column.name)\"", mend: "give one of them another name")
            }
            tokenColumns.append((specs.count, column))
            specs.append(ColumnSpec(id: id, elementType: column.elementType, width: 1))
        }
    }

    private mutating func addDense(_ site: Site) throws(CaptureError) {
        guard let width = config.width(of: site.point) else {
            let known = ModelConfig.offeredPoints.filter { config.width(of: $0) != nil }.map(\.rawValue)
            throw CaptureError(
                .request, "\(site.point.rawValue) cannot be captured",
                mend: "this model has \(known.joined(separator: ", ")), logits, lora, sae")
        }
        if site.point == .embed || site.point == .lnFinal {
            add(Site(site.point), width)
            return
        }
        if let layer = site.layer, layer >= config.layerCount {
            throw CaptureError(
                .request, "\(site.canonicalName): the model has layers 0 to \(config.layerCount - 1)")
        }
        for layer in site.layer.map({ [$0] }) ?? layers { add(Site(site.point, layer: layer), width) }
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
        if site.point == .lnFinal {
            finish = max(finish, .norm)
            layerLimit = config.layerCount
        }
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
        guard !config.hasPostNorms || !sae.readsModuleOutput else {
            throw CaptureError(
                .request,
                "autoencoder \(sae.name) reads what goes into a norm of this model, which is not a site",
                mend: "use one that was trained on \(sae.source.canonicalName), what is added to the residual stream")
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
                    .request, "two autoencoders of layer \(layer) are called \(sae.name)",
                    mend: "name one: --sae NAME=DIR")
            }
            return
        }
        let k = sae.width(topK: request.topK)
        targets[sae.source, default: []].append(.latents(sae, index: specs.count, k: k))
        specs.append(ColumnSpec(id: .latentIndex(sae.site), elementType: .uint32, width: k))
        specs.append(ColumnSpec(id: .latentValue(sae.site), elementType: .float32, width: k))
        latentSpaces.append(
            LatentSpace(
                site: sae.site, latents: sae.latentCount, topK: k, source: sae.source.point, digest: sae.digest))
        need(sae.source)
    }
}
