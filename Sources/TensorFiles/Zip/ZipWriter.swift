/// Builds a zip archive of stored members in memory, as `numpy.savez` does. The same members give the same bytes.
public struct ZipWriter: Sendable {
    private var bytes: [UInt8] = []
    private var directory: [UInt8] = []
    private var count = 0

    /// An archive without members.
    public init() {}

    /// Appends a member. Names must differ; the archive stays below 4 GiB, or this throws.
    public mutating func add(_ name: String, _ contents: [UInt8]) throws(FileError) {
        let nameBytes = Array(name.utf8)
        precondition((1...65_535).contains(nameBytes.count), "a member needs a name")
        guard bytes.count + directory.count + contents.count + 2 * nameBytes.count + 200 < 0xFFFF_FFFF, count < 0xFFFE
        else {
            throw FileError(
                path: name, problem: "the archive would pass 4 GiB or 65,534 members",
                mend: "export fewer rows, or one .npy file a column")
        }
        // What both headers share: version 2.0, UTF-8 name, stored, 1980-01-01, check sum, the two sizes, the name's length.
        var common: [UInt8] = [20, 0, 0, 0x08, 0, 0, 0, 0, 0x21, 0]
        common.appendLittleEndian(CRC32.checksum(contents))
        common.appendLittleEndian(UInt32(contents.count))
        common.appendLittleEndian(UInt32(contents.count))
        common.appendLittleEndian(UInt16(nameBytes.count))
        common += [0, 0]
        directory += [0x50, 0x4B, 1, 2, 20, 0] + common + [UInt8](repeating: 0, count: 10)
        directory.appendLittleEndian(UInt32(bytes.count))
        directory += nameBytes
        bytes += [0x50, 0x4B, 3, 4] + common + nameBytes + contents
        count += 1
    }

    /// The whole archive.
    public func finished() -> [UInt8] {
        var end: [UInt8] = [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
        end.appendLittleEndian(UInt16(count))
        end.appendLittleEndian(UInt16(count))
        end.appendLittleEndian(UInt32(directory.count))
        end.appendLittleEndian(UInt32(bytes.count))
        return bytes + directory + end + [0, 0]
    }
}
