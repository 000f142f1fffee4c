/// The central directory at the end of an archive, zip64 included.
struct ZipDirectory {
    var members: [ZipReader.Member] = []
    var start = 0

    private static let maximumBytes = 16 << 20
    private static let maximumMembers = 65_536
    private let path: String

    init(_ file: InputFile) throws(FileError) {
        path = file.path
        let tailCount = min(file.byteCount, 22 + 65_535)
        let tailStart = file.byteCount - tailCount
        let tail = try file.bytes(at: tailStart, count: tailCount)
        var end = tailCount - 22
        while end >= 0,
            !(tail[end...].starts(with: [0x50, 0x4B, 5, 6]) && end + 22 + littleEndian(tail, end + 20, 2) == tailCount)
        {
            end -= 1
        }
        guard end >= 0 else {
            throw FileError(
                path: path, problem: "is no zip archive, or it is cut short", mend: "save it with numpy.savez")
        }
        guard tail[(end + 4)..<(end + 8)].allSatisfy({ $0 == 0 || $0 == 0xFF }) else {
            throw FileError(
                path: path, place: .byte(tailStart + end), problem: "is one of several parts of an archive",
                mend: "save it with numpy.savez")
        }
        var count = littleEndian(tail, end + 10, 2)
        var byteCount = littleEndian(tail, end + 12, 4)
        start = littleEndian(tail, end + 16, 4)
        var limit = tailStart + end
        if count == 0xFFFF || byteCount == 0xFFFF_FFFF || start == 0xFFFF_FFFF {
            guard end >= 20, tail[(end - 20)...].starts(with: [0x50, 0x4B, 6, 7]) else {
                throw damaged(at: tailStart + end)
            }
            limit = try number(tail, end - 12, place: tailStart + end - 12)
            let record = try file.bytes(at: limit, count: 56)
            guard record.starts(with: [0x50, 0x4B, 6, 6]) else { throw damaged(at: limit) }
            count = try number(record, 32, place: limit)
            byteCount = try number(record, 40, place: limit)
            start = try number(record, 48, place: limit)
        }
        guard start <= limit, byteCount <= limit - start, byteCount <= ZipDirectory.maximumBytes,
            count <= ZipDirectory.maximumMembers
        else { throw damaged(at: limit) }
        let directory = try file.bytes(at: start, count: byteCount)
        var at = 0
        for _ in 0..<count { members.append(try member(directory, &at)) }
        guard at == byteCount else { throw damaged(at: start + at) }
    }

    private func damaged(at offset: Int) -> FileError {
        FileError(
            path: path, place: .byte(offset), problem: "the directory of the archive is damaged",
            mend: "copy or download the file again")
    }

    /// Eight bytes that must fit in a non-negative Int.
    private func number(_ bytes: [UInt8], _ at: Int, place: Int) throws(FileError) -> Int {
        guard at >= 0, at + 8 <= bytes.count, bytes[at + 7] == 0 else { throw damaged(at: place) }
        return littleEndian(bytes, at, 7)
    }

    private func member(_ bytes: [UInt8], _ at: inout Int) throws(FileError) -> ZipReader.Member {
        let here = start + at
        guard bytes.count - at >= 46, bytes[at...].starts(with: [0x50, 0x4B, 1, 2]) else { throw damaged(at: here) }
        let flags = littleEndian(bytes, at + 8, 2)
        // Plain, stored, offset.
        var sizes = [24, 20, 42].map { littleEndian(bytes, at + $0, 4) }
        let nameStart = at + 46
        let nameEnd = nameStart + littleEndian(bytes, at + 28, 2)
        let extraEnd = nameEnd + littleEndian(bytes, at + 30, 2)
        let end = extraEnd + littleEndian(bytes, at + 32, 2)
        guard end <= bytes.count else { throw damaged(at: here) }
        let name = Array(bytes[nameStart..<nameEnd])
        guard UTF8Check.firstInvalid(in: name) == nil, !name.contains(0) else { throw damaged(at: here + 46) }
        let text = String(decoding: name, as: UTF8.self)
        guard flags & 1 == 0 else { throw FileError(path: "\(path):\(text)", problem: "is encrypted") }
        // The zip64 extra field holds, in this order, those of the three that do not fit in 32 bits.
        var extra = nameEnd
        while extra + 4 <= extraEnd {
            let kind = littleEndian(bytes, extra, 2)
            let next = extra + 4 + littleEndian(bytes, extra + 2, 2)
            guard next <= extraEnd else { throw damaged(at: here) }
            if kind == 1 {
                var field = extra + 4
                for index in sizes.indices where sizes[index] == 0xFFFF_FFFF {
                    guard field + 8 <= next else { throw damaged(at: here) }
                    sizes[index] = try number(bytes, field, place: here)
                    field += 8
                }
            }
            extra = next
        }
        let checksum = UInt32(littleEndian(bytes, at + 16, 4))
        let method = littleEndian(bytes, at + 10, 2)
        at = end
        return ZipReader.Member(
            name: text, byteCount: sizes[0], storedCount: sizes[1], method: method, checksum: checksum,
            headerOffset: sizes[2])
    }
}
