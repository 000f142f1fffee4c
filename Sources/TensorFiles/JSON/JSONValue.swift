/// One value of a parsed text. Reading it as the wrong kind is a `FileError` that names file, line and JSON path.
public struct JSONValue: Sendable {
    let document: JSONDocument
    let index: Int

    var node: JSONNode { document.nodes[index] }

    /// What the value is.
    public var kind: JSONKind { node.kind }
    /// Whether it is `null`.
    public var isNull: Bool { kind == .null }
    /// A number written without fraction and exponent, whether or not it fits in 64 bits.
    public var isWholeNumber: Bool { kind == .number && node.flag }

    /// True or false.
    public func bool() throws(FileError) -> Bool {
        guard kind == .bool else { throw mismatch("true or false") }
        return node.flag
    }

    /// A whole number that fits in 64 bits; `3.0` is none.
    public func int() throws(FileError) -> Int {
        guard kind == .number else { throw mismatch("a whole number") }
        guard node.flag else { throw mismatch("a whole number") }
        guard let value = Int(sourceText) else { throw mismatch("a whole number of at most 64 bits") }
        return value
    }

    /// A whole number in `range`.
    public func int(in range: ClosedRange<Int>) throws(FileError) -> Int {
        let value = try int()
        guard range.contains(value) else {
            throw mismatch("a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// Any number, rounded to the nearest double; one too large for a double is an error.
    public func double() throws(FileError) -> Double {
        guard kind == .number else { throw mismatch("a number") }
        guard let value = Double(sourceText), value.isFinite else { throw mismatch("a number that a double can hold") }
        return value
    }

    /// A string. Compare as bytes (`stringBytes`) where canonically equal texts must stay apart.
    public func string() throws(FileError) -> String {
        String(decoding: try stringBytes(), as: UTF8.self)
    }

    /// The UTF-8 bytes of a string, escapes resolved.
    public func stringBytes() throws(FileError) -> [UInt8] {
        guard kind == .string else { throw mismatch("a string") }
        return JSONText.decoded(node, in: document.bytes)
    }

    /// The value as it stands in the file, strings with their quotation marks.
    public var sourceText: String {
        let extra = kind == .string ? 1 : 0
        let start = Int(node.start) - extra
        return String(decoding: document.bytes[start..<start + Int(node.length) + 2 * extra], as: UTF8.self)
    }

    /// An error about this value, at its line and column and with its path before the problem.
    public func error(_ problem: String, mend: String? = nil) -> FileError {
        let extra = kind == .string ? 1 : 0
        let path = self.path
        return FileError(
            path: document.path,
            place: linePlace(of: Int(node.start) - extra, in: document.bytes, firstLine: document.firstLine),
            problem: path.isEmpty ? problem : "\(path): \(problem)", mend: mend)
    }

    private func mismatch(_ expected: String) -> FileError { error("expected \(expected), found \(shown)") }

    /// The value as an error shows it.
    public var shown: String {
        switch kind {
        case .null: "null"
        case .bool: node.flag ? "true" : "false"
        case .number: node.length <= 40 ? sourceText : "a number of \(node.length) digits"
        case .string: JSONText.quoted(String(decoding: JSONText.decoded(node, in: document.bytes), as: UTF8.self))
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// `model.vocab` or `added_tokens[3].id`, found by walking down from the root; empty for the root.
    public var path: String {
        var path = ""
        var at = 0
        while at != index {
            let parent = document.nodes[at]
            var child = at + 1
            var position = 0
            while child < Int(parent.next) {
                if parent.kind == .object {
                    if child == index { return path }
                    let value = child + 1
                    if index < Int(document.nodes[value].next) {
                        let key = String(
                            decoding: JSONText.decoded(document.nodes[child], in: document.bytes), as: UTF8.self)
                        path += (path.isEmpty ? "" : ".") + key
                        child = value
                        break
                    }
                    child = Int(document.nodes[value].next)
                } else {
                    if index < Int(document.nodes[child].next) {
                        path += "[\(position)]"
                        break
                    }
                    child = Int(document.nodes[child].next)
                }
                position += 1
            }
            guard child < Int(parent.next) else { return path }
            at = child
        }
        return path
    }
}
