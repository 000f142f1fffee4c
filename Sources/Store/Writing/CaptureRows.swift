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
        return try commit.insertModel(record, tokenizer: tokenizer ?? 0)
    }

    /// The group that the chunk continues; it and its capture are made with the first chunk.
    private func groupID(before planned: PlannedChunk, _ commit: inout CatalogCommit) throws -> Int {
        let spec = capture.spec
        let row = contents.capture(model: spec.model, dataset: spec.dataset)
        let group = row.flatMap { contents.groups(of: $0.id).first { $0.ordinal == capture.groupOrdinal } }
        if let group, group.promptCount == planned.firstPrompt, group.specDigest == capture.specDigest.description {
            if let row { try correctTotals(row, &commit) }
            return group.id
        }
        guard group == nil, planned.firstPrompt == 0, (row == nil) == (capture.groupOrdinal == 0) else {
            throw StoreError(
                .conflict,
                "\(capture.store.layout.path): capture \(spec.model)/\(spec.dataset) was changed or removed while it was "
                    + "being written; begin it again")
        }
        let captureID = try row?.id ?? insertCapture(&commit)
        return try commit.insertGroup(
            ofCapture: captureID, ordinal: capture.groupOrdinal, digest: capture.specDigest.description,
            chunkBytes: capture.chunkBytes, spec)
    }

    /// After a rebuild nobody knew how far an unfinished capture goes.
    private func correctTotals(_ row: CatalogContents.CaptureRow, _ commit: inout CatalogCommit) throws {
        guard capture.groupOrdinal == 0,
            row.promptCount != capture.prompts.count || row.rowCount != capture.rowCount
        else { return }
        try commit.replace(
            .captures,
            [
                .int(row.id), .int(row.model), .int(row.dataset), .text(row.promptsDigest),
                .int(capture.prompts.count), .int(capture.rowCount),
            ])
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
