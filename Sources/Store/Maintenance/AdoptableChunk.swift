import ChunkFormat

/// A chunk file by what it says of itself, its directory and attachments checked against each other.
struct AdoptableChunk: Sendable {
    let name: String
    let storedBytes: Int
    let rawBytes: Int
    /// Nanoseconds since 1970: files are never written again, so this is when the chunk was made, unless it was copied.
    let modified: Int
    let version: UInt16
    let key: Digest128
    let specDigest: Digest128
    let promptsDigest: Digest128
    let firstRow: Int
    let rowCount: Int
    let firstPrompt: Int
    let promptCount: Int

    var endRow: Int { firstRow + rowCount }
    var endPrompt: Int { firstPrompt + promptCount }

    /// Reads a chunk file and the description of its capture.
    ///
    /// - Parameters:
    ///   - name: what the file's bytes must hash to
    ///   - deep: whether they are hashed, which reads the whole file
    static func read(
        _ path: String, name: String, deep: Bool
    ) throws(StoreError) -> (chunk: AdoptableChunk, description: StoredSpec) {
        let file = try ChunkFile(path: path)
        if deep {
            let found = try file.contentDigest().description
            guard found == name else { throw wrong(path, "chunk file", "bytes that hash to its name", found) }
        }
        let footer = file.footer
        let chunk = AdoptableChunk(
            name: name, storedBytes: file.size, rawBytes: footer.rawBytes,
            modified: try FileSystem.attributes(path)?.modified ?? 0, version: file.header.version,
            key: file.header.key, specDigest: footer.specDigest, promptsDigest: footer.promptsDigest,
            firstRow: footer.firstRow, rowCount: footer.rowCount, firstPrompt: footer.firstPrompt,
            promptCount: footer.promptCount)
        // Every number that the catalogue takes over: sums of them must not overflow.
        guard max(chunk.firstRow, chunk.rowCount, chunk.firstPrompt, chunk.promptCount) < 1 << 46 else {
            throw wrong(path, "chunk footer", "numbers of rows and prompts", "greater ones than can be")
        }
        let key = ChunkPlan.key(
            specDigest: footer.specDigest, promptsDigest: footer.promptsDigest, firstRow: footer.firstRow,
            rowCount: footer.rowCount, firstPrompt: footer.firstPrompt, promptCount: footer.promptCount)
        guard key == chunk.key else { throw wrong(path, "chunk header", "key \(key)", "\(chunk.key)") }
        var memory = ChunkFile.WalkMemory()
        guard let bytes = try file.attachment("spec", memory: &memory),
            Digest128(of: bytes.rawSpan) == footer.specDigest
        else { throw wrong(path, "attachment spec", "digest \(footer.specDigest)", "another") }
        let description = try orStoreError { () throws(Corruption) in try StoredSpec(bytes, path: path) }
        guard CatalogContents.equal(footer.model, description.spec.model),
            CatalogContents.equal(footer.dataset, description.spec.dataset),
            footer.columns.map(\.spec) == description.spec.columns
        else { throw wrong(path, "chunk footer", "the columns of its description", "others") }
        // Whoever chooses among chunks can rely on all that they hold beside their rows.
        _ = try prompts(file, of: chunk, &memory)
        if description.ordinal == 0, chunk.firstRow == 0 {
            _ = try tokenizer(file, digest: description.piecesDigest, &memory)
        }
        return (chunk, description)
    }

    /// The prompts of a chunk, one chunk's at a time.
    static func prompts(_ path: String, of chunk: AdoptableChunk) throws(StoreError) -> (
        bytes: [UInt8], prompts: [StoredPrompt]
    ) {
        let file = try ChunkFile(path: path)
        var memory = ChunkFile.WalkMemory()
        return try prompts(file, of: chunk, &memory)
    }

    private static func prompts(
        _ file: borrowing ChunkFile, of chunk: AdoptableChunk, _ memory: inout ChunkFile.WalkMemory
    ) throws(StoreError) -> (bytes: [UInt8], prompts: [StoredPrompt]) {
        let path = file.path
        guard let bytes = try file.attachment("prompts", memory: &memory) else {
            throw wrong(path, "chunk footer", "an attachment prompts", "none")
        }
        let prompts = try orStoreError { () throws(Corruption) in try StoredPrompt.decode(bytes, path: path) }
        let tokens = prompts.reduce(0) { $0 + $1.tokenCount }
        guard prompts.count == chunk.promptCount, tokens == chunk.rowCount else {
            throw wrong(
                path, "attachment prompts", "\(chunk.promptCount) prompts of \(chunk.rowCount) tokens",
                "\(prompts.count) of \(tokens)")
        }
        return (bytes, prompts)
    }

    /// The token pieces that the first chunk of a capture holds.
    static func tokenizer(_ path: String, digest: Digest128) throws(StoreError) -> [UInt8] {
        let file = try ChunkFile(path: path)
        var memory = ChunkFile.WalkMemory()
        return try tokenizer(file, digest: digest, &memory)
    }

    private static func tokenizer(
        _ file: borrowing ChunkFile, digest: Digest128, _ memory: inout ChunkFile.WalkMemory
    ) throws(StoreError) -> [UInt8] {
        let path = file.path
        guard let bytes = try file.attachment("tokenizer", memory: &memory),
            Digest128(of: bytes.rawSpan) == digest
        else { throw wrong(path, "attachment tokenizer", "digest \(digest)", "another, or none") }
        _ = try orStoreError { () throws(Corruption) in try TokenPieces.decode(bytes, path: path) }
        return bytes
    }

    private static func wrong(_ path: String, _ what: String, _ expected: String, _ found: String) -> StoreError {
        StoreError(Corruption(path: path, offset: 0, what: what, expected: expected, found: found))
    }
}
