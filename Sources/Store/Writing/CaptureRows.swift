import ChunkFormat
import Tensor

/// The catalogue rows of one committed chunk, and whatever they refer to that isn't there yet.
struct CaptureRows {
    private let contents: CatalogContents
    private let capture: CaptureWriter
    private let registry: PromptRegistry
    private var dataset = 0

    init(_ capture: CaptureWriter, _ registry: PromptRegistry) {
        contents = capture.store.contents
        self.capture = capture
        self.registry = registry
    }

    mutating func insert(
        _ planned: PlannedChunk, _ placed: ChunkWriting.Placed, prompts range: Range<Int>,
        into commit: inout CatalogCommit
    ) throws {
        dataset = try datasetID(&commit)
        let group = try groupID(before: planned, &commit)
        let chunk = commit.newID(.chunks)
        try commit.insert(
            .chunks,
            [
                .int(chunk), .int(group), .text(planned.key.description), .text(placed.name),
                .int(planned.firstRow), .int(planned.rowCount), .int(planned.firstPrompt), .int(planned.promptCount),
                .int(placed.storedBytes), .int(planned.rawBytes),
            ])
        // Columns that are added belong to rows whose prompts are there.
        if capture.groupOrdinal == 0 { try insertPrompts(range, chunk: chunk, &commit) }
    }

    private func insertPrompts(_ range: Range<Int>, chunk: Int, _ commit: inout CatalogCommit) throws {
        var ordinals = ByteWriter()
        var tokenCounts = ByteWriter()
        var added: [StoredPrompt] = []
        for prompt in capture.prompts[range] {
            let (ordinal, isNew) = registry.ordinal(of: prompt)
            ordinals.append(UInt32(ordinal))
            tokenCounts.append(UInt32(prompt.tokenCount))
            guard isNew else { continue }
            added.append(prompt)
            try commit.insert(
                .prompts,
                [
                    .int(dataset << 32 | ordinal), .int(dataset), .text(prompt.key), .text(prompt.source),
                    .text(prompt.metadata),
                ])
        }
        try commit.insert(.chunkPrompts, [.int(chunk), .blob(ordinals.bytes), .blob(tokenCounts.bytes)])
        var columns = DatasetColumns(contents.datasetColumns[dataset] ?? [])
        for prompt in added { try columns.take(prompt.metadata, ofDataset: dataset, &commit) }
    }

    private func datasetID(_ commit: inout CatalogCommit) throws -> Int {
        if let id = contents.datasetID(capture.spec.dataset) { return id }
        let id = commit.newID(.datasets)
        try commit.insert(.datasets, [.int(id), .text(capture.spec.dataset)])
        return id
    }

    private func modelID(_ commit: inout CatalogCommit) throws -> Int {
        let spec = capture.spec
        // One that only dead captures refer to may serve again, if it is the same.
        let record = ModelRecord(spec)
        if let id = contents.models.filter({ $0.value == record }).keys.min() { return id }
        var tokenizer = contents.tokenizerID(spec.tokenizerDigest)
        if tokenizer == nil {
            let id = commit.newID(.tokenizers)
            try commit.insert(
                .tokenizers, [.int(id), .text(spec.tokenizerDigest), .blob(TokenPieces.encode(spec.tokenPieces))])
            tokenizer = id
        }
        let id = commit.newID(.models)
        try commit.insert(
            .models,
            [
                .int(id), .text(spec.model), .text(spec.architecture), .int(spec.layerCount), .int(spec.hiddenSize),
                .text(spec.modelDigest), spec.adapterDigest.map(CatalogValue.text) ?? .null, .int(tokenizer ?? 0),
            ])
        return id
    }

    /// The group that the chunk continues; it and its capture are made with the first chunk.
    private func groupID(before planned: PlannedChunk, _ commit: inout CatalogCommit) throws -> Int {
        let spec = capture.spec
        let row = contents.capture(model: spec.model, dataset: spec.dataset)
        let group = row.flatMap { contents.groups(of: $0.id).first { $0.ordinal == capture.groupOrdinal } }
        if let group, group.promptCount == planned.firstPrompt, group.specDigest == capture.specDigest.description {
            return group.id
        }
        guard group == nil, planned.firstPrompt == 0, (row == nil) == (capture.groupOrdinal == 0) else {
            throw StoreError(
                .conflict,
                "\(capture.store.layout.path): capture \(spec.model)/\(spec.dataset) was changed or removed while it was "
                    + "being written; begin it again")
        }
        let id = commit.newID(.columnGroups)
        let captureID = try row?.id ?? insertCapture(&commit)
        try commit.insert(
            .columnGroups,
            [
                .int(id), .int(captureID), .int(capture.groupOrdinal), .text(capture.specDigest.description),
                .int(capture.chunkBytes),
            ])
        for (ordinal, column) in spec.columns.enumerated() {
            try commit.insert(
                .columns,
                [
                    .int(commit.newID(.columns)), .int(id), .int(ordinal), .text(column.id.canonicalName),
                    .text(column.elementType.rawValue), .int(column.width),
                ])
        }
        try insertSites(id, &commit)
        return id
    }

    private func insertCapture(_ commit: inout CatalogCommit) throws -> Int {
        let model = try modelID(&commit)
        let id = commit.newID(.captures)
        try commit.insert(
            .captures,
            [
                .int(id), .int(model), .int(dataset), .text(capture.promptsDigest.description),
                .int(capture.prompts.count), .int(capture.rowCount),
            ])
        return id
    }

    private func insertSites(_ group: Int, _ commit: inout CatalogCommit) throws {
        for (ordinal, space) in capture.spec.latentSpaces.enumerated() {
            try commit.insert(
                .sites,
                [
                    .int(commit.newID(.sites)), .int(group), .int(ordinal), .text("sae"),
                    .text(space.site.canonicalName), .int(space.latents), .int(space.topK),
                    .text(space.source.rawValue), .text(space.digest), .double(0), .blob([]),
                ])
        }
        for (ordinal, module) in capture.spec.adapterModules.enumerated() {
            var norms = ByteWriter()
            for norm in module.bNorms { norms.append(norm) }
            try commit.insert(
                .sites,
                [
                    .int(commit.newID(.sites)), .int(group), .int(ordinal), .text("lora"),
                    .text(module.site.canonicalName), .int(module.rank), .int(0), .text(""), .text(""),
                    .double(module.scale), .blob(norms.bytes),
                ])
        }
    }
}

/// The metadata columns of a dataset: a row for each name, and one more where its type becomes wider.
struct DatasetColumns {
    private var types: [[UInt8]: MetadataType] = [:]

    init(_ known: [(name: String, type: MetadataType)]) {
        for column in known { types[Array(column.name.utf8)] = column.type }
    }

    /// Records what a prompt's metadata adds.
    mutating func take(_ metadata: String, ofDataset dataset: Int, _ commit: inout CatalogCommit) throws {
        for (name, value) in FlatJSON.parse(metadata) ?? [] {
            let key = Array(name.utf8)
            let wider = types[key]?.widened(by: value.type) ?? value.type
            guard types[key] != wider else { continue }
            types[key] = wider
            try commit.insert(
                .datasetColumns,
                [.int(commit.newID(.datasetColumns)), .int(dataset), .text(name), .text(wider.rawValue)])
        }
    }
}
