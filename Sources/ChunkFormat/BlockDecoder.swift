internal import CLZ4
internal import Kernels

/// Turns stored blocks back into raw ones. Any bytes are safe: they give the raw bytes or a `Corruption`.
public enum BlockDecoder {
    /// Checks `stored` against its checksum, decodes it into all of `target`, and checks the result.
    ///
    /// - Parameters:
    ///   - elementBytes: bytes of one number of the column
    ///   - target: exactly `entry.rawLength` bytes; undefined after an error
    ///   - path, what: named in errors
    public static func decode(
        _ stored: RawSpan, entry: BlockEntry, elementBytes: Int, into target: inout MutableRawSpan, path: String,
        what: @autoclosure () -> String
    ) throws(Corruption) {
        precondition(target.byteCount == entry.rawLength, "a block decodes to exactly its raw length")
        let found = Checksum.of(stored)
        guard stored.byteCount == entry.storedLength, found == entry.storedChecksum else {
            throw Corruption(
                path: path, offset: entry.offset, what: what(),
                expected: "checksum \(Checksum.text(entry.storedChecksum))", found: Checksum.text(found))
        }
        switch entry.encoding {
        case .raw:
            guard stored.byteCount == target.byteCount else {
                throw Corruption(
                    path: path, offset: entry.offset, what: what(), expected: "\(target.byteCount) raw bytes",
                    found: "\(stored.byteCount)")
            }
            unsafe stored.withUnsafeBytes { from in
                unsafe target.withUnsafeMutableBytes { unsafe $0.copyMemory(from: from) }
            }
        case .planes:
            guard joinPlanes(stored, elementBytes: elementBytes, into: &target) else {
                throw Corruption(
                    path: path, offset: entry.offset, what: what(),
                    expected: "\(elementBytes) byte planes of \(target.byteCount) bytes together", found: "other bytes")
            }
        default:
            throw Corruption(
                path: path, offset: entry.offset, what: what(), expected: "a known encoding",
                found: "\(entry.encoding): written by a newer varve")
        }
        let result = Checksum.of(target.bytes)
        guard result == entry.rawChecksum else {
            throw Corruption(
                path: path, offset: entry.offset, what: what() + ", decoded",
                expected: "checksum \(Checksum.text(entry.rawChecksum))", found: Checksum.text(result))
        }
    }

    /// False where the bytes are not planes that decode to exactly the target's length.
    private static func joinPlanes(_ stored: RawSpan, elementBytes: Int, into target: inout MutableRawSpan) -> Bool {
        let planeLength = target.byteCount / elementBytes
        let header = PlaneHeader.byteCount(planes: elementBytes)
        guard planeLength * elementBytes == target.byteCount, stored.byteCount >= header else { return false }
        guard stored.byte(0) == elementBytes else { return false }
        return unsafe withUnsafeTemporaryAllocation(byteCount: max(1, target.byteCount), alignment: 64) { scratch in
            var start = header
            for plane in 0..<elementBytes {
                let place = 1 + plane * 5
                let flag = stored.byte(place)
                let length = (1...4).reduce(0) { $0 | stored.byte(place + $1) << (($1 - 1) * 8) }
                guard flag <= 1, length <= stored.byteCount - start else { return false }
                let piece = stored.extracting(start..<(start + length))
                let output = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: scratch[(plane * planeLength)..<((plane + 1) * planeLength)])
                guard unsafe fill(output, from: piece, isCompressed: flag == 1) else { return false }
                start += length
            }
            guard start == stored.byteCount else { return false }
            let joined = unsafe RawSpan(_unsafeBytes: scratch[0..<target.byteCount])
            BytePlanes.join(joined, into: &target, width: elementBytes)
            return true
        }
    }

    @unsafe private static func fill(
        _ output: UnsafeMutableRawBufferPointer, from piece: RawSpan, isCompressed: Bool
    ) -> Bool {
        unsafe piece.withUnsafeBytes { from in
            guard isCompressed else {
                guard from.count == output.count else { return false }
                unsafe output.copyMemory(from: from)
                return true
            }
            guard let source = from.baseAddress, let target = output.baseAddress,
                let sourceCount = Int32(exactly: from.count), let targetCount = Int32(exactly: output.count)
            else { return false }
            let length = unsafe LZ4_decompress_safe(
                source.assumingMemoryBound(to: CChar.self), target.assumingMemoryBound(to: CChar.self), sourceCount,
                targetCount)
            return length == targetCount
        }
    }
}

extension RawSpan {
    fileprivate func byte(_ offset: Int) -> Int {
        precondition(offset >= 0 && offset < byteCount)
        return Int(unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self))
    }
}
