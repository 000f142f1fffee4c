import ChunkFormat
import Tensor

/// What is left to be written of a capture that is asked for.
struct CaptureStart {
    /// The group's place among those of its capture.
    var ordinal: Int
    /// The group's columns as indices into those asked for, in the order of its chunks; none where all are there.
    var columns: [Int]
    /// The group's own description: the `spec` attachment of its chunks.
    var specBytes: [UInt8]
    /// What is there of the group.
    var existing: CatalogContents.Group?

    /// Compares what is asked for with what is there; other content under the same name is refused.
    ///
    /// - Parameter promptsDigest: nil where the prompts are not known yet, and are taken for the same.
    init(
        _ spec: CaptureSpec, promptsDigest: Digest128?, in contents: CatalogContents, _ layout: StoreLayout
    ) throws(StoreError) {
        let name = "\(spec.model)/\(spec.dataset)"
        func refuse(_ text: String) -> StoreError { StoreError(.conflict, "\(layout.path): \(text)") }
        if let model = contents.modelID(spec.model), contents.models[model] != ModelRecord(spec) {
            throw refuse(
                "model \(spec.model) is there with other weights, adapter or tokenizer; capture this one under another name"
            )
        }
        ordinal = 0
        columns = Array(spec.columns.indices)
        specBytes = spec.canonicalBytes()
        guard let row = contents.capture(model: spec.model, dataset: spec.dataset) else { return }
        let groups = contents.groups(of: row.id)
        guard let base = groups.first else { return }
        try CaptureStart.compare(spec, with: groups, refuse)
        guard promptsDigest == nil || row.promptsDigest == promptsDigest?.description else {
            throw refuse("capture \(name) is there with other prompts; use another dataset name")
        }
        existing = base
        guard base.promptCount == row.promptCount else {
            // A capture that version 1 began is completed under the description that it has.
            let descriptions = [specBytes, spec.version1Bytes]
            guard let same = descriptions.first(where: { CaptureStart.digest($0) == base.specDigest }) else {
                throw refuse(
                    "capture \(name) is unfinished and has other sites, layers or dtype; repeat the command that it began "
                        + "with to complete it, then add columns")
            }
            specBytes = same
            return
        }
        columns = []
        let stored = Set(groups.flatMap { $0.columns.map(\.id) })
        let missing = spec.columns.indices.filter { !stored.contains(spec.columns[$0].id) }
        let baseDigest = Digest128(hexadecimal: base.specDigest) ?? Digest128(high: 0, low: 0)
        if let unfinished = groups.first(where: { $0.promptCount < row.promptCount }) {
            let ids = Set(unfinished.columns.map(\.id))
            let chosen = spec.columns.indices.filter { ids.contains(spec.columns[$0].id) }
            if missing.isEmpty, chosen.isEmpty { return }
            specBytes = spec.selecting(chosen).canonicalBytes(group: unfinished.ordinal, of: baseDigest)
            guard missing.isEmpty, CaptureStart.digest(specBytes) == unfinished.specDigest else {
                throw refuse(
                    "capture \(name) has unfinished columns (\(CaptureStart.names(unfinished.columns))); "
                        + "repeat the command that began to add them, then add others")
            }
            (ordinal, columns, existing) = (unfinished.ordinal, chosen, unfinished)
            return
        }
        guard !missing.isEmpty else { return }
        (ordinal, columns, existing) = ((groups.last?.ordinal ?? 0) + 1, missing, nil)
        specBytes = spec.selecting(missing).canonicalBytes(group: ordinal, of: baseDigest)
    }

    /// A column, autoencoder or module that is there under the same name must be the same.
    private static func compare(
        _ spec: CaptureSpec, with groups: [CatalogContents.Group], _ refuse: (String) -> StoreError
    ) throws(StoreError) {
        var columns: [ColumnID: ColumnSpec] = [:]
        var spaces: [Site: LatentSpace] = [:]
        var modules: [Site: AdapterModule] = [:]
        for group in groups {
            for column in group.columns { columns[column.id] = column }
            for space in group.latentSpaces { spaces[space.site] = space }
            for module in group.adapterModules { modules[module.site] = module }
        }
        let other =
            spec.columns.first { columns[$0.id] ?? $0 != $0 }?.id.canonicalName
            ?? spec.latentSpaces.first { spaces[$0.site] ?? $0 != $0 }?.site.canonicalName
            ?? spec.adapterModules.first { modules[$0.site] ?? $0 != $0 }?.site.canonicalName
        guard let other else { return }
        throw refuse(
            "capture \(spec.model)/\(spec.dataset) is there with another \(other) (dtype, width, autoencoder or adapter); "
                + "use another name for this one")
    }

    private static func digest(_ bytes: [UInt8]) -> String { Digest128(of: bytes.rawSpan).description }

    private static func names(_ columns: [ColumnSpec]) -> String {
        let names = columns.prefix(3).map(\.id.canonicalName).joined(separator: ", ")
        return columns.count > 3 ? names + ", …" : names
    }
}

extension ModelRecord {
    /// The model that a spec names.
    init(_ spec: CaptureSpec) {
        self.init(
            name: spec.model, architecture: spec.architecture, layerCount: spec.layerCount,
            hiddenSize: spec.hiddenSize, digest: spec.modelDigest, adapterDigest: spec.adapterDigest,
            tokenizerDigest: spec.tokenizerDigest)
    }
}
