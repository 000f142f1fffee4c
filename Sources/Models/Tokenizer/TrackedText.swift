/// A text on its way through normalisation, in which every byte knows where in the given text it comes from.
struct TrackedText: Sendable {
    /// Well-formed UTF-8.
    private(set) var bytes: [UInt8]
    /// Byte of the given text at which this part starts.
    private let start: Int
    /// Place in the given text of every byte, and of the end; nil where nothing has moved.
    private var origins: [Int]?

    /// A part of the given text, as it is.
    init(_ text: ArraySlice<UInt8>) {
        bytes = Array(text)
        start = text.startIndex
    }

    /// A part of a text that has been on its way already.
    init(_ text: TrackedText, _ range: Range<Int>) {
        bytes = Array(text.bytes[range])
        start = text.start + range.lowerBound
        origins = text.origins.map { Array($0[range.lowerBound...range.upperBound]) }
    }

    /// Byte of the given text that byte `at` comes from; the end is the end.
    func origin(of at: Int) -> Int { origins.map { $0[min(at, $0.count - 1)] } ?? start + at }

    /// Puts bytes before the first, which count as part of it.
    mutating func prepend(_ prefix: [UInt8]) {
        let first = origin(of: 0)
        let places = origins ?? (0...bytes.count).map { start + $0 }
        origins = [Int](repeating: first, count: prefix.count) + places
        bytes = prefix + bytes
    }

    /// Puts `content` wherever `pattern` stands, from left to right. O(bytes) for short patterns.
    mutating func replace(_ pattern: [UInt8], with content: [UInt8]) {
        guard let first = pattern.first, bytes.contains(first) else { return }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var places: [Int] = []
        places.reserveCapacity(bytes.count + 1)
        var at = 0
        while at < bytes.count {
            if bytes[at] == first, stands(pattern, at) {
                for byte in content {
                    result.append(byte)
                    places.append(at)
                }
                at += pattern.count
            } else {
                result.append(bytes[at])
                places.append(at)
                at += 1
            }
        }
        become(result, places + [bytes.count])
    }

    /// Becomes `text`, of which each byte, and the end, comes from the place in the present bytes that `places` names.
    mutating func become(_ text: [UInt8], _ places: [Int]) {
        let moved = places.map { origin(of: $0) }
        bytes = text
        origins = moved
    }

    /// Keeps only `range`.
    mutating func keep(_ range: Range<Int>) {
        guard range.count < bytes.count else { return }
        become(Array(bytes[range]), Array(range.lowerBound...range.upperBound))
    }

    func stands(_ pattern: [UInt8], _ at: Int) -> Bool {
        guard pattern.count <= bytes.count - at else { return false }
        for offset in 0..<pattern.count where bytes[at + offset] != pattern[offset] { return false }
        return true
    }
}
