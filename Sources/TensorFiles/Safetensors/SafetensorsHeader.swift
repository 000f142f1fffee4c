/// The checked header of one safetensors file.
struct SafetensorsHeader {
    /// Largest header read.
    static let maximumBytes = 100_000_000
    /// Most dimensions of a tensor.
    static let maximumRank = 32

    var entries: [TensorEntry] = []
    var metadata: [(key: String, value: String)] = []

    /// Reads and checks everything that can be checked without the data.
    ///
    /// - Parameter ordinal: the file's place in its set.
    init(_ file: InputFile, ordinal: Int) throws(FileError) {
        guard file.byteCount >= 10 else {
            throw FileError(
                path: file.path, problem: "has \(file.byteCount) bytes, too few for a safetensors file",
                mend: SafetensorsHeader.again)
        }
        var stated: UInt64 = 0
        for byte in try file.bytes(at: 0, count: 8).reversed() { stated = stated << 8 | UInt64(byte) }
        guard stated <= UInt64(SafetensorsHeader.maximumBytes) else {
            throw FileError(
                path: file.path, place: .byte(0),
                problem: "states a header of \(stated) bytes, the limit is \(SafetensorsHeader.maximumBytes)",
                mend: "check that it is a safetensors file")
        }
        let headerBytes = Int(stated)
        guard headerBytes <= file.byteCount - 8 else {
            throw FileError(
                path: file.path, place: .byte(0),
                problem: "states a header of \(headerBytes) bytes, only \(file.byteCount - 8) follow",
                mend: SafetensorsHeader.again)
        }
        let text = try file.bytes(at: 8, count: headerBytes)
        guard text.first == UInt8(ascii: "{") else {
            throw FileError(
                path: file.path, place: .byte(8), problem: "the header does not start with '{'",
                mend: "check that it is a safetensors file")
        }
        let header = try BoundedJSON.parse(text, path: file.path + ":header", limit: SafetensorsHeader.maximumBytes)
        let dataStart = 8 + headerBytes
        for (key, value) in try header.members() {
            if try key.stringBytes() == Array("__metadata__".utf8) {
                for (name, text) in try value.members() {
                    metadata.append((try name.string(), try text.string()))
                }
            } else {
                entries.append(
                    try SafetensorsHeader.entry(key, value, ordinal: ordinal, dataStart: dataStart, file: file))
            }
        }
        try checkCover(file: file, dataStart: dataStart)
    }

    private static let again = "the file is cut short or damaged: copy or download it again"

    private static func entry(
        _ key: JSONValue, _ value: JSONValue, ordinal: Int, dataStart: Int, file: InputFile
    ) throws(FileError) -> TensorEntry {
        let typeName = try value.member("dtype")
        guard let type = TensorFileType(rawValue: try typeName.string()) else {
            throw typeName.error("unknown element type \(typeName.shown)")
        }
        var shape: [Int] = []
        for size in try value.member("shape").elements() {
            guard shape.count < maximumRank else { throw value.error("has more than \(maximumRank) dimensions") }
            shape.append(try size.int(in: 0...Int.max))
        }
        let offsets = try value.member("data_offsets")
        var ends: [Int] = []
        for end in try offsets.elements() where ends.count < 3 { ends.append(try end.int(in: 0...Int.max)) }
        guard ends.count == 2, ends[0] <= ends[1] else {
            throw offsets.error("expected two offsets, the first not the larger")
        }
        guard ends[1] <= file.byteCount - dataStart else {
            throw offsets.error(
                "ends at byte \(ends[1]) of the data, the file has \(file.byteCount - dataStart)", mend: again)
        }
        guard let count = checkedElementCount(shape),
            case let (bytes, overflow) = count.multipliedReportingOverflow(by: type.byteCount), !overflow,
            bytes == ends[1] - ends[0]
        else {
            throw value.error(
                "\(type.rawValue) of shape \(shape) does not fill the \(ends[1] - ends[0]) bytes it is given")
        }
        return TensorEntry(
            name: try key.string(), type: type, shape: shape, elementCount: count, byteCount: bytes, file: ordinal,
            offset: dataStart + ends[0])
    }

    /// Tensors lie one after another, from the first byte of the data to the last.
    private mutating func checkCover(file: InputFile, dataStart: Int) throws(FileError) {
        entries.sort { ($0.offset, $0.byteCount) < ($1.offset, $1.byteCount) }
        var end = dataStart
        for entry in entries {
            guard entry.offset == end else {
                throw FileError(
                    path: file.path, place: .byte(min(end, entry.offset)),
                    problem: entry.offset < end
                        ? "the data of \(JSONText.quoted(entry.name)) overlap another tensor's"
                        : "\(entry.offset - end) bytes before \(JSONText.quoted(entry.name)) belong to no tensor",
                    mend: "write the file again with the safetensors library")
            }
            end += entry.byteCount
        }
        guard end == file.byteCount else {
            throw FileError(
                path: file.path, place: .byte(end),
                problem: "\(file.byteCount - end) bytes at the end belong to no tensor",
                mend: "write the file again with the safetensors library")
        }
    }
}
