import ChunkFormat
import FuzzTargets
import Tensor

/// The parts of a chunk file. Checksums are made right where they would hide what lies behind them.
enum ChunkInputs {
    /// Header and trailer of a file that is nothing else, as they are and with right checksums.
    static func ends(_ bytes: [UInt8]) throws {
        var sealed = bytes
        seal(&sealed, 0..<56)
        if bytes.count >= ChunkTrailer.byteCount {
            seal(&sealed, (bytes.count - ChunkTrailer.byteCount)..<(bytes.count - 8))
        }
        try? parseEnds(sealed)
        try parseEnds(bytes)
    }

    private static func parseEnds(_ bytes: [UInt8]) throws {
        _ = try ChunkHeader(Array(bytes.prefix(ChunkHeader.byteCount)), path: "input")
        _ = try ChunkTrailer(
            Array(bytes.suffix(ChunkTrailer.byteCount)), fileLength: bytes.count, path: "input")
    }

    private static func seal(_ bytes: inout [UInt8], _ range: Range<Int>) {
        guard range.upperBound + 8 <= bytes.count else { return }
        let checksum = Checksum.of(Array(bytes[range]))
        for place in 0..<8 {
            bytes[range.upperBound + place] = UInt8(truncatingIfNeeded: checksum >> UInt64(8 * place))
        }
    }

    /// Seven bytes that say where the footer begins in its file, one of its version, and the footer.
    static func footer(_ bytes: [UInt8]) throws {
        guard bytes.count >= 8 else { throw InputError.notWhatIsExpected }
        let offset = (0..<6).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
        let own = Array(bytes[8...])
        let trailer = ChunkTrailer(footerOffset: offset, footerLength: own.count, footerChecksum: Checksum.of(own))
        let footer = try ChunkFooter(own, version: UInt16(bytes[7]), trailer: trailer, path: "input")
        _ = footer.allBlocks
    }

    static var endSeeds: [[UInt8]] {
        let trailer = ChunkTrailer(footerOffset: 64, footerLength: 0, footerChecksum: 7)
        return [ChunkHeader(key: Digest128(of: "key")).encoded + trailer.encoded]
    }

    static var footerSeeds: [[UInt8]] {
        [sample([.tokenID]), sample([.tokenID, .site(Site(.residPost, layer: 1)), .site(Site(.residPost, layer: 2))])]
            .map { file in
                guard
                    let trailer = try? ChunkTrailer(
                        Array(file.suffix(ChunkTrailer.byteCount)), fileLength: file.count, path: "seed")
                else { preconditionFailure("a seed that is no chunk file") }
                let offset = (0..<7).map { UInt8(truncatingIfNeeded: trailer.footerOffset >> (8 * $0)) }
                return offset + [UInt8(ChunkHeader.currentVersion)]
                    + file[trailer.footerOffset..<trailer.footerOffset + trailer.footerLength]
            }
    }

    /// A chunk file of five rows.
    private static func sample(_ columns: [ColumnID]) -> [UInt8] {
        let specs = columns.map { id in
            id == .tokenID
                ? ColumnSpec(id: id, elementType: .uint32, width: 1)
                : ColumnSpec(id: id, elementType: .float16, width: 4)
        }
        var buffers = ColumnBuffers(columns: specs, rowCount: 5)
        for (index, spec) in specs.enumerated() {
            let rows = (0..<5 * spec.rowBytes).map { UInt8($0) }
            buffers.write(rows.rawSpan, column: index, row: 0)
        }
        let footer = ChunkFooter(
            model: "m", dataset: "d", specDigest: Digest128(of: "spec"), promptsDigest: Digest128(of: "prompts"),
            firstRow: 7, rowCount: 5, firstPrompt: 2, promptCount: 1)
        var bytes: [UInt8] = []
        let draft = ChunkDraft(
            key: Digest128(of: "key"), footer: footer, columns: specs,
            attachments: [("spec", Array("a spec".utf8))])
        _ = ChunkEncoder.encode(draft, rows: buffers) { (piece) throws(Never) in
            unsafe piece.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        }
        return bytes
    }
}
