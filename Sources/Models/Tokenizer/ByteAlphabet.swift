/// GPT-2's spelling of bytes as printable characters, in which byte-level tokenizers write their vocabulary.
///
/// The 188 bytes that are printable in Latin-1 stand for themselves; the others follow from U+0100 on, in order.
enum ByteAlphabet {
    /// The byte that a scalar below U+0144 stands for; −1 where it stands for none.
    private static let bytes: [Int16] = {
        var table = [Int16](repeating: -1, count: 0x144)
        var next = 0x100
        for byte in 0..<256 {
            let isPrintable = (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE
            table[isPrintable ? byte : next] = Int16(byte)
            if !isPrintable { next += 1 }
        }
        return table
    }()

    /// The bytes that a vocabulary entry spells; nil where it holds a character outside the alphabet.
    static func decoded(_ spelling: [UInt8]) -> [UInt8]? {
        let table = bytes
        var result: [UInt8] = []
        result.reserveCapacity(spelling.count)
        var at = 0
        while at < spelling.count {
            let (scalar, length) = UTF8Scalar.decode(spelling, at)
            guard scalar < 0x144, table[Int(scalar)] >= 0 else { return nil }
            result.append(UInt8(table[Int(scalar)]))
            at += length
        }
        return result
    }
}

/// One scalar of UTF-8 known to be well-formed.
enum UTF8Scalar {
    @inline(__always)
    static func decode(_ bytes: [UInt8], _ at: Int) -> (scalar: UInt32, length: Int) {
        let lead = UInt32(bytes[at])
        if lead < 0x80 { return (lead, 1) }
        if lead < 0xE0 { return ((lead & 0x1F) << 6 | UInt32(bytes[at + 1] & 0x3F), 2) }
        if lead < 0xF0 {
            return ((lead & 0x0F) << 12 | UInt32(bytes[at + 1] & 0x3F) << 6 | UInt32(bytes[at + 2] & 0x3F), 3)
        }
        return (
            (lead & 0x07) << 18 | UInt32(bytes[at + 1] & 0x3F) << 12 | UInt32(bytes[at + 2] & 0x3F) << 6
                | UInt32(bytes[at + 3] & 0x3F), 4
        )
    }

    /// Offset of the scalar before `at` (> 0).
    static func before(_ bytes: [UInt8], _ at: Int) -> Int {
        var start = at - 1
        while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
        return start
    }
}
