import ChunkFormat
import Dispatch
import Synchronization
import Tensor

/// What reading every byte of a store found.
public struct VerificationReport: Sendable {
    /// Chunk files that the catalogue names.
    public internal(set) var chunkFiles = 0
    /// Blocks decoded, attachments included.
    public internal(set) var blocks = 0
    /// Bytes of chunk files read.
    public internal(set) var bytes = 0
    /// Rows of the catalogue whose digest was checked.
    public internal(set) var catalogRows = 0
    /// One error for each damaged piece; each names its file and place.
    public internal(set) var damages: [StoreError] = []
    /// Chunk files that no commit knows: left by a writer that died, moved to quarantine/ by the next one.
    public internal(set) var orphans: [String] = []

    /// Whether nothing is damaged.
    public var isSound: Bool { damages.isEmpty }

    fileprivate mutating func add(_ other: VerificationReport) {
        chunkFiles += other.chunkFiles
        blocks += other.blocks
        bytes += other.bytes
        damages += other.damages
    }
}

/// Checks a store: the catalogue's rows, every chunk file, and that both agree.
public enum StoreVerification {
    /// Doesn't stop at damage, and changes nothing. Chunk files are read side by side on all cores.
    ///
    /// - Parameters:
    ///   - deep: whether every byte of every block is read and decoded; else of chunk files header, footer and trailer are
    ///   - progress: bytes of chunk files checked so far, and in all; called from any thread, never twice at once
    public static func run(
        _ path: String, deep: Bool = true, progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws(StoreError) -> VerificationReport {
        let layout = StoreLayout(path)
        var report = VerificationReport()
        let descriptor = try StoreDescriptor.read(layout)
        guard let contents = try catalog(layout, descriptor.uuid, &report) else {
            if deep { try namesOnly(layout, &report) }
            return report
        }
        let chunks = contents.chunks
        let total = chunks.reduce(0) { $0 + $1.record.storedBytes }
        let found = Mutex<(reports: [Int: VerificationReport], bytes: Int)>(([:], 0))
        DispatchQueue.concurrentPerform(iterations: chunks.count) { index in
            let own = verify(chunks[index], contents, layout, deep: deep)
            found.withLock {
                $0.reports[index] = own
                $0.bytes += chunks[index].record.storedBytes
                progress($0.bytes, total)
            }
        }
        let reports = found.withLock { $0.reports }
        for index in chunks.indices { if let own = reports[index] { report.add(own) } }
        let known = contents.knownFiles
        report.orphans = try layout.chunkFiles().map(\.name).filter { !known.contains($0) }
        return report
    }

    /// nil where the catalogue is too damaged to say which chunks there are.
    private static func catalog(
        _ layout: StoreLayout, _ uuid: String, _ report: inout VerificationReport
    ) throws(StoreError) -> CatalogContents? {
        do throws(StoreError) {
            let catalog = try Catalog.openForReading(layout, uuid: uuid)
            let (head, contents) = try catalog.read { transaction in
                try transaction.checkGate(uuid: uuid)
                return (try transaction.checkEverything(), try CatalogContents(transaction))
            }
            report.catalogRows = head.counts.values.reduce(head.generation, +)
            return contents
        } catch {
            switch error.kind {
            case .damaged, .missing:
                report.damages.append(error)
                return nil
            default: throw error
            }
        }
    }

    private static func verify(
        _ chunk: CatalogContents.Chunk, _ contents: CatalogContents, _ layout: StoreLayout, deep: Bool
    ) -> VerificationReport {
        var report = VerificationReport()
        report.chunkFiles = 1
        let path = layout.chunk(chunk.record.name)
        do throws(StoreError) {
            try Recovery.checkEnds(layout, chunk)
            let file = try ChunkFile(path: path)
            try checkIdentity(file, chunk, contents)
            guard deep else { return report }
            let digest = try readBlocks(file, &report)
            if report.damages.isEmpty, digest != chunk.record.name {
                throw StoreError(
                    Corruption(
                        path: path, offset: 0, what: "chunk file", expected: "bytes that hash to its name",
                        found: digest))
            }
        } catch {
            report.damages.append(error)
        }
        return report
    }

    /// The footer must say what the catalogue says.
    private static func checkIdentity(
        _ file: borrowing ChunkFile, _ chunk: CatalogContents.Chunk, _ contents: CatalogContents
    ) throws(StoreError) {
        let footer = file.footer
        guard let group = contents.groups[chunk.group], let capture = contents.captures[group.capture],
            contents.models[capture.model]?.name == footer.model, contents.datasets[capture.dataset] == footer.dataset,
            group.specDigest == footer.specDigest.description,
            capture.promptsDigest == footer.promptsDigest.description, footer.firstRow == chunk.record.firstRow,
            footer.rowCount == chunk.record.rowCount, footer.firstPrompt == chunk.record.firstPrompt,
            footer.promptCount == chunk.record.promptCount,
            footer.columns.map(\.spec) == group.columns
        else {
            throw StoreError(
                Corruption(
                    path: file.path, offset: 0, what: "chunk footer", expected: "what the catalogue says of this chunk",
                    found: "\(footer.model)/\(footer.dataset) rows from \(footer.firstRow)"))
        }
    }

    /// Decodes every block and hashes every byte in one pass; gives the file's digest.
    private static func readBlocks(
        _ file: borrowing ChunkFile, _ report: inout VerificationReport
    ) throws(StoreError) -> String {
        var digest = StreamingDigest()
        let head = try file.file.read(at: 0, count: ChunkHeader.byteCount)
        digest.update(head.rawSpan)
        var end = ChunkHeader.byteCount
        let columns = file.footer.columns.flatMap { column in
            column.blocks.map { ($0, BlockShape(column.spec)) }
        }
        let entries = columns + file.footer.attachments.map { ($0.block, BlockShape.bytes) }
        let names = file.footer.allBlocks.map(\.what)
        for (index, (block, shape)) in entries.enumerated() {
            let stored = try file.file.read(at: block.offset, count: block.storedLength)
            digest.update(stored.rawSpan)
            if let damage = decode(stored, block, shape, path: file.path, what: names[index]) {
                report.damages.append(StoreError(damage))
            }
            report.blocks += 1
            end = block.offset + block.storedLength
        }
        let rest = try file.file.read(at: end, count: file.size - end)
        digest.update(rest.rawSpan)
        report.bytes += file.size
        return digest.value.description
    }

    private static func decode(
        _ stored: [UInt8], _ block: BlockEntry, _ shape: BlockShape, path: String, what: String
    ) -> Corruption? {
        var scratch = DecodeScratch()
        var raw = [UInt8](repeating: 0, count: block.rawLength)
        var span = raw.mutableSpan
        var target = unsafe span.mutableBytes
        do throws(Corruption) {
            try BlockDecoder.decode(
                stored.rawSpan, entry: block, shape: shape, scratch: &scratch, into: &target, deep: true, path: path,
                what: what)
            return nil
        } catch {
            return error
        }
    }

    /// Without a catalogue: at least every chunk file must hash to its own name.
    private static func namesOnly(_ layout: StoreLayout, _ report: inout VerificationReport) throws(StoreError) {
        for (directory, name) in try layout.chunkFiles() {
            let path = layout.chunks + "/" + directory + "/" + name
            report.chunkFiles += 1
            do throws(StoreError) {
                let file = try ChunkFile(path: path)
                _ = try readBlocks(file, &report)
            } catch {
                report.damages.append(error)
            }
        }
    }
}
