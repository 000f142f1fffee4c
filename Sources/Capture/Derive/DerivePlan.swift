internal import Models
public import Store
public import Tensor

/// The columns that one capture gets, decided and checked before anything is written.
public struct DerivePlan: Sendable {
    /// What gets the columns.
    public let capture: CaptureRecord
    /// The capture with all its columns and the new ones.
    let spec: CaptureSpec
    let prompts: [PromptRecord]
    let works: [DerivedWork]

    /// Stored columns that are read, those that aren't f32 among them: what is derived from these is not what a model gives.
    public let sources: [(site: Site, type: ElementType)]
    /// Columns that are new to the capture, or already there and the same.
    public let columns: [ColumnSpec]

    /// Modules of the adapters that the layers asked for leave out.
    public let leftOut: [Site]

    /// What the columns hold, each once: `sae.12.NAME`, `lora.3.mlp.down_proj`.
    public var sites: [Site] {
        columns.compactMap { column in
            if case .latentValue = column.id { return nil }
            return column.id.site
        }
    }

    /// Sites that were stored with less than f32's precision.
    public var roundedSources: [(site: Site, type: ElementType)] { sources.filter { $0.type != .float32 } }

    /// Checks every site and size. Reads prompts and token texts of the capture, no chunk.
    public init(_ request: DeriveRequest, of capture: CaptureRecord, in snapshot: Snapshot) throws {
        func refuse(_ problem: String, _ mend: String) -> CaptureError {
            CaptureError(.request, "\(capture.name): \(problem)", mend: mend)
        }
        guard capture.isComplete else {
            throw refuse("the capture is unfinished", "repeat the ingest that began it, then derive")
        }
        var new = NewColumns(capture)
        let (modules, leftOut) = try request.chosenModules()
        for adapter in request.adapters { try DerivePlan.checkName(of: adapter, in: capture) }
        for one in modules {
            let width = try DerivePlan.width(of: one.source, one.module.inputSize, one.site, capture)
            try new.add(one, width: width)
        }
        for sae in request.autoencoders {
            // Here the stored blocks' outputs have passed a norm that the module's own output has not.
            if sae.readsModuleOutput, capture.architecture == "Gemma2ForCausalLM" {
                throw refuse(
                    "\(sae.site.canonicalName) reads what goes into a norm of this model, which is not a site",
                    "use one that was trained on \(sae.source.canonicalName), what is added to the residual stream")
            }
            _ = try DerivePlan.width(of: sae.source, sae.inputSize, sae.site, capture)
            try DerivePlan.checkName(of: sae, k: sae.width(topK: request.topK), in: capture)
            try new.add(sae, k: sae.width(topK: request.topK))
        }
        self.capture = capture
        self.leftOut = leftOut
        works = new.works
        columns = new.specs
        var seen: [(site: Site, type: ElementType)] = []
        for work in new.works where !seen.contains(where: { $0.site == work.source }) {
            let stored = capture.columns.first { $0.id == .site(work.source) }
            seen.append((work.source, stored?.elementType ?? .float32))
        }
        sources = seen
        prompts = try snapshot.promptRecords(of: capture)
        spec = CaptureSpec(
            model: capture.model, dataset: capture.dataset, modelDigest: capture.modelDigest,
            tokenizerDigest: capture.tokenizerDigest, adapterDigest: capture.adapterDigest,
            architecture: capture.architecture, layerCount: capture.layerCount, hiddenSize: capture.hiddenSize,
            columns: capture.columns.filter { column in !new.specs.contains { $0.id == column.id } } + new.specs,
            latentSpaces: capture.latentSpaces.filter { old in !new.spaces.contains { $0.site == old.site } }
                + new.spaces,
            adapterModules: capture.adapterModules.filter { old in !new.modules.contains { $0.site == old.site } }
                + new.modules,
            tokenPieces: try snapshot.tokenPieces(of: capture))
    }

    /// Whether the capture holds everything that the request reads.
    public static func canRead(_ request: DeriveRequest, _ capture: CaptureRecord) throws(CaptureError) -> Bool {
        let sources = try request.chosenModules().modules.map(\.source) + request.autoencoders.map(\.source)
        let held = Set(capture.columns.compactMap { if case .site(let site) = $0.id { site } else { nil } })
        return sources.allSatisfy(held.contains)
    }

    /// The columns of an adapter's name are of that adapter alone.
    private static func checkName(of one: DerivedAdapter, in capture: CaptureRecord) throws(CaptureError) {
        let mend = "give this one a name of its own, --adapter NAME=DIR: queries call it .site(\"lora.NAME\")"
        if one.name == nil, let own = capture.adapterDigest, own != one.adapter.digest {
            throw CaptureError(
                .request,
                "\(capture.name): was captured with another adapter; its columns called lora are that one's", mend: mend
            )
        }
        let own = one.adapter.modules.map { module in
            AdapterModule(
                site: module.site.ofAdapter(one.name), rank: module.rank, scale: module.scale, bNorms: module.bNorms)
        }
        let other = capture.adapterModules.first { $0.site.adapterName == one.name && !own.contains($0) }
        guard let other else { return }
        throw CaptureError(
            .request, "\(capture.name): has the scalars of another adapter, \(other.site.canonicalName)", mend: mend)
    }

