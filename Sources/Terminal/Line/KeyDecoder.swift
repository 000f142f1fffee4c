/// Turns the bytes of a terminal into keys: UTF-8, control characters, xterm's escape sequences, bracketed paste.
///
/// Bytes may come in any pieces. A lone Esc can't be told from the beginning of a sequence until nothing follows for a while: the reader
/// calls `flush` then. Any bytes give keys and never fail; what is no UTF-8 becomes U+FFFD.
public struct KeyDecoder: Sendable {
    private var pending: [UInt8] = []
    /// The bytes of a paste that has begun and not ended.
    private var paste: [UInt8]?

    public init() {}

    /// Whether bytes wait for more: an unfinished sequence, character or paste.
    public var isWaiting: Bool { !pending.isEmpty || paste != nil }

    /// Whether what waits is an Esc that may be a key of its own.
    public var waitsOnEscape: Bool { paste == nil && pending.first == 0x1B }

    /// Most bytes of one paste; what is beyond is dropped.
    static let pasteLimit = 1 << 20
    /// Most bytes of one escape sequence: longer ones are no sequence.
    static let sequenceLimit = 32

    /// Takes bytes, gives the keys that are complete.
    public mutating func decode(_ bytes: some Sequence<UInt8>) -> [Key] {
        pending.append(contentsOf: bytes)
        var keys: [Key] = []
        while let key = next() { keys.append(key) }
        return keys
    }

    /// Nothing has followed: an Esc that waits is the key Esc, an unfinished character is broken.
    public mutating func flush() -> [Key] {
        guard paste == nil, !pending.isEmpty else { return [] }
        let rest = pending
        pending = []
        if rest == [0x1B] { return [.escape] }
        if rest[0] == 0x1B { return [.unknown] }
        return [.text("\u{FFFD}")]
    }

    // MARK: -

    private static let pasteEnd: [UInt8] = Array("\u{1B}[201~".utf8)

    private mutating func next() -> Key? {
        if paste != nil { return pasted() }
        guard let first = pending.first else { return nil }
        switch first {
        case 0x1B: return escape()
        case 0x0D, 0x0A:
            pending.removeFirst()
            return .enter
        case 0x09:
            pending.removeFirst()
            return .tab
        case 0x7F, 0x08:
            pending.removeFirst()
            return .backspace
        case 0x01...0x1A:
            pending.removeFirst()
            return .control(Character(Unicode.Scalar(first + 0x60)))
        case 0x1F:
            pending.removeFirst()
            return .control("_")
        case 0x00, 0x1C...0x1E:
            pending.removeFirst()
            return .unknown
        default: return character().map { .text($0) }
        }
    }

    /// The character that begins the pending bytes; nil while it is unfinished.
    private mutating func character() -> Character? {
        let length = KeyDecoder.length(ofCharacterWith: pending[0])
        guard length > 0 else {
            pending.removeFirst()
            return "\u{FFFD}"
        }
        for place in 1..<max(2, length) where place < length {
            guard place < pending.count else { return nil }
            guard pending[place] & 0xC0 == 0x80 else {
                pending.removeFirst(place)
                return "\u{FFFD}"
            }
        }
        let bytes = pending[0..<length]
        pending.removeFirst(length)
        guard let text = String(validating: bytes, as: UTF8.self), let character = text.first else { return "\u{FFFD}" }
        // C1 controls are no text.
        return text.unicodeScalars.first.map { (0x80...0x9F).contains($0.value) } == true ? "\u{FFFD}" : character
    }

    private static func length(ofCharacterWith first: UInt8) -> Int {
        switch first {
        case 0x00...0x7F: 1
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 0
        }
    }

