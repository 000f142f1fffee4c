/// The stored members of a zip archive, such as what `numpy.savez` writes. Nothing is extracted to disk.
public final class ZipReader: Sendable {
    /// One member, as the central directory lists it.
    public struct Member: Sendable, Hashable {
        /// As the archive spells it, `W_enc.npy`.
        public let name: String
        /// Bytes of its contents.
        public let byteCount: Int
        let storedCount: Int
        let method: Int
        let checksum: UInt32
        let headerOffset: Int
    }

    /// As it was given.
    public let path: String
    /// In the order of the central directory; names are unique.
    public let members: [Member]
    private let file: InputFile
    private let directoryStart: Int

    /// A ratio that deflate cannot exceed.
    private static let maximumRatio = 1032

    /// Reads and checks the directory; no member yet.
    public init(path: String) throws(FileError) {
        self.path = path
        file = try InputFile(path: path)
        let directory = try ZipDirectory(file)
        members = directory.members
        directoryStart = directory.start
        var seen: Set<String> = []
        for member in members {
            guard seen.insert(member.name).inserted else {
                throw FileError(path: path, problem: "two members are called \(JSONText.quoted(member.name))")
            }
            guard member.byteCount / ZipReader.maximumRatio <= member.storedCount else {
                throw FileError(
                    path: "\(path):\(member.name)",
                    problem:
                        "claims \(member.byteCount) bytes from \(member.storedCount) stored ones, more than is possible"
                )
            }
        }
        var end = 0
        for member in members.sorted(by: { $0.headerOffset < $1.headerOffset }) {
            let room = directoryStart - member.headerOffset
            guard member.headerOffset >= end, room >= 30, member.storedCount <= room - 30 else {
                throw FileError(
                    path: "\(path):\(member.name)", place: .byte(member.headerOffset),
                    problem: "overlaps another member or the directory")
            }
            end = member.headerOffset + 30 + member.storedCount
        }
    }

    /// The member of that name; nil where there is none.
    public subscript(name: String) -> Member? { members.first { $0.name == name } }

    /// The array `name` of an npz archive (its member is `name.npy`).
    public func array(_ name: String) throws(FileError) -> NumPyFile {
        let member = try arrayMember(name)
        return try NumPyFile(bytes: contents(of: member), path: "\(path):\(member.name)")
    }

    /// How the array `name` of an npz archive is stored, and its shape, from its header alone: the data are not read.
    public func arrayHeader(_ name: String) throws(FileError) -> (type: NumPyType, shape: [Int]) {
        let member = try arrayMember(name)
        let start = try dataStart(of: member)
        let prefix = try file.bytes(at: start, count: min(member.byteCount, NumPyHeader.maximumBytes + 12))
        let header = try NumPyHeader(prefix: prefix, path: "\(path):\(member.name)")
        return (header.type, header.shape)
    }

    private func arrayMember(_ name: String) throws(FileError) -> Member {
        if let member = self[name + ".npy"] ?? self[name] { return member }
        throw FileError(
            path: path, problem: "has no array \(JSONText.quoted(name))",
            mend: "it has " + members.prefix(12).map(\.name).joined(separator: ", "))
    }

    /// The bytes of a member, its check sum verified.
    public func contents(of member: Member) throws(FileError) -> [UInt8] {
        let start = try dataStart(of: member)
        let bytes = try file.bytes(at: start, count: member.storedCount)
        let found = CRC32.checksum(bytes)
        guard found == member.checksum else {
            throw FileError(
                path: "\(path):\(member.name)", place: .byte(start),
                problem: "expected the check sum \(member.checksum), found \(found)",
                mend: "the file is damaged: copy or download it again")
        }
        return bytes
    }

    /// Where the bytes of a stored member begin.
    private func dataStart(of member: Member) throws(FileError) -> Int {
        let name = "\(path):\(member.name)"
        guard member.method == 0 else {
            throw FileError(
                path: name,
                problem: member.method == 8 ? "is compressed (deflate)" : "uses zip method \(member.method)",
                mend: "save the arrays with numpy.savez instead of numpy.savez_compressed")
        }
        guard member.byteCount == member.storedCount else {
            throw FileError(path: name, problem: "is stored, but its two sizes differ")
        }
        let header = try file.bytes(at: member.headerOffset, count: 30)
        guard header.starts(with: [0x50, 0x4B, 3, 4]) else {
            throw FileError(path: name, place: .byte(member.headerOffset), problem: "expected a zip member here")
        }
        let start = member.headerOffset + 30 + littleEndian(header, 26, 2) + littleEndian(header, 28, 2)
        guard start <= directoryStart, member.storedCount <= directoryStart - start else {
            throw FileError(path: name, place: .byte(start), problem: "runs into the directory of the archive")
        }
        return start
    }
}

/// `count` ≤ 7 bytes from `at` on as an unsigned number; the caller has checked that they are there.
func littleEndian(_ bytes: [UInt8], _ at: Int, _ count: Int) -> Int {
    var value = 0
    for index in (at..<at + count).reversed() { value = value << 8 | Int(bytes[index]) }
    return value
}
