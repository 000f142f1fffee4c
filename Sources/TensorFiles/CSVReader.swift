/// The rows of a table with commas, or another separator (RFC 4180): fields in quotation marks may hold commas, line ends and doubled quotation
/// marks. CRLF and LF end a row, a byte order mark is skipped, and so are blank lines.
public struct CSVReader {
    public struct Row: Sendable {
        public var fields: [String]
        /// Line of the file on which each field starts.
        public var lines: [Int]
    }

    private let bytes: [UInt8]
    private let path: String
    private let separator: UInt8
    private var at = 0
    private var line = 1
    private var lineStart = 0

    public static let maximumBytes = 1 << 30
    static let maximumFields = 1000
    /// Longest row, in bytes.
    static let maximumRow = 16 << 20

    /// Refuses what is not UTF-8.
    ///
    /// - Parameter separator: an ASCII character
    public init(_ bytes: [UInt8], path: String, separator: Unicode.Scalar = ",") throws(FileError) {
        if let bad = UTF8Check.firstInvalid(in: bytes) {
            let before = bytes[..<bad]
            let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
            throw FileError(
                path: path, place: .line(1 + before.count { $0 == 0x0A }, column: bad - start + 1),
                problem: "invalid UTF-8", mend: "save the file as UTF-8")
        }
        self.bytes = bytes
        self.path = path
        self.separator = UInt8(truncatingIfNeeded: separator.value)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
    }

    /// The next row; nil at the end.
    public mutating func next() throws(FileError) -> Row? {
        while skipLineEnd() {}
        guard at < bytes.count else { return nil }
        let start = at
        var row = Row(fields: [], lines: [])
        while true {
            row.lines.append(line)
            row.fields.append(try field(from: start))
            guard row.fields.count <= CSVReader.maximumFields else {
                throw failure("a row has more than \(CSVReader.maximumFields) fields")
            }
            guard at < bytes.count, bytes[at] == separator else { break }
            at += 1
        }
        _ = skipLineEnd()
        return row
    }

    func failure(_ problem: String, mend: String? = nil) -> FileError {
        FileError(path: path, place: .line(line, column: at - lineStart + 1), problem: problem, mend: mend)
    }

    private mutating func skipLineEnd() -> Bool {
        guard at < bytes.count else { return false }
        if bytes[at] == 0x0D, at + 1 == bytes.count || bytes[at + 1] == 0x0A { at += 1 }
        if at < bytes.count, bytes[at] == 0x0A {
            at += 1
            line += 1
            lineStart = at
            return true
        }
        return false
    }

    private mutating func field(from rowStart: Int) throws(FileError) -> String {
        guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { return try plainField() }
        let opening = failure("a quotation mark is not closed", mend: "double the quotation marks within a field")
        at += 1
        var value: [UInt8] = []
        while at < bytes.count {
            let byte = bytes[at]
            guard at - rowStart <= CSVReader.maximumRow else {
                throw failure("the row is longer than \(CSVReader.maximumRow) bytes")
            }
            at += 1
            if byte == 0x0A {
                line += 1
                lineStart = at
            }
            guard byte == UInt8(ascii: "\"") else {
                value.append(byte)
                continue
            }
            if at < bytes.count, bytes[at] == byte {
                value.append(byte)
                at += 1
                continue
            }
            guard isAtFieldEnd else {
                throw failure(
                    "expected a comma or the end of the line after the closing quotation mark",
                    mend: "double the quotation marks within a field")
            }
            return String(decoding: value, as: UTF8.self)
        }
        throw opening
    }

    private mutating func plainField() throws(FileError) -> String {
        let start = at
        while true {
            // Most bytes are none of these, whatever is asked afterwards.
            while at < bytes.count, bytes[at] > UInt8(ascii: ","), at - start <= CSVReader.maximumRow { at += 1 }
            if isAtFieldEnd { break }
            guard bytes[at] != UInt8(ascii: "\"") else {
                throw failure(
                    "a quotation mark within a field",
                    mend: "put the whole field in quotation marks and double this one")
            }
            guard at - start <= CSVReader.maximumRow else {
                throw failure("the row is longer than \(CSVReader.maximumRow) bytes")
            }
            at += 1
        }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    private var isAtFieldEnd: Bool {
        guard at < bytes.count, bytes[at] != separator, bytes[at] != 0x0A else { return true }
        return bytes[at] == 0x0D && (at + 1 == bytes.count || bytes[at + 1] == 0x0A)
    }
}
