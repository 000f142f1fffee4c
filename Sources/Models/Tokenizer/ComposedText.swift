import Foundation

/// A text in NFC, and where its bytes come from.
struct ComposedText {
    let bytes: [UInt8]
    /// Byte of the whole text at which this part starts.
    private let start: Int
    /// Origin of every byte within the part; nil where nothing changed.
    private let origins: [Int]?

    /// The text as it is.
    init(unchanged text: ArraySlice<UInt8>) {
        bytes = Array(text)
        start = text.startIndex
        origins = nil
    }

    /// - Parameter text: well-formed UTF-8.
    init(_ text: ArraySlice<UInt8>) {
        start = text.startIndex
        if ComposedText.mayChange(text) {
            let source = String(decoding: text, as: UTF8.self)
            let composed = Array(ComposedText.compose(source).utf8)
            if !composed.elementsEqual(text) {
                bytes = composed
                origins = ComposedText.align(source, with: composed)
                return
            }
        }
        bytes = Array(text)
        origins = nil
    }

    /// Byte of the whole text that byte `at` of the composed one comes from; the end is the end.
    func origin(of at: Int) -> Int {
        guard let origins else { return start + at }
        return start + (origins.indices.contains(at) ? origins[at] : origins.last ?? 0)
    }

    /// Scalars below U+0300 never change: in UTF-8 these have a first byte below 0xCC.
    private static func mayChange(_ text: ArraySlice<UInt8>) -> Bool { text.contains { $0 >= 0xCC } }

    /// Foundation does not reorder within a run of these three Tibetan vowels, which NFC always takes apart.
    private static func compose(_ text: String) -> String {
        let vowels: [UnicodeScalar] = ["\u{F73}", "\u{F75}", "\u{F81}"]
        guard text.unicodeScalars.contains(where: vowels.contains) else {
            return text.precomposedStringWithCanonicalMapping
        }
        let unfolded = text.unicodeScalars.reduce(into: String.UnicodeScalarView()) { result, scalar in
            switch scalar {
            case "\u{F73}": result.append(contentsOf: ["\u{F71}", "\u{F72}"])
            case "\u{F75}": result.append(contentsOf: ["\u{F71}", "\u{F74}"])
            case "\u{F81}": result.append(contentsOf: ["\u{F71}", "\u{F80}"])
            default: result.append(scalar)
            }
        }
        return String(unfolded).precomposedStringWithCanonicalMapping
    }

    /// Composes character by character: marks join their base within a character.
    private static func align(_ source: String, with composed: [UInt8]) -> [Int] {
        var origins: [Int] = []
        origins.reserveCapacity(composed.count + 1)
        var at = 0
        for character in source {
            let text = String(character)
            let length = text.utf8.count
            let count =
                ComposedText.mayChange(Array(text.utf8)[...])
                ? compose(text).utf8.count : length
            for offset in 0..<count { origins.append(at + min(offset, length - 1)) }
            at += length
        }
        // Should a composition ever cross characters, the far end is off by its width: cut or fill.
        while origins.count < composed.count { origins.append(max(0, at - 1)) }
        return Array(origins.prefix(composed.count)) + [at]
    }
}
