/// The one JSON reader: strict RFC 8259, bounded in size and depth, keys compared as bytes, a duplicate key an error.
///
/// A parse keeps the source bytes and one 16-byte node a value; strings and numbers are decoded when they are asked for.
public enum BoundedJSON {
    /// Deepest nesting of arrays and objects.
    public static let maximumDepth = 64
    /// Largest text that any caller may allow; offsets are kept in 32 bits.
    public static let maximumSize = 1 << 30

    /// Parses the whole file.
    ///
    /// - Parameter limit: bytes the file may have.
    public static func read(path: String, limit: Int) throws(FileError) -> JSONValue {
        try parse(InputFile(path: path).contents(limit: min(limit, maximumSize)), path: path, limit: limit)
    }

    /// Parses one JSON text in UTF-8.
    ///
    /// - Parameters:
    ///   - path: what errors call the text.
    ///   - firstLine: number of the text's first line, where it is a line of a larger file.
    public static func parse(
        _ bytes: [UInt8], path: String, limit: Int = maximumSize, firstLine: Int = 1
    ) throws(FileError) -> JSONValue {
        guard bytes.count <= min(limit, maximumSize) else {
            throw FileError(
                path: path, place: .line(firstLine, column: 1),
                problem: "has \(bytes.count) bytes of JSON, the limit is \(min(limit, maximumSize))")
        }
        var parser = JSONParser(bytes: bytes, path: path, firstLine: firstLine)
        return JSONValue(document: try parser.document(), index: 0)
    }
}

/// What a JSON value is, before it is read as something.
public enum JSONKind: UInt8, Sendable, Hashable {
    case null, bool, number, string, array, object
}

/// One value of the tree, in the order of the text: an object is followed by key, value, key, value …
struct JSONNode: Sendable {
    var kind: JSONKind
    /// Strings: an escape occurs. Numbers: neither fraction nor exponent. Booleans: true.
    var flag: Bool
    /// First byte; for strings the one after the quotation mark.
    var start: UInt32
    /// Bytes of the text; for strings without the quotation marks.
    var length: UInt32
    /// Index of the first node after this one and all that it holds.
    var next: UInt32
}

/// A parsed text: shared by all the values that point into it.
final class JSONDocument: Sendable {
    let bytes: [UInt8]
    let nodes: [JSONNode]
    let path: String
    let firstLine: Int

    init(bytes: [UInt8], nodes: [JSONNode], path: String, firstLine: Int) {
        self.bytes = bytes
        self.nodes = nodes
        self.path = path
        self.firstLine = firstLine
    }
}

/// Line and column of a byte, both from 1, the column in bytes.
func linePlace(of offset: Int, in bytes: [UInt8], firstLine: Int) -> FileError.Place {
    var line = firstLine
    var lineStart = 0
    for index in 0..<min(offset, bytes.count) where bytes[index] == UInt8(ascii: "\n") {
        line += 1
        lineStart = index + 1
    }
    return .line(line, column: offset - lineStart + 1)
}
