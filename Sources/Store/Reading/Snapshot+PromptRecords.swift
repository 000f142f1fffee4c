extension Snapshot {
    /// The committed prompts of a capture as they were given to `beginCapture`, types of metadata and order of names included:
    /// what adding columns to the capture needs. O(prompts of its dataset).
    public func promptRecords(of capture: CaptureRecord) throws(StoreError) -> [PromptRecord] {
        let datasetCount = contents.promptCounts[capture.datasetID] ?? 0
        return try catalog.read { transaction in
            let (ordinals, tokenCounts) = try transaction.prompts(
                ofChunks: capture.chunks, datasetCount: datasetCount)
            var records = tokenCounts.map { PromptRecord(key: "", source: "", tokenCount: $0) }
            var places = [Int](repeating: -1, count: datasetCount)
            for (place, ordinal) in ordinals.enumerated() { places[ordinal] = place }
            try transaction.scanPrompts(ofDataset: capture.datasetID, count: datasetCount) {
                ordinal, key, source, metadata in
                guard places[ordinal] >= 0 else { return }
                guard let fields = FlatJSON.parse(metadata) else {
                    throw StoreError.damagedCatalog(
                        transaction.path, "metadata of prompt \(key)", expected: "a flat JSON object",
                        found: "other text")
                }
                let place = places[ordinal]
                records[place].key = key
                records[place].source = source
                records[place].metadata = fields
            }
            return records
        }
    }
}
