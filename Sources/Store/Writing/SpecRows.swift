import ChunkFormat
import Tensor

extension CatalogCommit {
    /// The row of a model; gives its id.
    mutating func insertModel(_ model: ModelRecord, tokenizer: Int) throws -> Int {
        let id = newID(.models)
        try insert(
            .models,
            [
                .int(id), .text(model.name), .text(model.architecture), .int(model.layerCount), .int(model.hiddenSize),
                .text(model.digest), model.adapterDigest.map(CatalogValue.text) ?? .null, .int(tokenizer),
            ])
        return id
    }

    /// The rows of a group: itself, its columns and their sites; gives its id.
    mutating func insertGroup(
        ofCapture capture: Int, ordinal: Int, digest: String, chunkBytes: Int, _ spec: CaptureSpec
    ) throws -> Int {
        let id = newID(.columnGroups)
        try insert(.columnGroups, [.int(id), .int(capture), .int(ordinal), .text(digest), .int(chunkBytes)])
        for (ordinal, column) in spec.columns.enumerated() {
            try insert(
                .columns,
                [
                    .int(newID(.columns)), .int(id), .int(ordinal), .text(column.id.canonicalName),
                    .text(column.elementType.rawValue), .int(column.width),
                ])
        }
        for (ordinal, space) in spec.latentSpaces.enumerated() {
            try insert(
                .sites,
                [
                    .int(newID(.sites)), .int(id), .int(ordinal), .text("sae"), .text(space.site.canonicalName),
                    .int(space.latents), .int(space.topK), .text(space.source.rawValue), .text(space.digest),
                    .double(0), .blob([]),
                ])
        }
        for (ordinal, module) in spec.adapterModules.enumerated() {
            var norms = ByteWriter()
            for norm in module.bNorms { norms.append(norm) }
            try insert(
                .sites,
                [
                    .int(newID(.sites)), .int(id), .int(ordinal), .text("lora"), .text(module.site.canonicalName),
                    .int(module.rank), .int(0), .text(""), .text(""), .double(module.scale), .blob(norms.bytes),
                ])
        }
        return id
    }
}
