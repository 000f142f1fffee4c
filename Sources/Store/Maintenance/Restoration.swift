import ChunkFormat

extension StoreWriter {
    /// Takes the mark of a removed capture away, in one commit: until a purge nothing of it is lost.
    ///
    /// Columns and chunks of it that were dead before it was removed stay dead.
    public func restore(captureOf model: String, dataset: String) throws(StoreError) {
        try settle()
        let name = "\(model)/\(dataset)"
        guard contents.capture(model: model, dataset: dataset) == nil else {
            throw StoreError(.conflict, "\(layout.path): capture \(name) is there; it is not removed")
        }
        let state = contents
        let pieces = try catalog.read { try $0.removedPieces(state) }
        // The last one that had the name, where several did.
        guard
            let piece = pieces.last(where: {
                $0.kind == .capture && CatalogContents.equal($0.model, model)
                    && CatalogContents.equal($0.dataset, dataset)
            })
        else {
            throw StoreError(
                .unknown, "\(layout.path): no removed capture is called \(name); what varve gc has purged is gone")
        }
        let id = piece.captureID
        try checkNamesAreFree(of: id, name)
        // Seen by nobody after a crash: the row goes in the same transaction as the commit that says so.
        try commit("restore \(name)", isThere: { $0.captures[id] != nil }) { commit in
            try commit.delete(.removals, where: "kind = 'capture' AND target = \(id)")
        }
        try refresh()
    }

    /// A model or dataset of the same name that came meanwhile would make the names ambiguous.
    private func checkNamesAreFree(of capture: Int, _ name: String) throws(StoreError) {
        let row = try catalog.read { transaction in
            var row: (model: Int, dataset: Int)?
            try transaction.scan(.captures, where: "id = \(capture)") { row = (try $0.count(1), try $0.count(2)) }
            return row
        }
        guard let row, let model = contents.models[row.model]?.name, let dataset = contents.datasets[row.dataset]
        else { throw StoreError(.unknown, "\(layout.path): capture \(name) was forgotten") }
        let isModelFree = contents.modelID(model).map { $0 == row.model } ?? true
        let isDatasetFree = contents.datasetID(dataset).map { $0 == row.dataset } ?? true
        guard isModelFree, isDatasetFree else {
            throw StoreError(
                .conflict,
                "\(layout.path): another \(isModelFree ? "dataset" : "model") has the name of \(name)'s since it was removed; "
                    + "remove what uses that name first")
        }
    }
}
