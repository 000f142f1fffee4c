internal import CXXHash

/// XXH3 with 64 bits: guards one piece of a file against rot.
public enum Checksum {
    /// XXH3-64 of the bytes, seed 0. Faster than memory.
    public static func of(_ bytes: RawSpan) -> UInt64 {
        unsafe bytes.withUnsafeBytes { unsafe varve_xxh3_64($0.baseAddress, $0.count) }
    }

    /// XXH3-64 of an array's bytes.
    public static func of(_ bytes: [UInt8]) -> UInt64 { of(bytes.rawSpan) }

    /// Sixteen hexadecimal digits, for messages.
    public static func text(_ checksum: UInt64) -> String { hexadecimal(checksum) }
}

/// XXH3 with 128 bits: names a chunk file after its bytes, and a description after its text.
public struct Digest128: Sendable, Hashable, CustomStringConvertible {
    /// The upper 64 bits, first in text and in files.
    public var high: UInt64
    /// The lower 64 bits.
    public var low: UInt64

    /// A digest that was stored as two words.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// XXH3-128 of the bytes, seed 0.
    public init(of bytes: RawSpan) {
        let hash = unsafe bytes.withUnsafeBytes { unsafe varve_xxh3_128($0.baseAddress, $0.count) }
        self.init(high: hash.high64, low: hash.low64)
    }

    /// XXH3-128 of the text's UTF-8.
    public init(of text: String) {
        let bytes = Array(text.utf8)
        self.init(of: bytes.rawSpan)
    }

    /// Reads 32 lower-case hexadecimal digits; nil for anything else.
    public init?(hexadecimal text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 32 else { return nil }
        var words: [UInt64] = [0, 0]
        for (place, digit) in digits.enumerated() {
            let value: UInt8
            switch digit {
            case 0x30...0x39: value = digit - 0x30
            case 0x61...0x66: value = digit - 0x61 + 10
            default: return nil
            }
            words[place / 16] = words[place / 16] << 4 | UInt64(value)
        }
        self.init(high: words[0], low: words[1])
    }

    /// 32 lower-case hexadecimal digits, high word first.
    public var description: String { hexadecimal(high) + hexadecimal(low) }
}

/// XXH3-128 of bytes that arrive in pieces.
@safe public struct StreamingDigest: ~Copyable {
    private let state: OpaquePointer?

    /// The digest of no bytes.
    public init() {
        unsafe state = XXH3_createState()
        precondition(unsafe state != nil, "no memory for a checksum's state")
        unsafe XXH3_128bits_reset(state)
    }

    deinit { unsafe XXH3_freeState(state) }

    /// Takes the next piece in.
    public mutating func update(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { unsafe varve_xxh3_128_update(state, $0.baseAddress, $0.count) }
    }

    /// The digest of everything so far.
    public var value: Digest128 {
        let hash = unsafe XXH3_128bits_digest(state)
        return Digest128(high: hash.high64, low: hash.low64)
    }
}

/// Sixteen lower-case digits; opening a store writes some for each of its commits.
func hexadecimal(_ word: UInt64) -> String {
    unsafe String(unsafeUninitializedCapacity: 16) { digits in
        for place in 0..<16 {
            let digit = UInt8(truncatingIfNeeded: word >> (60 - 4 * UInt64(place)) & 15)
            unsafe digits[place] = digit < 10 ? 0x30 + digit : 0x57 + digit
        }
        return 16
    }
}
