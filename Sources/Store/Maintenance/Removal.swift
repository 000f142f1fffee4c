public import Tensor

/// What a removal has marked dead. The files stay until a purge.
public struct RemovalReport: Sendable, Hashable {
    /// Chunks that no new snapshot sees.
    public let chunkCount: Int
    /// Bytes of their files; a file that a living chunk shares is counted too.
    public let storedBytes: Int
}

extension StoreWriter {
    /// Marks a capture and everything that belongs to it dead, in one commit. Snapshots that are open read on; new ones don't
    /// see it. Its room is given back by `purge`.
    @discardableResult
    public func remove(captureOf model: String, dataset: String) throws(StoreError) -> RemovalReport {
        try settle()
        let row = try living(model, dataset)
        let chunks = contents.groups(of: row.id).flatMap(\.chunks)
        try mark("capture", row.id, "remove \(model)/\(dataset)") { $0.captures[row.id] == nil }
        return RemovalReport(chunks)
    }

    /// Marks columns dead that were added to a capture: all those that were added together, named by one of them.
    ///
    /// The columns that came with the capture go only with it.
    @discardableResult
    public func remove(column: ColumnID, of model: String, dataset: String) throws(StoreError) -> RemovalReport {
        try settle()
        let row = try living(model, dataset)
        let groups = contents.groups(of: row.id)
        guard let group = groups.first(where: { $0.columns.contains { $0.id == column } }) else {
            throw StoreError(
                .unknown, "\(layout.path): capture \(model)/\(dataset) has no column \(column.canonicalName)")
        }
        guard group.ordinal > 0 else {
            throw StoreError(
                .conflict,
                "\(layout.path): \(column.canonicalName) came with capture \(model)/\(dataset) and goes only with it")
        }
        try mark("group", group.id, "remove columns \(group.ordinal) of \(model)/\(dataset)") {
            $0.groups[group.id] == nil
        }
        return RemovalReport(group.chunks)
    }

    /// The chunk that some capture has in flight is committed first: a removal counts what is there.
    func settle() throws(StoreError) { try busyCapture?.finish() }

    private func living(_ model: String, _ dataset: String) throws(StoreError) -> CatalogContents.CaptureRow {
        guard let row = contents.capture(model: model, dataset: dataset) else {
            throw StoreError(.unknown, "\(layout.path): there is no capture \(model)/\(dataset)")
        }
        return row
    }

    private func mark(
        _ kind: String, _ target: Int, _ what: String, isThere: (CatalogContents) -> Bool
    ) throws(StoreError) {
        try commit(what, isThere: isThere) { commit in
            try commit.insert(.removals, [.int(commit.newID(.removals)), .text(kind), .int(target)])
        }
        forgetRegistries()
    }
}

extension RemovalReport {
    init(_ chunks: [CatalogContents.Chunk]) {
        self.init(chunkCount: chunks.count, storedBytes: chunks.reduce(0) { $0 + $1.record.storedBytes })
    }
}
