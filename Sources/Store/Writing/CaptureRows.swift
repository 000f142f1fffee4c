import ChunkFormat
import Tensor

/// The catalogue rows of one committed chunk, and whatever they refer to that isn't there yet.
struct CaptureRows {
    private var commit: CatalogCommit
    private let contents: CatalogContents
    private let capture: CaptureWriter

    init(_ transaction: CatalogTransaction, _ contents: CatalogContents, _ capture: CaptureWriter) {
        commit = CatalogCommit(transaction, after: contents.head)
        self.contents = contents
        self.capture = capture
    }

    /// Ids count up from 1: rows are never removed.
    private func nextID(_ table: CatalogTable) -> Int { (commit.head.counts[table] ?? 0) + 1 }

    mutating func insert(
        _ planned: PlannedChunk, _ placed: ChunkWriting.Placed, prompts range: Range<Int>
    ) throws {
        let dataset = try datasetID()
        let captureID = try self.captureID(dataset: dataset)
        let prompts = capture.prompts[range]
        var ordinals = ByteWriter()
        var tokenCounts = ByteWriter()
        var added: [StoredPrompt] = []
        for prompt in prompts {
            let (ordinal, isNew) = capture.registry.ordinal(of: prompt)
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
        try insertDatasetColumns(dataset, added)
        let chunk = nextID(.chunks)
        try commit.insert(
            .chunks,
            [
                .int(chunk), .int(captureID), .text(planned.key.description), .text(placed.name),
                .int(planned.firstRow), .int(planned.rowCount), .int(planned.firstPrompt), .int(planned.promptCount),
                .int(added.count), .int(placed.storedBytes), .int(planned.rawBytes),
            ])
        try commit.insert(.chunkPrompts, [.int(chunk), .blob(ordinals.bytes), .blob(tokenCounts.bytes)])
        try commit.finish(
            what: "chunk \(planned.index) of \(capture.spec.model)/\(capture.spec.dataset)",
            time: StoreCreation.now())
        capture.registry.generation = commit.head.generation
    }

    private mutating func datasetID() throws -> Int {
        if let id = contents.datasetID(capture.spec.dataset) { return id }
        let id = nextID(.datasets)
        try commit.insert(.datasets, [.int(id), .text(capture.spec.dataset)])
        return id
    }

    private mutating func modelID() throws -> Int {
        let spec = capture.spec
        if let id = contents.modelID(spec.model) { return id }
        var tokenizer = contents.tokenizerID(spec.tokenizerDigest)
        if tokenizer == nil {
            let id = nextID(.tokenizers)
            try commit.insert(
                .tokenizers, [.int(id), .text(spec.tokenizerDigest), .blob(TokenPieces.encode(spec.tokenPieces))])
            tokenizer = id
        }
        let id = nextID(.models)
        try commit.insert(
            .models,
            [
                .int(id), .text(spec.model), .text(spec.architecture), .int(spec.layerCount), .int(spec.hiddenSize),
                .text(spec.modelDigest), spec.adapterDigest.map(CatalogValue.text) ?? .null, .int(tokenizer ?? 0),
            ])
        return id
    }

    private mutating func captureID(dataset: Int) throws -> Int {
        let model = try modelID()
        if let row = contents.captures.first(where: { $0.model == model && $0.dataset == dataset }) { return row.id }
        let id = nextID(.captures)
        try commit.insert(
            .captures,
            [
                .int(id), .int(model), .int(dataset), .text(capture.specDigest.description),
                .text(capture.promptsDigest.description), .int(capture.prompts.count), .int(capture.rowCount),
                .int(capture.chunkBytes),
            ])
        for (ordinal, column) in capture.spec.columns.enumerated() {
            try commit.insert(
                .columns,
                [
                    .int(nextID(.columns)), .int(id), .int(ordinal), .text(column.id.canonicalName),
                    .text(column.elementType.rawValue), .int(column.width),
                ])
        }
        try insertSites(id)
        return id
    }

    private mutating func insertSites(_ capture: Int) throws {
        let spec = self.capture.spec
        for (ordinal, space) in spec.latentSpaces.enumerated() {
            try commit.insert(
                .sites,
                [
                    .int(nextID(.sites)), .int(capture), .int(ordinal), .text("sae"),
                    .text(space.site.canonicalName), .int(space.latents), .int(space.topK),
                    .text(space.source.rawValue), .text(space.digest), .double(0), .blob([]),
                ])
        }
        for (ordinal, module) in spec.adapterModules.enumerated() {
            var norms = ByteWriter()
            for norm in module.bNorms { norms.append(norm) }
            try commit.insert(
                .sites,
                [
                    .int(nextID(.sites)), .int(capture), .int(ordinal), .text("lora"),
                    .text(module.site.canonicalName), .int(module.rank), .int(0), .text(""), .text(""),
                    .double(module.scale), .blob(norms.bytes),
                ])
        }
    }

    /// Records metadata columns that are new, or hold a wider type than before.
    private mutating func insertDatasetColumns(_ dataset: Int, _ prompts: [StoredPrompt]) throws {
        var types: [[UInt8]: MetadataType] = [:]
        for column in contents.datasetColumns[dataset] ?? [] { types[Array(column.name.utf8)] = column.type }
        for prompt in prompts {
            for (name, value) in FlatJSON.parse(prompt.metadata) ?? [] {
                let key = Array(name.utf8)
                let wider = types[key]?.widened(by: value.type) ?? value.type
                guard types[key] != wider else { continue }
                types[key] = wider
                try commit.insert(
                    .datasetColumns,
                    [.int(nextID(.datasetColumns)), .int(dataset), .text(name), .text(wider.rawValue)])
            }
        }
    }
}
