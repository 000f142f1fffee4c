/// Writes partial states: little-endian, every number with all its bits.
struct StateWriter {
    private(set) var bytes: [UInt8] = []

    mutating func int(_ value: Int) { word(UInt64(bitPattern: Int64(value)), 8) }
    mutating func double(_ value: Double) { word(value.bitPattern, 8) }

    mutating func text(_ value: String) {
        int(value.utf8.count)
        bytes += value.utf8
    }

    mutating func ints(_ values: [Int]) {
        int(values.count)
        for value in values { int(value) }
    }

    mutating func doubles(_ values: [Double]) {
        int(values.count)
        bytes.reserveCapacity(bytes.count + 8 * values.count)
        for value in values { double(value) }
    }

    mutating func floats(_ values: [Float]) {
        int(values.count)
        bytes.reserveCapacity(bytes.count + 4 * values.count)
        for value in values { word(UInt64(value.bitPattern), 4) }
    }

    mutating func words(_ values: [UInt32]) {
        int(values.count)
        for value in values { word(UInt64(value), 4) }
    }

    mutating func append(_ other: StateWriter) { bytes += other.bytes }

    private mutating func word(_ value: UInt64, _ count: Int) {
        for place in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * place))) }
    }
}

/// Reads them back; bytes may hold anything: every step is checked.
struct StateReader {
    private let bytes: [UInt8]
    private var place: Int
    private let end: Int
    private let name: String

    /// - Parameter name: of the file, for errors
    init(_ bytes: [UInt8], in range: Range<Int>? = nil, name: String) {
        self.bytes = bytes
        self.name = name
        place = range?.lowerBound ?? 0
        end = range?.upperBound ?? bytes.count
    }

    /// Bytes taken so far.
    var position: Int { place }
    var isAtEnd: Bool { place == end }

    func damage(_ what: String) -> PartialError {
        PartialError("\(name): damaged at byte \(place): \(what); make this part again with `varve partial`")
    }

    mutating func int() throws -> Int { Int(truncatingIfNeeded: Int64(bitPattern: try word(8))) }
    mutating func double() throws -> Double { Double(bitPattern: try word(8)) }

    /// A number of things that take so many bytes each.
    mutating func count(_ size: Int) throws -> Int {
        let count = try int()
        guard count >= 0, count <= (end - place) / max(1, size) else { throw damage("\(count) entries are not there") }
        return count
    }

    mutating func text() throws -> String {
        let length = try count(1)
        defer { place += length }
        guard let text = String(validating: bytes[place..<place + length], as: UTF8.self) else {
            throw damage("a text is not UTF-8")
        }
        return text
    }

    mutating func ints() throws -> [Int] {
        let count = try count(8)
        return try (0..<count).map { _ in try int() }
    }

    mutating func doubles() throws -> [Double] {
        let count = try count(8)
        return try (0..<count).map { _ in try double() }
    }

    mutating func floats() throws -> [Float] {
        let count = try count(4)
        return try (0..<count).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: try word(4))) }
    }

    mutating func words() throws -> [UInt32] {
        let count = try count(4)
        return try (0..<count).map { _ in UInt32(truncatingIfNeeded: try word(4)) }
    }

    /// Leaves so many bytes out and gives their range.
    mutating func skip(_ count: Int) -> Range<Int> {
        defer { place += count }
        return place..<place + count
    }

    private mutating func word(_ count: Int) throws -> UInt64 {
        guard end - place >= count else { throw damage("the file ends") }
        var value: UInt64 = 0
        for offset in 0..<count { value |= UInt64(bytes[place + offset]) << UInt64(8 * offset) }
        place += count
        return value
    }
}