    private mutating func escape() -> Key? {
        guard pending.count > 1 else { return nil }
        switch pending[1] {
        case 0x5B: return controlSequence()
        case 0x4F:
            guard pending.count > 2 else { return nil }
            let final = pending[2]
            pending.removeFirst(3)
            return KeyDecoder.cursorKey(final, modifier: 1)
        case 0x0D, 0x0A:
            pending.removeFirst(2)
            return .metaEnter
        case 0x7F, 0x08:
            pending.removeFirst(2)
            return .metaBackspace
        case 0x1B:
            // Esc, and then another sequence.
            pending.removeFirst()
            return .escape
        case 0x00...0x1F:
            pending.removeFirst(2)
            return .unknown
        default:
            let rest = pending
            pending.removeFirst()
            guard let character = character() else {
                pending = rest
                return nil
            }
            return .meta(character)
        }
    }

    /// `ESC [ parameters final`.
    private mutating func controlSequence() -> Key? {
        var place = 2
        while place < pending.count, (0x20...0x3F).contains(pending[place]) { place += 1 }
        guard place < pending.count else {
            guard pending.count > KeyDecoder.sequenceLimit else { return nil }
            pending.removeAll()
            return .unknown
        }
        let final = pending[place]
        let numbers = String(decoding: pending[2..<place], as: UTF8.self).split(separator: ";")
            .map { Int($0) ?? 0 }
        guard (0x40...0x7E).contains(final) else {
            // Not a sequence after all: what broke it is a key of its own.
            pending.removeFirst(place)
            return .unknown
        }
        pending.removeFirst(place + 1)
        let modifier = numbers.count > 1 ? numbers[1] : 1
        switch final {
        case UInt8(ascii: "~"):
            switch numbers.first ?? 0 {
            case 1, 7: return .home
            case 4, 8: return .end
            case 3: return .delete
            case 5: return .pageUp
            case 6: return .pageDown
            case 200:
                paste = []
                return pasted()
            default: return .unknown
            }
        case UInt8(ascii: "Z"): return .backTab
        case UInt8(ascii: "u"):
            // The protocol that tells Alt-Enter and Shift-Enter apart.
            return numbers.first == 13 ? (modifier > 1 ? .metaEnter : .enter) : numbers.first == 27 ? .escape : .unknown
        default: return KeyDecoder.cursorKey(final, modifier: modifier)
        }
    }

    private static func cursorKey(_ final: UInt8, modifier: Int) -> Key {
        switch final {
        case UInt8(ascii: "A"): .up
        case UInt8(ascii: "B"): .down
        case UInt8(ascii: "C"): modifier > 2 ? .wordRight : .right
        case UInt8(ascii: "D"): modifier > 2 ? .wordLeft : .left
        case UInt8(ascii: "H"): .home
        case UInt8(ascii: "F"): .end
        case UInt8(ascii: "M"): .enter
        default: .unknown
        }
    }

    /// The paste, once its end mark is there. Each byte is looked at once or twice, however the paste is cut.
    private mutating func pasted() -> Key? {
        guard var held = paste.take() else { return nil }
        // The end mark may be cut in two, so the search begins a little before what is new.
        let start = max(0, held.count - KeyDecoder.pasteEnd.count)
        held.append(contentsOf: pending)
        pending = []
        if let end = KeyDecoder.place(of: KeyDecoder.pasteEnd, in: held, from: start) {
            pending = Array(held[(end + KeyDecoder.pasteEnd.count)...])
            return .paste(String(decoding: held[..<min(end, KeyDecoder.pasteLimit)], as: UTF8.self))
        }
        if held.count > KeyDecoder.pasteLimit + KeyDecoder.pasteEnd.count {
            held.removeSubrange(KeyDecoder.pasteLimit..<(held.count - KeyDecoder.pasteEnd.count))
        }
        paste = held
        return nil
    }

    private static func place(of mark: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= start + mark.count else { return nil }
        return (start...(bytes.count - mark.count)).first {
            bytes[$0] == 0x1B && bytes[$0..<($0 + mark.count)].elementsEqual(mark)
        }
    }
}
