/// Strings inside a JSON text.
enum JSONText {
    /// Bytes of the escape that starts with the backslash at `at`; nil where it is none, or half a surrogate pair.
    static func escapeLength(at: Int, in bytes: [UInt8]) -> Int? {
        guard at + 1 < bytes.count else { return nil }
        switch bytes[at + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return 2
        case UInt8(ascii: "u"):
            guard let unit = hex(at: at + 2, in: bytes) else { return nil }
            if (0xDC00...0xDFFF).contains(unit) { return nil }
            guard (0xD800...0xDBFF).contains(unit) else { return 6 }
            guard at + 7 < bytes.count, bytes[at + 6] == UInt8(ascii: "\\"), bytes[at + 7] == UInt8(ascii: "u"),
                let low = hex(at: at + 8, in: bytes), (0xDC00...0xDFFF).contains(low)
            else { return nil }
            return 12
        default:
            return nil
        }
    }

    private static func hex(at: Int, in bytes: [UInt8]) -> UInt32? {
        guard at + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for byte in bytes[at..<at + 4] {
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x41 + 10
            case 0x61...0x66: digit = byte - 0x61 + 10
            default: return nil
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    /// The UTF-8 bytes that a checked string node stands for.
    static func decoded(_ node: JSONNode, in bytes: [UInt8]) -> [UInt8] {
        let start = Int(node.start)
        let end = start + Int(node.length)
        guard node.flag else { return Array(bytes[start..<end]) }
        var result: [UInt8] = []
        result.reserveCapacity(end - start)
        var at = start
        while at < end {
            guard bytes[at] == UInt8(ascii: "\\") else {
                result.append(bytes[at])
                at += 1
                continue
            }
            switch bytes[at + 1] {
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                var scalar = hex(at: at + 2, in: bytes) ?? 0xFFFD
                if (0xD800...0xDBFF).contains(scalar), let low = hex(at: at + 8, in: bytes) {
                    scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
                    at += 6
                }
                result.append(contentsOf: String(UnicodeScalar(scalar) ?? "\u{FFFD}").utf8)
                at += 4
            case let plain: result.append(plain)
            }
            at += 2
        }
        return result
    }

    /// `text` as an error shows it: in quotation marks, escaped, cut after 60 scalars.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for (count, scalar) in text.unicodeScalars.enumerated() {
            if count == 60 {
                result += "…"
                break
            }
            let shown = scalar == "\"" || scalar == "\\" || scalar.value < 0x20 || scalar.value == 0x7F
            result += shown ? scalar.escaped(asASCII: false) : String(scalar)
        }
        return result + "\""
    }
}

/// The keys of one object seen so far: a list while there are few, an open hash table with a per-process seed after that.
struct JSONKeySet {
    private var keys: [UInt32] = []
    private var slots: [UInt32] = []
    private static let few = 12
    private static let free = UInt32.max

    /// False where an equal key, byte for byte after decoding, is there already.
    mutating func insert(_ key: Int, nodes: [JSONNode], bytes: [UInt8]) -> Bool {
        if slots.isEmpty {
            for other in keys where JSONKeySet.equal(nodes[Int(other)], nodes[key], bytes) { return false }
            keys.append(UInt32(key))
            if keys.count > JSONKeySet.few { grow(nodes: nodes, bytes: bytes) }
            return true
        }
        var slot = JSONKeySet.hash(nodes[key], bytes) & (slots.count - 1)
        while slots[slot] != JSONKeySet.free {
            if JSONKeySet.equal(nodes[Int(slots[slot])], nodes[key], bytes) { return false }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = UInt32(key)
        keys.append(UInt32(key))
        if keys.count * 2 > slots.count { grow(nodes: nodes, bytes: bytes) }
        return true
    }

    private mutating func grow(nodes: [JSONNode], bytes: [UInt8]) {
        slots = [UInt32](repeating: JSONKeySet.free, count: max(64, slots.count * 4))
        for key in keys {
            var slot = JSONKeySet.hash(nodes[Int(key)], bytes) & (slots.count - 1)
            while slots[slot] != JSONKeySet.free { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = key
        }
    }

    private static func equal(_ a: JSONNode, _ b: JSONNode, _ bytes: [UInt8]) -> Bool {
        if a.flag || b.flag { return JSONText.decoded(a, in: bytes) == JSONText.decoded(b, in: bytes) }
        guard a.length == b.length else { return false }
        for index in 0..<Int(a.length) where bytes[Int(a.start) + index] != bytes[Int(b.start) + index] {
            return false
        }
        return true
    }

    private static func hash(_ node: JSONNode, _ bytes: [UInt8]) -> Int {
        var hasher = Hasher()
        if node.flag {
            combine(JSONText.decoded(node, in: bytes)[...], into: &hasher)
        } else {
            combine(bytes[Int(node.start)..<Int(node.start + node.length)], into: &hasher)
        }
        return hasher.finalize() & Int.max
    }

    private static func combine(_ text: ArraySlice<UInt8>, into hasher: inout Hasher) {
        var word: UInt64 = 0
        var filled = 0
        for byte in text {
            word = word << 8 | UInt64(byte)
            filled += 1
            if filled == 8 {
                hasher.combine(word)
                word = 0
                filled = 0
            }
        }
        hasher.combine(word)
    }
}
