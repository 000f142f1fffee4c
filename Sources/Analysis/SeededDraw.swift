/// Random numbers by name instead of by turn: what is drawn for a key depends on (seed, repeat, purpose, key) alone.
///
/// The number is SplitMix64's finaliser (Steele, Lea & Flood 2014) folded over the four: h ← mix(h + γ + part), from
/// h = 0, γ = 0x9E3779B97F4A7C15. A text key enters as its FNV-1a 64-bit hash over UTF-8. So the order of rows does not
/// matter, and a new prompt leaves the numbers of the others alone.
public struct SeededDraw: Sendable, Hashable {
    /// Separates draws that would otherwise agree.
    public enum Purpose: UInt64, Sendable {
        case split = 1
        case fold = 2
        case balance = 3
        case bootstrap = 4
        case permutation = 5
        case sample = 6
    }

    private let state: UInt64

    /// The numbers of one repeat of one purpose.
    public init(seed: UInt64, repeat index: Int, purpose: Purpose) {
        var h = Self.mix(Self.golden &+ seed)
        h = Self.mix(h &+ Self.golden &+ UInt64(bitPattern: Int64(index)))
        state = Self.mix(h &+ Self.golden &+ purpose.rawValue)
    }

    /// A number in 0 ..< 2⁶⁴ for a key and a part of it.
    public func number(key: UInt64, part: Int = 0) -> UInt64 {
        let h = Self.mix(state &+ Self.golden &+ key)
        return Self.mix(h &+ Self.golden &+ UInt64(bitPattern: Int64(part)))
    }

    /// FNV-1a, 64 bit, over UTF-8.
    public static func hash(_ text: String) -> UInt64 {
        var h: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { h = (h ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return h
    }

    private static let golden: UInt64 = 0x9E37_79B9_7F4A_7C15

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
