/// One npy array: its header checked against the bytes there are, its data read when asked for.
public struct NumPyFile: Sendable {
    /// What errors call it.
    public let path: String
    /// How one element is stored.
    public let type: NumPyType
    /// Outermost first; empty for a single number. Data are row-major.
    public let shape: [Int]
    /// Product of the shape.
    public let elementCount: Int
    /// Bytes of the data: `elementCount · type.byteCount`.
    public var byteCount: Int { elementCount * type.byteCount }
    private let dataStart: Int
    private let source: Source

    private enum Source: Sendable {
        case file(InputFile)
        case bytes([UInt8])
    }

    /// A file of its own.
    public init(path: String) throws(FileError) {
        let file = try InputFile(path: path)
        let prefix = try file.bytes(at: 0, count: min(file.byteCount, NumPyHeader.maximumBytes + 12))
        try self.init(prefix: prefix, total: file.byteCount, path: path, source: .file(file))
    }

    /// An array in memory, such as a member of an npz archive.
    public init(bytes: [UInt8], path: String) throws(FileError) {
        let prefix = Array(bytes.prefix(NumPyHeader.maximumBytes + 12))
        try self.init(prefix: prefix, total: bytes.count, path: path, source: .bytes(bytes))
    }

    private init(prefix: [UInt8], total: Int, path: String, source: Source) throws(FileError) {
        let header = try NumPyHeader(prefix: prefix, path: path)
        guard !header.isColumnMajor else {
            throw FileError(
                path: path, problem: "the array is stored column by column (fortran_order)",
                mend: "save numpy.ascontiguousarray(array)")
        }
        guard let count = checkedElementCount(header.shape),
            case let (bytes, overflow) = count.multipliedReportingOverflow(by: header.type.byteCount), !overflow,
            bytes == total - header.dataStart
        else {
            throw FileError(
                path: path, place: .byte(header.dataStart),
                problem:
                    "\(header.type.descriptor) of shape \(header.shape) does not fill the \(total - header.dataStart) bytes of data",
                mend: "the file is cut short or damaged: save it again")
        }
        self.path = path
        type = header.type
        shape = header.shape
        elementCount = count
        dataStart = header.dataStart
        self.source = source
    }

    /// The stored bytes: little-endian, row-major.
    public func bytes() throws(FileError) -> [UInt8] {
        switch source {
        case .file(let file): try file.bytes(at: dataStart, count: byteCount)
        case .bytes(let bytes): Array(bytes[dataStart...])
        }
    }

    /// The stored bytes of a range of elements.
    ///
    /// - Precondition: within 0 ..< elementCount.
    public func bytes(of range: Range<Int>) throws(FileError) -> [UInt8] {
        precondition(range.lowerBound >= 0 && range.upperBound <= elementCount, "elements outside the array")
        let start = dataStart + range.lowerBound * type.byteCount
        switch source {
        case .file(let file): return try file.bytes(at: start, count: range.count * type.byteCount)
        case .bytes(let bytes): return Array(bytes[start..<start + range.count * type.byteCount])
        }
    }

    /// The elements of a text array, without the zeros that pad them.
    public func texts() throws(FileError) -> [String] {
        guard case .text(let width) = type else {
            throw FileError(path: path, problem: "holds \(type.descriptor); expected text (<U…)")
        }
        let bytes = try bytes()
        var texts: [String] = []
        texts.reserveCapacity(elementCount)
        for element in 0..<elementCount {
            var text = String.UnicodeScalarView()
            for unit in 0..<width {
                var value: UInt32 = 0
                let at = (element * width + unit) * 4
                for index in (at..<at + 4).reversed() { value = value << 8 | UInt32(bytes[index]) }
                guard let scalar = UnicodeScalar(value) else {
                    throw FileError(path: path, place: .byte(dataStart + at), problem: "\(value) is no Unicode scalar")
                }
                text.append(scalar)
            }
            while text.last == "\0" { text.removeLast() }
            texts.append(String(text))
        }
        return texts
    }
}