    /// The columns of an autoencoder's name are of that autoencoder, with that many latents a token.
    private static func checkName(
        of sae: SparseAutoencoder, k: Int, in capture: CaptureRecord
    ) throws(CaptureError) {
        guard let there = capture.latentSpaces.first(where: { $0.site == sae.site }) else { return }
        let name = "\(capture.name): has \(sae.site.canonicalName)"
        let mend = "give this one a name of its own, --sae NAME=DIR: queries call it .site(\"sae.NAME\")"
        guard there.digest == sae.digest else {
            throw CaptureError(.request, "\(name) of another autoencoder", mend: mend)
        }
        guard there.topK == k else {
            throw CaptureError(
                .request, "\(name) with \(there.topK) latents a token, not \(k)",
                mend: (k < there.topK ? "queries take the first of them, `| topk(\(k))`; or " : "") + mend)
        }
    }

    /// The stored width of a site, which must be what the reader of it expects.
    private static func width(
        of source: Site, _ expected: Int, _ reader: Site, _ capture: CaptureRecord
    ) throws(CaptureError) -> Int {
        guard let column = capture.columns.first(where: { $0.id == .site(source) }) else {
            let held = capture.columns.compactMap { column -> String? in
                guard case .site(let site) = column.id, site.point == source.point else { return nil }
                return site.canonicalName
            }
            throw CaptureError(
                .request,
                "\(capture.name): \(source.canonicalName), which \(reader.canonicalName) reads, is not stored",
                mend: (held.isEmpty ? "" : "it has \(held.prefix(6).joined(separator: ", ")); ")
                    + "add it: varve ingest … --sites \(source.canonicalName)"
                    + (held.isEmpty || reader.point != .lora ? "" : ", or say which of the adapter's with --layers"))
        }
        guard column.width == expected else {
            let fitting = capture.columns.compactMap { column -> String? in
                guard case .site(let site) = column.id, column.width == expected, site.point != .lora else {
                    return nil
                }
                return site.canonicalName
            }
            throw CaptureError(
                .request,
                "\(capture.name): \(reader.canonicalName) reads \(expected) numbers, \(source.canonicalName) has "
                    + "\(column.width)",
                mend: fitting.isEmpty
                    ? "use what was trained on this model: nothing that is stored has \(expected)"
                    : "it must be what was trained on this site; \(expected) numbers have "
                        + "\(fitting.prefix(6).joined(separator: ", "))\(fitting.count > 6 ? ", …" : "")")
        }
        return column.width
    }
}

/// One thing that is computed from a stored site, and the columns that it fills.
struct DerivedWork: Sendable {
    enum Kind: Sendable {
        case latents(SparseAutoencoder, k: Int)
        case scalars(LoRAModule)
    }

    let kind: Kind
    let source: Site
    let columns: [ColumnID]
    /// Bytes of a row that is read and of those it gives.
    let rowBytes: Int
}

/// Columns that are added to a capture.
private struct NewColumns {
    let capture: CaptureRecord
    var specs: [ColumnSpec] = []
    var spaces: [LatentSpace] = []
    var modules: [AdapterModule] = []
    var works: [DerivedWork] = []

    init(_ capture: CaptureRecord) { self.capture = capture }

    mutating func add(_ one: DerivedAdapter.Module, width: Int) throws(CaptureError) {
        let module = one.module
        let column = ColumnSpec(id: .site(one.site), elementType: .float32, width: module.rank)
        specs.append(column)
        modules.append(
            AdapterModule(site: one.site, rank: module.rank, scale: module.scale, bNorms: module.bNorms))
        works.append(
            DerivedWork(
                kind: .scalars(module), source: one.source, columns: [column.id],
                rowBytes: 4 * width + column.rowBytes))
    }

    mutating func add(_ sae: SparseAutoencoder, k: Int) throws(CaptureError) {
        if let same = spaces.first(where: { $0.site == sae.site }) {
            guard same.digest == sae.digest else {
                throw CaptureError(
                    .request, "two autoencoders of one layer are called \(sae.name)",
                    mend: "name one: --sae NAME=DIR")
            }
            return
        }
        let columns = [
            ColumnSpec(id: .latentIndex(sae.site), elementType: .uint32, width: k),
            ColumnSpec(id: .latentValue(sae.site), elementType: .float32, width: k),
        ]
        specs += columns
        spaces.append(
            LatentSpace(
                site: sae.site, latents: sae.latentCount, topK: k, source: sae.source.point, digest: sae.digest))
        works.append(
            DerivedWork(
                kind: .latents(sae, k: k), source: sae.source, columns: columns.map(\.id),
                rowBytes: 4 * sae.inputSize + 8 * k))
    }
}
