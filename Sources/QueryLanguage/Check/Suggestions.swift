extension Diagnostic {
    /// `there is no model "bose"`, with the closest name there is.
    static func unknown(
        _ what: String, _ name: String, among known: [String], at span: SourceSpan, code: String? = nil
    ) -> Diagnostic {
        let code = code ?? "unknown-" + what.replacing(" ", with: "-")
        let message = "there is no \(what) `\(name)`"
        if let close = closest(to: name, among: known) {
            var found = Diagnostic(code, span, message, help: "did you mean `\(close)`?", replacement: close)
            found.subject = name
            return found
        }
        let help: String
        if known.isEmpty {
            help = what.hasPrefix("`let`") ? "none is named before this line" : "there is none at all"
        } else {
            let shown = known.prefix(12).map { "`\($0)`" }.joined(separator: ", ")
            help = "there is \(shown)" + (known.count > 12 ? " and \(known.count - 12) more" : "")
        }
        var found = Diagnostic(code, span, message, help: help)
        found.subject = name
        return found
    }

    /// The same with its span on the very name that it is about, and a replacement that can stand there.
    ///
    /// A verb knows an argument only whole: in a list of names, or in `"a" vs "b"`, one of them is meant.
    func narrowed(in source: SourceText) -> Diagnostic {
        guard let subject else { return self }
        var copy = self
        let text = source[span]
        let forms = [
            (SyntaxPrinter.quoted(subject), true), ("'\(subject)'", true), (subject, false),
            (SyntaxPrinter.name(subject), false),
        ]
        for (written, isText) in forms {
            guard let place = text.firstRange(of: written),
                isText || place.lowerBound == text.startIndex && place.upperBound == text.endIndex
            else { continue }
            let start = span.start + text[..<place.lowerBound].utf8.count
            copy.span = SourceSpan(start, start + written.utf8.count)
            copy.replacement = replacement.map { isText ? SyntaxPrinter.quoted($0) : SyntaxPrinter.name($0) }
            return copy
        }
        if text == "@" + subject, code == "unknown-name" {
            copy.replacement = replacement.map { "@" + $0 }
            return copy
        }
        // The name came out of a `param` or `let`: nothing here can be replaced.
        copy.replacement = nil
        return copy
    }

    /// The same about a text that stands in quotes in the query: under its very word, where no character of it is written as another.
    func inside(_ text: String, writtenAt span: SourceSpan) -> Diagnostic {
        var copy = self
        if span.end - span.start == text.utf8.count + 2, self.span != .none {
            copy.span = self.span.shifted(by: span.start + 1)
        } else {
            copy.span = span
            copy.subject = nil
            copy.replacement = nil
        }
        return copy
    }

    /// What is wrong with a SELECT, in SQLite's words: names that are not there get the nearest that is.
    ///
    /// - Parameters:
    ///   - offset: first byte of the text that it is about
    ///   - tables: the columns that there are, by table
    /// - Returns: its span counts in the text
    public static func sql(
        _ message: String, in text: String, offset: Int?, tables: [String: [String]]
    ) -> Diagnostic {
        func span(_ word: String) -> SourceSpan {
            let bytes = Array(text.utf8)
            let wanted = Array(word.utf8)
            let start = offset ?? (0...max(0, bytes.count - wanted.count)).first { bytes[$0...].starts(with: wanted) }
            guard let start, bytes[min(start, bytes.count)...].starts(with: wanted) else { return .none }
            return SourceSpan(start, start + wanted.count)
        }
        if let name = named("no such column: ", in: message) {
            let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            let column = parts.last ?? name
            let words = text.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map { $0.lowercased() }
            let used = tables.filter { words.contains($0.key.lowercased()) }
            var known: [String] = []
            for name in (used.isEmpty ? tables : used).sorted(by: { $0.key < $1.key }).flatMap(\.value)
            where !known.contains(name) { known.append(name) }
            var place = span(name)
            if place != .none { place = SourceSpan(place.end - column.utf8.count, place.end) }
            return unknown("column", column, among: known, at: place)
        }
        if let name = named("no such table: ", in: message) {
            return unknown("table", name, among: tables.keys.sorted(), at: span(name))
        }
        var place = SourceSpan.none
        if let word = message.split(separator: "\"").dropFirst().first, message.hasPrefix("near \"") {
            place = span(String(word))
        }
        return Diagnostic(
            "sql", place, "SQL: \(message)", help: "`sql` takes one SELECT in SQLite's dialect over the catalogue")
    }

    private static func named(_ opening: String, in message: String) -> String? {
        message.hasPrefix(opening) ? String(message.dropFirst(opening.count)) : nil
    }

    /// Of an error that another one brings about; it is not shown.
    static let follows = "follows-from-another-error"

    /// The nearest known name, where it is near enough to be meant.
    public static func closest(to name: String, among known: [String]) -> String? {
        let wanted = Array(name.lowercased().unicodeScalars)
        var best: (name: String, distance: Int)?
        for candidate in known {
            let distance = editDistance(wanted, Array(candidate.lowercased().unicodeScalars))
            if distance < best?.distance ?? Int.max { best = (candidate, distance) }
        }
        // A single wrong letter in a single-letter name shares nothing with it.
        guard let best, best.distance <= max(1, wanted.count / 3), best.distance < wanted.count else { return nil }
        return best.name
    }

    /// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). O(n·m).
    static func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        guard !a.isEmpty, !b.isEmpty, a.count < 200, b.count < 200 else { return max(a.count, b.count) }
        var before = [Int](repeating: 0, count: b.count + 1)
        var previous = Array(0...b.count)
        for i in 1...a.count {
            var current = [i] + [Int](repeating: 0, count: b.count)
            for j in 1...b.count {
                let change = a[i - 1] == b[j - 1] ? 0 : 1
                current[j] = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + change)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    current[j] = min(current[j], before[j - 2] + 1)
                }
            }
            before = previous
            previous = current
        }
        return previous[b.count]
    }

    /// `a, b, c` of labels, for help lines.
    static func list(_ labels: [Label]?) -> String {
        guard let labels else { return "unknown entries" }
        let shown = labels.prefix(12).map(\.description).joined(separator: ", ")
        return labels.count > 12 ? shown + ", … (\(labels.count))" : shown
    }
}
