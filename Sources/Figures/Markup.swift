internal import Terminal

/// XML text, element by element. Whatever comes from outside goes through `text` or an attribute, and so through `Escape`.
struct Markup {
    private(set) var out = ""
    private var open: [String] = []

    /// A text as it may stand in a document: what steers or is forbidden is made visible, marks are entities.
    static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in Escape.visible(text).unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            // No character of XML 1.0.
            case "\u{FFFE}", "\u{FFFF}": out += "\\u{\(String(scalar.value, radix: 16))}"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    mutating func begin(_ name: String, _ attributes: [(String, String)] = []) {
        out += "<" + name + Markup.text(attributes) + ">\n"
        open.append(name)
    }

    mutating func end() {
        guard let name = open.popLast() else { return }
        out += "</\(name)>\n"
    }

    /// An element without content, or with a text (and a hint that a pointer over it shows).
    mutating func element(
        _ name: String, _ attributes: [(String, String)] = [], text: String? = nil, hint: String? = nil
    ) {
        out += "<" + name + Markup.text(attributes)
        guard text != nil || hint != nil else {
            out += "/>\n"
            return
        }
        out += ">"
        if let hint { out += "<title>" + Markup.escaped(hint) + "</title>" }
        if let text { out += Markup.escaped(text) }
        out += "</\(name)>\n"
    }

    /// Finished markup, or a text that is part of the format.
    mutating func raw(_ text: String) { out += text }

    private static func text(_ attributes: [(String, String)]) -> String {
        attributes.map { " \($0.0)=\"\(escaped($0.1))\"" }.joined()
    }
}

/// How wide a text is at most in a sans-serif face: no font is at hand, and every reader has another, so the widest of the usual counts.
enum FontWidth {
    /// In pixels at a size.
    static func of(_ text: String, size: Double) -> Double {
        var width = 0.0
        for character in text { width += share(character) }
        return width * size
    }

    private static func share(_ character: Character) -> Double {
        if TextWidth.columns(character) > 1 { return 1.1 }
        switch character {
        case "i", "j", "l", ".", ",", ":", ";", "'", "|", "!", " ", "I", "·": return 0.35
        case "f", "t", "r", "(", ")", "[", "]", "-", "/", "\\", "\"", "`": return 0.42
        case "m", "w", "M", "W", "%", "@", "—", "…": return 1.0
        case "A"..."Z", "&", "+", "=", "<", ">", "~", "±": return 0.75
        default: return 0.64
        }
    }

    /// The beginning that fits, with `…`.
    static func truncated(_ text: String, to width: Double, size: Double) -> String {
        guard of(text, size: size) > width else { return text }
        var out = ""
        var used = of("…", size: size)
        for character in text {
            used += share(character) * size
            if used > width { break }
            out.append(character)
        }
        return out + "…"
    }
}
