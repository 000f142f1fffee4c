/// A 128-bit fingerprint of bytes read in order: tells whether two captures used the same weights.
///
/// Four multiply-rotate lanes over 8-byte words, so that gigabytes cost no more than reading them. Not cryptographic: it
/// guards against mix-ups, not against an adversary. The result depends on where the pieces end.
public struct ContentDigest: Sendable {
    private var a: UInt64 = 0x9E37_79B9_7F4A_7C15
    private var b: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private var c: UInt64 = 0x1656_67B1_9E37_79F9
    private var d: UInt64 = 0x27D4_EB2F_1656_67C5

    /// The fingerprint of nothing.
    public init() {}

    /// Takes in a piece and its length. O(bytes).
    public mutating func update(_ bytes: RawSpan) {
        var offset = 0
        while bytes.byteCount - offset >= 32 {
            a = ContentDigest.mixed(a, unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
            b = ContentDigest.mixed(b, unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
            c = ContentDigest.mixed(c, unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset + 16, as: UInt64.self))
            d = ContentDigest.mixed(d, unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset + 24, as: UInt64.self))
            offset += 32
        }
        while offset < bytes.byteCount {
            a = ContentDigest.mixed(a, UInt64(unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)))
            offset += 1
        }
        b = ContentDigest.mixed(b, UInt64(bytes.byteCount))
    }

    /// Takes in the UTF-8 of a text.
    public mutating func update(_ text: String) { unsafe update(Array(text.utf8).span.bytes) }

    /// 32 hexadecimal digits.
    public var text: String {
        let low = ContentDigest.avalanche(a &+ c &* 3 &+ b &* 5 &+ d &* 7)
        let high = ContentDigest.avalanche(b ^ (d << 21 | d >> 43) ^ (a << 42 | a >> 22) &+ c)
        return [high, low].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    private static func mixed(_ state: UInt64, _ word: UInt64) -> UInt64 {
        let product = (state ^ word) &* 0x9FB2_1C65_1E98_DF25
        return product << 29 | product >> 35
    }

    private static func avalanche(_ word: UInt64) -> UInt64 {
        var x = word
        x = (x ^ x >> 33) &* 0xFF51_AFD7_ED55_8CCD
        x = (x ^ x >> 29) &* 0xC4CE_B9FE_1A85_EC53
        return x ^ x >> 32
    }
}
