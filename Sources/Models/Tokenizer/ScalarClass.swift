/// The classes of characters that pre-tokenizer patterns tell apart: \p{L}, \p{N}, \s and its \r \n, and the rest.
enum ScalarClass: UInt8 {
    case other, letter, number, space, newline

    /// Classes of the basic plane, made at first use (65,536 look-ups).
    private static let basicPlane: [UInt8] = (UInt32(0)..<0x10000).map { computed($0).rawValue }

    /// A view of the table that a loop holds on to.
    struct Table {
        private let basicPlane = ScalarClass.basicPlane

        @inline(__always)
        func callAsFunction(_ scalar: UInt32) -> ScalarClass {
            guard scalar < 0x10000 else { return ScalarClass.computed(scalar) }
            return ScalarClass(rawValue: basicPlane[Int(scalar)]) ?? .other
        }
    }

    private static func computed(_ value: UInt32) -> ScalarClass {
        guard let scalar = UnicodeScalar(value) else { return .other }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return .letter
        case .decimalNumber, .letterNumber, .otherNumber: return .number
        default:
            if value == 0x0A || value == 0x0D { return .newline }
            return scalar.properties.isWhitespace ? .space : .other
        }
    }

    var isSpace: Bool { self == .space || self == .newline }

    /// \w of the tokenizer library: letters, marks, decimal digits, connectors and joiners.
    static func isWord(_ value: UInt32) -> Bool {
        guard let scalar = UnicodeScalar(value) else { return false }
        if scalar.properties.isAlphabetic || value == 0x200C || value == 0x200D { return true }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
        default: return false
        }
    }
}

/// Which letters a word of a cased pattern may begin and end with.
struct LetterCase: OptionSet, Sendable {
    let rawValue: UInt8
    /// `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`
    static let capital = LetterCase(rawValue: 1)
    /// `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`
    static let small = LetterCase(rawValue: 2)

    var isCapital: Bool { contains(.capital) }
    var isSmall: Bool { contains(.small) }

    private static let basicPlane: [UInt8] = (UInt32(0)..<0x10000).map { computed($0).rawValue }

    static func of(_ scalar: UInt32) -> LetterCase {
        scalar < 0x10000 ? LetterCase(rawValue: basicPlane[Int(scalar)]) : computed(scalar)
    }

    private static func computed(_ value: UInt32) -> LetterCase {
        switch UnicodeScalar(value)?.properties.generalCategory {
        case .uppercaseLetter, .titlecaseLetter: .capital
        case .lowercaseLetter: .small
        case .modifierLetter, .otherLetter, .nonspacingMark, .spacingMark, .enclosingMark: [.capital, .small]
        default: []
        }
    }
}
