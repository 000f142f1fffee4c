/// Well-formed UTF-8 as Unicode's table 3-7 has it: no surrogates, no overlong forms, nothing past U+10FFFF.
public enum UTF8Check {
    /// Offset of the first byte that starts no well-formed sequence; nil where there is none.
    public static func firstInvalid(in bytes: [UInt8]) -> Int? {
        let count = bytes.count
        var at = 0
        while at < count {
            let lead = bytes[at]
            if lead < 0x80 {
                at += 1
                continue
            }
            let length: Int
            var second: ClosedRange<UInt8> = 0x80...0xBF
            switch lead {
            case 0xC2...0xDF: length = 2
            case 0xE0:
                length = 3
                second = 0xA0...0xBF
            case 0xED:
                length = 3
                second = 0x80...0x9F
            case 0xE1...0xEF: length = 3
            case 0xF0:
                length = 4
                second = 0x90...0xBF
            case 0xF4:
                length = 4
                second = 0x80...0x8F
            case 0xF1...0xF3: length = 4
            default: return at
            }
            guard count - at >= length, second.contains(bytes[at + 1]) else { return at }
            for index in stride(from: at + 2, to: at + length, by: 1) where bytes[index] & 0xC0 != 0x80 { return at }
            at += length
        }
        return nil
    }
}
