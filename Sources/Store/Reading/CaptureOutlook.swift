import ChunkFormat

/// What a store has of a capture that is asked for, found without writing.
public struct CaptureOutlook: Sendable, Hashable {
    /// The columns that would be written, as indices into those asked for; none where all are there.
    public var columns: [Int]
    /// Rows that need not be written any more: of those columns, or of all where none is missing.
    public var presentRows: Int

    /// Of a store that is still to be made.
    ///
    /// - Parameter count: of columns.
    public init(columnCount count: Int) {
        columns = Array(0..<count)
        presentRows = 0
    }
}

extension Snapshot {
    /// Compares captures of the same prompts with what is committed, as `StoreWriter.beginCapture` does, and throws what that
    /// would throw: so what contradicts the store is known before any work is done.
    ///
    /// - Parameter prompts: in capture order, all of them; nil where they are not known yet and are taken for the same.
    /// - Returns: one for each capture.
    /// - Complexity: O(prompts of the datasets).
    public func outlooks(
        of specs: [CaptureSpec], prompts: [PromptRecord]?
    ) throws(StoreError) -> [CaptureOutlook] {
        var digest: Digest128?
        if let prompts {
            let stored = prompts.map(StoredPrompt.init)
            digest = Digest128(of: StoredPrompt.encode(stored[...]).rawSpan)
            var seen: Set<[UInt8]> = []
            for spec in specs where seen.insert(Array(spec.dataset.utf8)).inserted {
                try CaptureChecks.check(prompts, spec)
                try PromptRegistry(catalog, contents, dataset: spec.dataset).check(
                    stored, dataset: spec.dataset, contents, layout)
            }
        }
        return try specs.map { (spec) throws(StoreError) in
            try spec.check()
            let start = try CaptureStart(spec, promptsDigest: digest, in: contents, layout)
            var outlook = CaptureOutlook(columnCount: 0)
            outlook.columns = start.columns
            let committed = start.existing?.chunks.last?.record
            outlook.presentRows = committed.map { $0.firstRow + $0.rowCount } ?? 0
            return outlook
        }
    }
}

extension StoreWriter {
    /// Refuses a path where no store is and none can be made, or whose store can't be written as it is, without writing anything.
    ///
    /// - Returns: what is there; nil where the store is still to be made, or to be recovered from a writer that died.
    public static func check(path: String) throws(StoreError) -> Snapshot? {
        let layout = StoreLayout(path)
        try StoreCreation.checkDirectory(layout)
        guard try FileSystem.attributes(layout.descriptor) != nil,
            try FileSystem.attributes(layout.catalog + "-journal") == nil
        else { return nil }
        try checkWritable(StoreDescriptor.read(layout), layout)
        let snapshot = try Snapshot.open(path)
        guard try snapshot.formatVersion() == CatalogVersion.current.rawValue else {
            throw Recovery.olderFormat(layout)
        }
        return snapshot
    }
}
