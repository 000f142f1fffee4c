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
