import Foundation

/// A normal form of Unicode, as a step of a tokenizer.
enum UnicodeForm: String, Sendable {
    case nfc = "NFC"
    case nfd = "NFD"
    case nfkc = "NFKC"
    case nfkd = "NFKD"

    /// Brings the text into this form.
    func apply(to text: inout TrackedText) {
        guard mayChange(text.bytes) else { return }
        var result: [UInt8] = []
        var places: [Int] = []
        var at = 0
        for part in UnicodeForm.parts(of: text.bytes) {
            at = part.range.upperBound
            let source = String(decoding: text.bytes[part.range], as: UTF8.self)
            let formed = part.isKnown ? Array(normalized(source).utf8) : Array(source.utf8)
            result += formed
            if formed.elementsEqual(text.bytes[part.range]) {
                places += Array(part.range)
            } else {
                places += align(source, with: formed).dropLast().map { part.range.lowerBound + $0 }
            }
        }
        guard result != text.bytes else { return }
        text.become(result, places + [at])
    }

    /// The library's tables are those of Unicode 9: to them, later letters and marks are nothing that moves or joins.
    private static func parts(of bytes: [UInt8]) -> [(range: Range<Int>, isKnown: Bool)] {
        var parts: [(range: Range<Int>, isKnown: Bool)] = []
        var start = 0
        var at = 0
        while at < bytes.count {
            let (value, length) = UTF8Scalar.decode(bytes, at)
            // Nothing below U+0530 is younger; asking for the age of every letter would take long.
            if value >= 0x530, let age = UnicodeScalar(value)?.properties.age, age.major > 9 {
                if start < at { parts.append((start..<at, true)) }
                start = at + length
                parts.append((at..<start, false))
            }
            at += length
        }
        if start < at { parts.append((start..<at, true)) }
        return parts
    }

    /// Composition changes nothing below U+0300, the other forms nothing in ASCII.
    private func mayChange(_ text: some Sequence<UInt8>) -> Bool {
        let first: UInt8 = self == .nfc ? 0xCC : 0x80
        return text.contains { $0 >= first }
    }

    /// Foundation does not reorder within a run of these three Tibetan vowels, which every form takes apart.
    private func normalized(_ text: String) -> String {
        let vowels: [UnicodeScalar] = ["\u{F73}", "\u{F75}", "\u{F81}"]
        guard text.unicodeScalars.contains(where: vowels.contains) else { return formed(text) }
        let unfolded = text.unicodeScalars.reduce(into: String.UnicodeScalarView()) { result, scalar in
            switch scalar {
            case "\u{F73}": result.append(contentsOf: ["\u{F71}", "\u{F72}"])
            case "\u{F75}": result.append(contentsOf: ["\u{F71}", "\u{F74}"])
            case "\u{F81}": result.append(contentsOf: ["\u{F71}", "\u{F80}"])
            default: result.append(scalar)
            }
        }
        return formed(String(unfolded))
    }

    private func formed(_ text: String) -> String {
        let sorted = UnicodeForm.withSortedMarks(text)
        return switch self {
        case .nfc: sorted.precomposedStringWithCanonicalMapping
        case .nfd: sorted.decomposedStringWithCanonicalMapping
        // Foundation leaves apart what only the compatibility mapping brings together.
        case .nfkc: sorted.decomposedStringWithCompatibilityMapping.precomposedStringWithCanonicalMapping
        case .nfkd: sorted.decomposedStringWithCompatibilityMapping
        }
    }

    /// The same text to any form, with long runs of marks in their order already: Foundation takes the square of a run's length.
    private static func withSortedMarks(_ text: String) -> String {
        guard hasLongRun(text) else { return text }
        var result = String.UnicodeScalarView()
        var run: [UnicodeScalar] = []
        func endRun() {
            guard !run.isEmpty else { return }
            if run.count > longRun {
                let parts = run.flatMap { Array(String($0).decomposedStringWithCanonicalMapping.unicodeScalars) }
                // Stable, so that marks of one class keep their order.
                result.append(
                    contentsOf: parts.enumerated().sorted { left, right in
                        let (a, b) = (order(left.element), order(right.element))
                        return a == b ? left.offset < right.offset : a < b
                    }.map(\.element))
            } else {
                result.append(contentsOf: run)
            }
            run.removeAll(keepingCapacity: true)
        }
        for scalar in text.unicodeScalars {
            if isMark(scalar) {
                run.append(scalar)
            } else {
                endRun()
                result.append(scalar)
            }
        }
        endRun()
        return String(result)
    }

    private static let longRun = 30

    private static func hasLongRun(_ text: String) -> Bool {
        var count = 0
        for scalar in text.unicodeScalars {
            count = isMark(scalar) ? count + 1 : 0
            if count > longRun { return true }
        }
        return false
    }

    private static func isMark(_ scalar: UnicodeScalar) -> Bool { scalar.value >= 0x300 && order(scalar) > 0 }

    private static func order(_ scalar: UnicodeScalar) -> UInt8 { scalar.properties.canonicalCombiningClass.rawValue }

    /// Places in the source of every byte of the result: character by character, as marks join their base within one.
    private func align(_ source: String, with result: [UInt8]) -> [Int] {
        var places: [Int] = []
        places.reserveCapacity(result.count + 1)
        var at = 0
        for character in source {
            let text = String(character)
            let length = text.utf8.count
            let count = mayChange(text.utf8) ? normalized(text).utf8.count : length
            for offset in 0..<count { places.append(at + min(offset, length - 1)) }
            at += length
        }
        // Should a form ever cross characters, the far end is off by its width: cut or fill.
        while places.count < result.count { places.append(max(0, at - 1)) }
        return Array(places.prefix(result.count)) + [at]
    }
}
