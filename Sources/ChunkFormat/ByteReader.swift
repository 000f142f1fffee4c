/// Reads little-endian bytes that may hold anything: every step is checked, no bytes make it trap.
public struct ByteReader: Sendable {
    private let bytes: [UInt8]
    /// Bytes taken so far.
    public private(set) var position = 0
    private let path: String
    private let base: Int
    private let what: String

    /// - Parameters:
    ///   - path, base: the file and the offset in it of `bytes`' first byte, for errors
    ///   - what: the piece being read, for errors
    public init(_ bytes: [UInt8], path: String, base: Int, what: String) {
        self.bytes = bytes
        self.path = path
        self.base = base
        self.what = what
    }

    /// Bytes not yet taken.
    public var remaining: Int { bytes.count - position }

    /// An error at the present place.
    public func corruption(expected: String, found: String) -> Corruption {
        Corruption(path: path, offset: base + position, what: what, expected: expected, found: found)
    }

    /// The next little-endian number.
    @inlinable
    public mutating func integer<T: FixedWidthInteger & UnsignedInteger>(_ type: T.Type) throws(Corruption) -> T {
        T(truncatingIfNeeded: try word(byteCount: T.bitWidth / 8))
    }

    /// The next bytes, lowest first, as a number; at most eight.
    public mutating func word(byteCount: Int) throws(Corruption) -> UInt64 {
        try need(byteCount)
        var value: UInt64 = 0
        for place in 0..<byteCount { value |= UInt64(bytes[position + place]) << UInt64(place * 8) }
        position += byteCount
        return value
    }

    /// An unsigned number as `Int`, at most `limit`.
    @inlinable
    public mutating func count<T: FixedWidthInteger & UnsignedInteger>(
        _ type: T.Type, limit: Int, _ name: String
    ) throws(Corruption) -> Int {
        try count(byteCount: T.bitWidth / 8, limit: limit, name)
    }

    /// An unsigned number of that many bytes as `Int`, at most `limit`.
    public mutating func count(byteCount: Int, limit: Int, _ name: String) throws(Corruption) -> Int {
        let start = position
        let value = try word(byteCount: byteCount)
        guard let number = Int(exactly: value), number <= limit else {
            position = start
            throw corruption(expected: "\(name) of at most \(limit)", found: "\(value)")
        }
        return number
    }

    /// The next f64, bit for bit.
    public mutating func double() throws(Corruption) -> Double { Double(bitPattern: try integer(UInt64.self)) }

    /// The next digest, high word first.
    public mutating func digest() throws(Corruption) -> Digest128 {
        let high = try integer(UInt64.self)
        return Digest128(high: high, low: try integer(UInt64.self))
    }

    /// A u32 count and that many bytes.
    public mutating func block(limit: Int, _ name: String) throws(Corruption) -> [UInt8] {
        let length = try count(UInt32.self, limit: limit, name)
        return try plain(length)
    }

    /// Bytes without a count.
    public mutating func plain(_ length: Int) throws(Corruption) -> [UInt8] {
        try need(length)
        defer { position += length }
        return Array(bytes[position..<(position + length)])
    }

    /// A u32 count and that many bytes of valid UTF-8.
    public mutating func text(limit: Int, _ name: String) throws(Corruption) -> String {
        let start = position
        let raw = try block(limit: limit, name)
        guard let text = String(validating: raw, as: UTF8.self) else {
            position = start
            throw corruption(expected: "UTF-8 in \(name)", found: "other bytes")
        }
        return text
    }

    /// Fails unless everything was taken.
    public func finish() throws(Corruption) {
        if remaining > 0 { throw corruption(expected: "its end", found: "\(remaining) more bytes") }
    }

    private func need(_ count: Int) throws(Corruption) {
        guard count >= 0, count <= remaining else {
            throw corruption(expected: "\(count) more bytes", found: "\(remaining)")
        }
    }
}
