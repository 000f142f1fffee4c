import ChunkFormat
import Foundation
import Tensor
import TestSupport

@testable import Store

/// A store of many small chunks and prompts, for the time that opening takes. Its catalogue rows and chunk files are those
/// of an ingest, but they are written without one: ten thousand durable commits take minutes.
struct LargeStore {
    var chunks = 10_000
    var promptsPerChunk = 100

    /// Makes the store at `path`.
    func build(_ path: String) throws {
        let template = SyntheticCapture(
            prompts: (0..<promptsPerChunk).map {
                PromptRecord(
                    key: "p\($0)", source: "a prompt of the usual length, number \($0), about nothing at all",
                    metadata: [("group", .string($0 % 2 == 0 ? "a" : "b")), ("turn", .int($0))], tokenCount: 1)
            }, layers: 1, hiddenSize: 2)
        let small = path + ".small"
        try SyntheticStore.build(small, [template])
        let record = try Snapshot.open(small).captures[0]
        let file = small + "/chunks/\(record.chunks[0].name.prefix(2))/\(record.chunks[0].name)"
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
        let footer = try ChunkFile(path: file).footer
        do { _ = try StoreWriter(path: path) }
        for high in 0..<256 {
            let name = String(high, radix: 16)
            _ = try FileSystem.makeDirectory(path + "/chunks/" + (high < 16 ? "0" : "") + name)
        }
        let catalog = try Catalog(path: path + "/catalog.sqlite", access: .writable)
        let layout = StoreLayout(path)
        let spec = template.spec
        let description = spec.canonicalBytes()
        let specDigest = Digest128(of: description.rawSpan).description
        let contents = try catalog.read { try CatalogContents($0) }
        try catalog.write { transaction in
            var (head, nextIDs) = (contents.head, contents.nextIDs)
            for index in 0..<chunks {
                var commit = CatalogCommit(transaction, after: head, nextIDs: nextIDs)
                if index == 0 { try begin(spec, specDigest, footer.promptsDigest.description, &commit) }
                let chunk = try place(bytes, footer, index, layout)
                try insert(template, chunk, index, record.chunks[0].rawBytes, &commit)
                try commit.finish(what: "chunk \(index) of base/general", time: 1_700_000_000 + index)
                head = commit.head
                nextIDs[.chunks] = index + 2
            }
        }
        try catalog.close()
        try FileManager.default.removeItem(atPath: small)
    }

    private func begin(
        _ spec: CaptureSpec, _ specDigest: String, _ promptsDigest: String, _ commit: inout CatalogCommit
    ) throws {
        try commit.insert(
            .tokenizers, [.int(1), .text(spec.tokenizerDigest), .blob(TokenPieces.encode(spec.tokenPieces))])
        try commit.insert(
            .models,
            [
                .int(1), .text(spec.model), .text(spec.architecture), .int(spec.layerCount), .int(spec.hiddenSize),
                .text(spec.modelDigest), .null, .int(1),
            ])
        try commit.insert(.datasets, [.int(1), .text(spec.dataset)])
        for (id, column) in [("group", "string"), ("turn", "int")].enumerated() {
            try commit.insert(.datasetColumns, [.int(id + 1), .int(1), .text(column.0), .text(column.1)])
        }
        let count = chunks * promptsPerChunk
        try commit.insert(.captures, [.int(1), .int(1), .int(1), .text(promptsDigest), .int(count), .int(count)])
        try commit.insert(.columnGroups, [.int(1), .int(1), .int(0), .text(specDigest), .int(1 << 20)])
        for (ordinal, column) in spec.columns.enumerated() {
            try commit.insert(
                .columns,
                [
                    .int(ordinal + 1), .int(1), .int(ordinal), .text(column.id.canonicalName),
                    .text(column.elementType.rawValue), .int(column.width),
                ])
        }
    }

    /// The template's blocks under another header, footer and trailer: a chunk file like any other.
    private func place(
        _ template: [UInt8], _ footer: ChunkFooter, _ index: Int, _ layout: StoreLayout
    ) throws -> (name: String, key: String, size: Int) {
        var footer = footer
        footer.firstRow = index * promptsPerChunk
        footer.firstPrompt = index * promptsPerChunk
        let end = ChunkTrailer.byteCount
        let oldTrailer = try ChunkTrailer(
            Array(template.suffix(end)), fileLength: template.count, path: "the template")
        let key = Digest128(of: "large store \(index)")
        let coded = footer.encoded
        let trailer = ChunkTrailer(
            footerOffset: oldTrailer.footerOffset, footerLength: coded.count, footerChecksum: Checksum.of(coded))
        let bytes =
            ChunkHeader(key: key).encoded + template[ChunkHeader.byteCount..<oldTrailer.footerOffset] + coded
            + trailer.encoded
        let name = Digest128(of: bytes.rawSpan).description
        let file = try FileSystem.create(layout.chunk(name), mode: 0o440)
        try file.writeAll(bytes.rawSpan)
        try file.close()
        return (name, key.description, bytes.count)
    }

    private func insert(
        _ template: SyntheticCapture, _ chunk: (name: String, key: String, size: Int), _ index: Int, _ rawBytes: Int,
        _ commit: inout CatalogCommit
    ) throws {
        let first = index * promptsPerChunk
        var (ordinals, counts) = (ByteWriter(), ByteWriter())
        for (place, prompt) in template.prompts.enumerated() {
            ordinals.append(UInt32(first + place))
            counts.append(UInt32(1))
            try commit.insert(
                .prompts,
                [
                    .int(1 << 32 | (first + place)), .int(1), .text("\(index)-\(prompt.key)"), .text(prompt.source),
                    .text(FlatJSON.render(prompt.metadata)),
                ])
        }
        try commit.insert(
            .chunks,
            [
                .int(index + 1), .int(1), .text(chunk.key), .text(chunk.name), .int(first), .int(promptsPerChunk),
                .int(first), .int(promptsPerChunk), .int(chunk.size), .int(rawBytes),
            ])
        try commit.insert(.chunkPrompts, [.int(index + 1), .blob(ordinals.bytes), .blob(counts.bytes)])
    }
}
