/// Text → nodes. Recursive descent, at most `BoundedJSON.maximumDepth` deep.
struct JSONParser {
    private let bytes: [UInt8]
    private let path: String
    private let firstLine: Int
    private var at = 0
    private var nodes: [JSONNode] = []

    init(bytes: [UInt8], path: String, firstLine: Int) {
        self.bytes = bytes
        self.path = path
        self.firstLine = firstLine
        nodes.reserveCapacity(bytes.count / 24 + 4)
    }

    mutating func document() throws(FileError) -> JSONDocument {
        if let bad = UTF8Check.firstInvalid(in: bytes) {
            throw failure("invalid UTF-8", at: bad, mend: "save the file as UTF-8")
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw failure("starts with a byte order mark", at: 0, mend: "save the file as UTF-8 without it")
        }
        try value(depth: 0)
        skipSpace()
        guard at == bytes.count else { throw failure("expected the end, found \(nextByte)", at: at) }
        return JSONDocument(bytes: bytes, nodes: nodes, path: path, firstLine: firstLine)
    }

    private func failure(_ problem: String, at offset: Int, mend: String? = nil) -> FileError {
        FileError(
            path: path, place: linePlace(of: offset, in: bytes, firstLine: firstLine), problem: problem, mend: mend)
    }

    /// The next byte as an error names it.
    private var nextByte: String {
        guard at < bytes.count else { return "the end of the text" }
        let byte = bytes[at]
        return (0x21...0x7E).contains(byte) ? "'\(Character(UnicodeScalar(byte)))'" : "byte \(byte)"
    }

    private mutating func skipSpace() {
        while at < bytes.count {
            switch bytes[at] {
            case 0x20, 0x0A, 0x0D, 0x09: at += 1
            default: return
            }
        }
    }

    private mutating func value(depth: Int) throws(FileError) {
        skipSpace()
        guard at < bytes.count else { throw failure("expected a value, found the end of the text", at: at) }
        switch bytes[at] {
        case UInt8(ascii: "{"): try object(depth: depth)
        case UInt8(ascii: "["): try array(depth: depth)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try word("true", kind: .bool, flag: true)
        case UInt8(ascii: "f"): try word("false", kind: .bool, flag: false)
        case UInt8(ascii: "n"): try word("null", kind: .null, flag: false)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        case UInt8(ascii: "N"), UInt8(ascii: "I"):
            throw failure(
                "expected a value, found \(nextByte)", at: at, mend: "NaN and Infinity are not JSON: write null")
        default: throw failure("expected a value, found \(nextByte)", at: at)
        }
    }

    private mutating func open(_ kind: JSONKind, depth: Int) throws(FileError) -> Int {
        guard depth < BoundedJSON.maximumDepth else {
            throw failure("nested deeper than \(BoundedJSON.maximumDepth) levels", at: at)
        }
        nodes.append(JSONNode(kind: kind, flag: false, start: UInt32(at), length: 0, next: 0))
        at += 1
        return nodes.count - 1
    }

    private mutating func close(_ node: Int) {
        nodes[node].length = UInt32(at) - nodes[node].start
        nodes[node].next = UInt32(nodes.count)
    }

    private mutating func array(depth: Int) throws(FileError) {
        let node = try open(.array, depth: depth)
        skipSpace()
        if at < bytes.count, bytes[at] == UInt8(ascii: "]") {
            at += 1
            return close(node)
        }
        while true {
            try value(depth: depth + 1)
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: ",") else { break }
            at += 1
        }
        guard at < bytes.count, bytes[at] == UInt8(ascii: "]") else {
            throw failure("expected ',' or ']' in an array, found \(nextByte)", at: at)
        }
        at += 1
        close(node)
    }

    private mutating func object(depth: Int) throws(FileError) {
        let node = try open(.object, depth: depth)
        var keys = JSONKeySet()
        skipSpace()
        if at < bytes.count, bytes[at] == UInt8(ascii: "}") {
            at += 1
            return close(node)
        }
        while true {
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else {
                throw failure("expected a key in quotation marks, found \(nextByte)", at: at)
            }
            let key = nodes.count
            let keyStart = at
            try string()
            guard keys.insert(key, nodes: nodes, bytes: bytes) else {
                let text = String(decoding: JSONText.decoded(nodes[key], in: bytes), as: UTF8.self)
                throw failure("the key \(JSONText.quoted(text)) occurs twice in one object", at: keyStart)
            }
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: ":") else {
                throw failure("expected ':' after a key, found \(nextByte)", at: at)
            }
            at += 1
            try value(depth: depth + 1)
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: ",") else { break }
            at += 1
        }
        guard at < bytes.count, bytes[at] == UInt8(ascii: "}") else {
            throw failure("expected ',' or '}' in an object, found \(nextByte)", at: at)
        }
        at += 1
        close(node)
    }

    private mutating func leaf(_ kind: JSONKind, flag: Bool, start: Int, end: Int) {
        nodes.append(
            JSONNode(
                kind: kind, flag: flag, start: UInt32(start), length: UInt32(end - start),
                next: UInt32(nodes.count + 1)))
    }

    private mutating func word(_ text: StaticString, kind: JSONKind, flag: Bool) throws(FileError) {
        let start = at
        let expected = Array(text.description.utf8)
        guard bytes.count - at >= expected.count, bytes[at..<at + expected.count].elementsEqual(expected) else {
            throw failure("expected \(text)", at: start)
        }
        at += expected.count
        leaf(kind, flag: flag, start: start, end: at)
    }

    /// Checks the escapes as well, so that decoding later cannot fail.
    private mutating func string() throws(FileError) {
        let opening = at
        at += 1
        let start = at
        var escaped = false
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                leaf(.string, flag: escaped, start: start, end: at)
                at += 1
                return
            }
            if byte == UInt8(ascii: "\\") {
                escaped = true
                guard let length = JSONText.escapeLength(at: at, in: bytes) else {
                    throw failure("invalid escape in a string", at: at)
                }
                at += length
            } else if byte < 0x20 {
                throw failure("control byte \(byte) in a string", at: at, mend: "write it as \\u escape")
            } else {
                at += 1
            }
        }
        throw failure("a string has no closing quotation mark", at: opening)
    }

    private mutating func digits() -> Int {
        let start = at
        while at < bytes.count, (0x30...0x39).contains(bytes[at]) { at += 1 }
        return at - start
    }

    private mutating func number() throws(FileError) {
        let start = at
        var isWhole = true
        if bytes[at] == UInt8(ascii: "-") { at += 1 }
        let first = at
        let whole = digits()
        guard whole > 0 else { throw failure("expected a digit, found \(nextByte)", at: at) }
        guard whole == 1 || bytes[first] != UInt8(ascii: "0") else {
            throw failure("a number starts with a superfluous 0", at: first)
        }
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            isWhole = false
            at += 1
            guard digits() > 0 else { throw failure("expected a digit after the point, found \(nextByte)", at: at) }
        }
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            at += 1
            if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
            guard digits() > 0 else { throw failure("expected a digit in the exponent, found \(nextByte)", at: at) }
        }
        leaf(.number, flag: isWhole, start: start, end: at)
    }
}
