/// The Python dict at the start of an npy file, read by hand: three known keys, nothing is evaluated.
struct NumPyHeader {
    static let maximumBytes = 10_000
    static let maximumRank = 32

    var type: NumPyType
    var shape: [Int]
    var isColumnMajor: Bool
    /// Offset of the first element.
    var dataStart: Int

    /// - Parameters:
    ///   - prefix: the first bytes of the file, at least `maximumBytes + 12` of them where the file has so many.
    ///   - path: what errors call the file.
    init(prefix: [UInt8], path: String) throws(FileError) {
        func failure(_ problem: String, at offset: Int, mend: String? = nil) -> FileError {
            FileError(path: path, place: .byte(offset), problem: problem, mend: mend)
        }
        guard prefix.starts(with: [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]), prefix.count >= 10 else {
            throw failure("does not start like an npy file", at: 0, mend: "save it with numpy.save")
        }
        let version = prefix[6]
        guard (1...3).contains(version), version == 1 || prefix.count >= 12 else {
            throw failure("npy version \(version) is not known", at: 6)
        }
        let textStart = version == 1 ? 10 : 12
        var length = 0
        for index in (8..<textStart).reversed() { length = length << 8 | Int(prefix[index]) }
        guard length <= NumPyHeader.maximumBytes else {
            throw failure("states a header of \(length) bytes, the limit is \(NumPyHeader.maximumBytes)", at: 8)
        }
        dataStart = textStart + length
        guard dataStart <= prefix.count else { throw failure("the header is cut short", at: prefix.count) }
        var literal = PythonLiteral(bytes: Array(prefix[textStart..<dataStart]))
        guard let dict = literal.header() else {
            throw failure("the header is not the dict that numpy.save writes", at: textStart + literal.at)
        }
        guard let type = NumPyType(descriptor: dict.descriptor) else {
            let isObject = dict.descriptor.contains("O")
            throw failure(
                "the element type \(JSONText.quoted(dict.descriptor)) is not read", at: textStart,
                mend: isObject
                    ? "object arrays are pickles: save numbers or text"
                    : "convert it with array.astype('<f4') and save it again")
        }
        self.type = type
        shape = dict.shape
        isColumnMajor = dict.isColumnMajor && dict.shape.count > 1
    }
}

/// As much of Python's syntax as npy headers use.
private struct PythonLiteral {
    let bytes: [UInt8]
    var at = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func header() -> (descriptor: String, isColumnMajor: Bool, shape: [Int])? {
        var descriptor: String?
        var isColumnMajor: Bool?
        var shape: [Int]?
        guard take("{") else { return nil }
        while !take("}") {
            guard let key = quoted(), take(":") else { return nil }
            switch key {
            case "descr" where descriptor == nil: descriptor = quoted()
            case "fortran_order" where isColumnMajor == nil:
                isColumnMajor = take("True") ? true : take("False") ? false : nil
                guard isColumnMajor != nil else { return nil }
            case "shape" where shape == nil: shape = tuple()
            default: return nil
            }
            if !take(",") {
                guard take("}") else { return nil }
                break
            }
        }
        skipSpace()
        guard at == bytes.count, let descriptor, let isColumnMajor, let shape else { return nil }
        return (descriptor, isColumnMajor, shape)
    }

    private mutating func skipSpace() {
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0A { at += 1 }
    }

    private mutating func take(_ word: String) -> Bool {
        skipSpace()
        let wanted = Array(word.utf8)
        guard bytes.count - at >= wanted.count, bytes[at..<at + wanted.count].elementsEqual(wanted) else {
            return false
        }
        at += wanted.count
        return true
    }

    private mutating func quoted() -> String? {
        let quote: UInt8
        if take("'") {
            quote = UInt8(ascii: "'")
        } else if take("\"") {
            quote = UInt8(ascii: "\"")
        } else {
            return nil
        }
        let start = at
        while at < bytes.count, bytes[at] != quote {
            guard (0x20...0x7E).contains(bytes[at]), bytes[at] != UInt8(ascii: "\\") else { return nil }
            at += 1
        }
        guard at < bytes.count else { return nil }
        defer { at += 1 }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    private mutating func tuple() -> [Int]? {
        guard take("(") else { return nil }
        var values: [Int] = []
        while !take(")") {
            skipSpace()
            let start = at
            while at < bytes.count, (0x30...0x39).contains(bytes[at]) { at += 1 }
            guard let value = Int(String(decoding: bytes[start..<at], as: UTF8.self)),
                values.count < NumPyHeader.maximumRank
            else { return nil }
            values.append(value)
            if !take(",") {
                // `(3)` is a number in Python, not a tuple.
                guard values.count > 1, take(")") else { return nil }
                break
            }
        }
        return values
    }
}
