import ChunkFormat
import Glibc
import Tensor

/// A new catalogue that is made from chunk files.
struct CatalogAdoption {
    let layout: StoreLayout
    let uuid: String

    /// The new catalogue while it is made; whoever looks for leftovers finds it in tmp/.
    var part: String { layout.temporary + "/catalog.sqlite" }

    /// Builds the catalogue of these captures in tmp/ in one commit, and checks it as every opening does.
    ///
    /// - Parameter what: the commit's word for people
    func build(_ captures: [CaptureChoice.Capture], what: String) throws(StoreError) {
        // SQLite would make it readable for all.
        try FileSystem.create(part, mode: 0o600).close()
        let catalog = try Catalog(path: part, access: .writable)
        try catalog.createSchema()
        try catalog.write { transaction in
            var commit = CatalogCommit(transaction, after: CatalogHead())
            try commit.insert(.store, [.int(1), .text(uuid)])
            var names = AdoptedNames()
            for capture in captures { try insert(capture, &names, &commit) }
            try commit.finish(what: what, time: StoreCreation.now())
        }
        try catalog.read { transaction in
            try transaction.checkGate(uuid: uuid)
            _ = try transaction.checkEverything()
            _ = try CatalogContents(transaction)
        }
        try catalog.close()
        let file = try FileSystem.open(part, O_RDWR)
        try file.synchronize()
        try file.close()
    }

    /// Ids of what several captures share.
    private struct AdoptedNames {
        var models: [[UInt8]: Int] = [:]
        var tokenizers: [[UInt8]: Int] = [:]
        var datasets: [[UInt8]: Dataset] = [:]

        struct Dataset {
            var id: Int
            var registry = PromptRegistry()
            var columns = DatasetColumns([])
        }
    }

    private func insert(
        _ capture: CaptureChoice.Capture, _ names: inout AdoptedNames, _ commit: inout CatalogCommit
    ) throws {
        let model = try modelID(of: capture, &names, &commit)
        let name = Array(capture.spec.dataset.utf8)
        var dataset: AdoptedNames.Dataset
        if let known = names.datasets[name] {
            dataset = known
        } else {
            dataset = AdoptedNames.Dataset(id: commit.newID(.datasets))
            try commit.insert(.datasets, [.int(dataset.id), .text(capture.spec.dataset)])
        }
        let id = commit.newID(.captures)
        let totals = capture.totals
        try commit.insert(
            .captures,
            [
                .int(id), .int(model), .int(dataset.id), .text(capture.promptsDigest.description), .int(totals.prompts),
                .int(totals.rows),
            ])
        for group in capture.groups {
            // How its chunks were cut isn't kept; the largest is the best guess for those that may come.
            let chunkBytes = max(1, group.chunks.reduce(0) { max($0, $1.rawBytes) })
            let groupID = try commit.insertGroup(
                ofCapture: id, ordinal: group.description.ordinal, digest: group.digest.description,
                chunkBytes: chunkBytes, group.description.spec)
            for chunk in group.chunks {
                let chunkID = commit.newID(.chunks)
                try commit.insert(
                    .chunks,
                    [
                        .int(chunkID), .int(groupID), .text(chunk.key.description), .text(chunk.name),
                        .int(chunk.firstRow), .int(chunk.rowCount), .int(chunk.firstPrompt), .int(chunk.promptCount),
                        .int(chunk.storedBytes), .int(chunk.rawBytes),
                    ])
                if group.description.ordinal == 0 { try insertPrompts(of: chunk, chunkID, &dataset, &commit) }
            }
        }
        names.datasets[name] = dataset
    }

    private func modelID(
        of capture: CaptureChoice.Capture, _ names: inout AdoptedNames, _ commit: inout CatalogCommit
    ) throws -> Int {
        let spec = capture.spec
        if let id = names.models[Array(spec.model.utf8)] { return id }
        let digest = Array(spec.tokenizerDigest.utf8)
        let tokenizer: Int
        if let known = names.tokenizers[digest] {
            tokenizer = known
        } else {
            tokenizer = commit.newID(.tokenizers)
            // The first chunk has them; without it there is no capture.
            let pieces = try AdoptableChunk.tokenizer(
                layout.chunk(capture.groups[0].chunks[0].name), digest: capture.groups[0].description.piecesDigest)
            try commit.insert(.tokenizers, [.int(tokenizer), .text(spec.tokenizerDigest), .blob(pieces)])
            names.tokenizers[digest] = tokenizer
        }
        let id = try commit.insertModel(ModelRecord(spec), tokenizer: tokenizer)
        names.models[Array(spec.model.utf8)] = id
        return id
    }

    private func insertPrompts(
        of chunk: AdoptableChunk, _ id: Int, _ dataset: inout AdoptedNames.Dataset, _ commit: inout CatalogCommit
    ) throws {
        var (ordinals, tokenCounts) = (ByteWriter(), ByteWriter())
        for prompt in try AdoptableChunk.prompts(layout.chunk(chunk.name), of: chunk).prompts {
            let (ordinal, isNew) = dataset.registry.ordinal(of: prompt)
            ordinals.append(UInt32(ordinal))
            tokenCounts.append(UInt32(prompt.tokenCount))
            guard isNew else { continue }
            try commit.insert(
                .prompts,
                [
                    .int(dataset.id << 32 | ordinal), .int(dataset.id), .text(prompt.key), .text(prompt.source),
                    .text(prompt.metadata),
                ])
            try dataset.columns.take(prompt.metadata, ofDataset: dataset.id, &commit)
        }
        try commit.insert(.chunkPrompts, [.int(id), .blob(ordinals.bytes), .blob(tokenCounts.bytes)])
    }
}
