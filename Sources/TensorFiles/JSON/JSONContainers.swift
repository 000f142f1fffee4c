/// The elements of an array, in order. O(1) a step.
public struct JSONElements: Sequence, IteratorProtocol, Sendable {
    fileprivate let document: JSONDocument
    fileprivate var at: Int
    fileprivate let end: Int

    /// The next element; nil after the last.
    public mutating func next() -> JSONValue? {
        guard at < end else { return nil }
        defer { at = Int(document.nodes[at].next) }
        return JSONValue(document: document, index: at)
    }
}

/// The members of an object, in the order of the file. O(1) a step.
public struct JSONMembers: Sequence, IteratorProtocol, Sendable {
    fileprivate let document: JSONDocument
    fileprivate var at: Int
    fileprivate let end: Int

    /// The key is a string value: read it with `string()` or `stringBytes()`, and blame it with `error(_:)`.
    public mutating func next() -> (key: JSONValue, value: JSONValue)? {
        guard at < end else { return nil }
        defer { at = Int(document.nodes[at + 1].next) }
        return (JSONValue(document: document, index: at), JSONValue(document: document, index: at + 1))
    }
}

extension JSONValue {
    /// The elements of an array.
    public func elements() throws(FileError) -> JSONElements {
        guard kind == .array else { throw error("expected an array, found \(shown)") }
        return JSONElements(document: document, at: index + 1, end: Int(node.next))
    }

    /// The members of an object.
    public func members() throws(FileError) -> JSONMembers {
        guard kind == .object else { throw error("expected an object, found \(shown)") }
        return JSONMembers(document: document, at: index + 1, end: Int(node.next))
    }

    /// The member of that name; nil where there is none, where it is null, or where this is no object. O(members).
    public subscript(key: String) -> JSONValue? {
        guard kind == .object else { return nil }
        let wanted = Array(key.utf8)
        let bytes = document.bytes
        var at = index + 1
        while at < Int(node.next) {
            let name = document.nodes[at]
            let start = Int(name.start)
            let same =
                name.flag
                ? JSONText.decoded(name, in: bytes) == wanted
                : bytes[start..<start + Int(name.length)].elementsEqual(wanted)
            if same {
                let value = JSONValue(document: document, index: at + 1)
                return value.isNull ? nil : value
            }
            at = Int(document.nodes[at + 1].next)
        }
        return nil
    }

    /// The member of that name, which must be there and not null.
    public func member(_ key: String) throws(FileError) -> JSONValue {
        guard kind == .object else { throw error("expected an object, found \(shown)") }
        guard let value = self[key] else { throw error("has no \(JSONText.quoted(key))") }
        return value
    }
}
