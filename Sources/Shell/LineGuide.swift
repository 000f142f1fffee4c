internal import QueryLanguage
public import Terminal

/// What the shell knows about a half-typed entry: its colours, and whether Enter may run it.
public enum LineGuide {
    /// Whether an entry can run as it stands: nothing is open, or its last line is blank.
    public static func isComplete(_ text: String) -> Bool {
        let trimmed = text.drop { $0 == " " || $0 == "\t" || $0 == "\n" }
        if trimmed.isEmpty || MetaCommand(trimmed) != nil { return true }
        if let last = text.split(separator: "\n", omittingEmptySubsequences: false).last, text.contains("\n"),
            last.allSatisfy(\.isWhitespace)
        {
            return true
        }
        return !Parser.needsMore(text)
    }

    /// Colours by what a word is: verbs and sites, strings, numbers, keywords, comments; a bracket that nothing closes stands out.
    public static func colours(_ text: String) -> [LineView.Colour] {
        let source = SourceText(name: "", text: text)
        let places = CharacterPlaces(text)
        let tokens = Lexer.read(source).tokens
        var colours: [LineView.Colour] = []
        var open: [Range<Int>] = []
        for (index, token) in tokens.enumerated() where !token.isSynthetic {
            let range = places.characters(token.span.start..<token.span.end)
            switch token.kind {
            case .string: colours.append(.init(range, "32"))
            case .integer, .float: colours.append(.init(range, "36"))
            case .keyword: colours.append(.init(range, "35"))
            case .lastResult: colours.append(.init(range, "36"))
            case .name(let name):
                let isCalled = index + 1 < tokens.count && tokens[index + 1].kind == .mark(.openRound)
                let follows = index > 0 && tokens[index - 1].kind == .mark(.pipe)
                if isCalled || follows { colours.append(.init(range, VerbTable.verb(name) == nil ? "31" : "1;34")) }
            case .mark(.openRound), .mark(.openSquare): open.append(range)
            case .mark(.closeRound), .mark(.closeSquare):
                if open.popLast() == nil { colours.append(.init(range, "1;31")) }
            case .invalid: colours.append(.init(range, "31"))
            case .mark, .newline, .end: break
            }
        }
        for range in open { colours.append(.init(range, "1;33")) }
        return colours + comments(text, tokens, places)
    }

    private static func comments(_ text: String, _ tokens: [Token], _ places: CharacterPlaces) -> [LineView.Colour] {
        // What no token covers and begins with `#` is a comment, up to its line's end.
        var covered = tokens.map { $0.span.start..<$0.span.end }.makeIterator()
        var next = covered.next()
        var colours: [LineView.Colour] = []
        let bytes = Array(text.utf8)
        var place = 0
        while place < bytes.count {
            while let span = next, span.upperBound <= place { next = covered.next() }
            if let span = next, span.contains(place) {
                place = span.upperBound
            } else if bytes[place] == UInt8(ascii: "#") {
                let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
                colours.append(.init(places.characters(place..<end), "2"))
                place = end
            } else {
                place += 1
            }
        }
        return colours
    }
}

/// Byte offsets of a text as numbers of characters.
struct CharacterPlaces {
    /// For each byte the character it belongs to, and the number of characters at the end.
    private var places: [Int] = []

    init(_ text: String) {
        places.reserveCapacity(text.utf8.count + 1)
        var number = 0
        for character in text {
            for _ in 0..<character.utf8.count { places.append(number) }
            number += 1
        }
        places.append(number)
    }

    func characters(_ bytes: Range<Int>) -> Range<Int> {
        let low = places[min(max(0, bytes.lowerBound), places.count - 1)]
        let high = places[min(max(0, bytes.upperBound), places.count - 1)]
        return low..<max(low, high)
    }
}
