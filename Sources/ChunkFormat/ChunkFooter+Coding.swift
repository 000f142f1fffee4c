internal import Tensor

extension ChunkFooter {
    /// The footer's bytes; their checksum stands in the trailer.
    public var encoded: [UInt8] {
        var out = ByteWriter()
        out.append(ChunkFooter.magic)
        out.append(model)
        out.append(dataset)
        out.append(specDigest)
        out.append(promptsDigest)
        for number in [firstRow, rowCount, firstPrompt, promptCount] { out.append(UInt64(number)) }
        out.append(UInt32(columns.count))
        for column in columns {
            out.append(column.spec.id.canonicalName)
            out.append(column.spec.elementType.rawValue)
            out.append(UInt32(column.spec.width))
            out.append(UInt32(column.blockRows))
            out.append(column.statistics.minimum)
            out.append(column.statistics.maximum)
            out.append(UInt64(column.statistics.nanCount))
            out.append(column.statistics.meanNorm)
            out.append(column.maximumError)
            out.append(column.rmsError)
            out.append(UInt32(column.blocks.count))
            for block in column.blocks { block.encode(into: &out) }
        }
        out.append(UInt32(attachments.count))
        for attachment in attachments {
            out.append(attachment.name)
            attachment.block.encode(into: &out)
        }
        return out.bytes
    }

    /// Reads and checks a footer: every number in range, every block where the one before it ends, none missing.
    ///
    /// - Parameter version: of the chunk format, from the file's header
    public init(_ bytes: [UInt8], version: UInt16, trailer: ChunkTrailer, path: String) throws(Corruption) {
        let found = Checksum.of(bytes)
        guard bytes.count == trailer.footerLength, found == trailer.footerChecksum else {
            throw Corruption(
                path: path, offset: trailer.footerOffset, what: "chunk footer",
                expected: "checksum \(Checksum.text(trailer.footerChecksum))", found: Checksum.text(found))
        }
        var input = ByteReader(bytes, path: path, base: trailer.footerOffset, what: "chunk footer")
        let magic = try input.integer(UInt32.self)
        guard magic == ChunkFooter.magic else {
            throw input.corruption(expected: "the mark of a footer", found: "\(magic)")
        }
        model = try input.text(limit: ChunkFooter.nameLimit, "model name")
        dataset = try input.text(limit: ChunkFooter.nameLimit, "dataset name")
        specDigest = try input.digest()
        promptsDigest = try input.digest()
        firstRow = try input.count(UInt64.self, limit: ChunkFooter.rowLimit, "first row")
        rowCount = try input.count(UInt64.self, limit: ChunkFooter.rowLimit, "row count")
        firstPrompt = try input.count(UInt64.self, limit: ChunkFooter.rowLimit, "first prompt")
        promptCount = try input.count(UInt64.self, limit: ChunkFooter.rowLimit, "prompt count")
        guard rowCount > 0, promptCount > 0 else {
            throw input.corruption(expected: "at least one row and prompt", found: "\(rowCount) and \(promptCount)")
        }
        let columnCount = try input.count(UInt32.self, limit: ChunkFooter.columnLimit, "column count")
        var end = ChunkHeader.byteCount
        var names: Set<ColumnID> = []
        for _ in 0..<columnCount {
            let column = try ChunkFooter.column(
                &input, version: version, rowCount: rowCount, trailer: trailer, end: &end)
            guard names.insert(column.spec.id).inserted else {
                throw input.corruption(expected: "each column once", found: column.spec.id.canonicalName + " twice")
            }
            columns.append(column)
        }
        for _ in 0..<(try input.count(UInt32.self, limit: ChunkFooter.columnLimit, "attachment count")) {
            let name = try input.text(limit: ChunkFooter.nameLimit, "attachment name")
            let block = try BlockEntry(
                &input, fileLength: trailer.footerOffset, rawLimit: ChunkFooter.attachmentLimit)
            try ChunkFooter.follow(block, &end, input)
            attachments.append(Attachment(name: name, block: block))
        }
        try input.finish()
        guard end == trailer.footerOffset else {
            throw input.corruption(
                expected: "blocks up to byte \(trailer.footerOffset)", found: "the last ends at \(end)")
        }
    }

    private static func column(
        _ input: inout ByteReader, version: UInt16, rowCount: Int, trailer: ChunkTrailer, end: inout Int
    ) throws(Corruption) -> Column {
        let name = try input.text(limit: nameLimit, "column name")
        guard let id = ColumnID(canonical: name), id.canonicalName == name else {
            throw input.corruption(expected: "a column's name", found: "other text")
        }
        let typeName = try input.text(limit: 16, "element type")
        guard let type = ElementType(rawValue: typeName) else {
            throw input.corruption(expected: "an element type", found: "other text")
        }
        let width = try input.count(UInt32.self, limit: ColumnSpec.widthLimit, "column width")
        let spec = ColumnSpec(id: id, elementType: type, width: width)
        let blockRows = try input.count(UInt32.self, limit: BlockEntry.rawLimit, "rows of a block")
        // Width and rows are both at most 2²⁶: their product can't overflow.
        guard width > 0, blockRows > 0, blockRows * spec.rowBytes <= BlockEntry.rawLimit else {
            throw input.corruption(
                expected: "blocks of 1…\(BlockEntry.rawLimit) bytes", found: "\(blockRows) rows of width \(width)")
        }
        let minimum = try input.double()
        let maximum = try input.double()
        let nanCount = try input.count(UInt64.self, limit: Int.max, "NaN count")
        let statistics = ColumnStatistics(
            minimum: minimum, maximum: maximum, nanCount: nanCount, meanNorm: try input.double())
        var errors = (maximum: 0.0, rms: 0.0)
        // Version 1 has no lossy type and so no errors.
        if version > 1 { errors = (try input.double(), try input.double()) }
        guard errors.maximum >= 0, errors.rms >= 0 else {
            throw input.corruption(expected: "errors of at least 0", found: "\(errors.maximum) and \(errors.rms)")
        }
        let expected = (rowCount - 1) / blockRows + 1
        let blockCount = try input.count(
            UInt32.self, limit: input.remaining / BlockEntry.encodedByteCount, "block count")
        guard blockCount == expected else {
            throw input.corruption(expected: "\(expected) blocks", found: "\(blockCount)")
        }
        var blocks: [BlockEntry] = []
        blocks.reserveCapacity(blockCount)
        for index in 0..<blockCount {
            let block = try BlockEntry(&input, fileLength: trailer.footerOffset, rawLimit: BlockEntry.rawLimit)
            let rows = min(blockRows, rowCount - index * blockRows)
            guard block.rawLength == rows * spec.rowBytes else {
                throw input.corruption(
                    expected: "a block of \(rows * spec.rowBytes) bytes", found: "\(block.rawLength)")
            }
            try follow(block, &end, input)
            blocks.append(block)
        }
        var column = Column(spec: spec, blockRows: blockRows, statistics: statistics, blocks: blocks)
        column.maximumError = errors.maximum
        column.rmsError = errors.rms
        return column
    }

    private static func follow(_ block: BlockEntry, _ end: inout Int, _ input: ByteReader) throws(Corruption) {
        guard block.offset == end else {
            throw input.corruption(expected: "a block at byte \(end)", found: "one at \(block.offset)")
        }
        // Both are at most the file's length.
        end += block.storedLength
    }
}
