internal import QueryEngine
public import QueryLanguage
internal import Terminal

/// How a command ended, by its exit code.
public enum Verdict: Int32, Error, Sendable {
    case ok = 0
    /// The query was right and could not be finished.
    case failed = 1
    /// The command line makes no sense.
    case usage = 2
    /// The query does not parse or type-check.
    case rejected = 3
    /// An `assert` did not hold.
    case assertionFailed = 4
    /// The store is missing or damaged.
    case storeUnusable = 5
    case interrupted = 130
}

/// What is said about an error of a query.
public enum ErrorText {
    /// Diagnostics for people.
    ///
    /// - Parameter width: columns of the screen: messages and mends are broken at words; nil for lines as they are
    public static func text(_ diagnostics: [Diagnostic], in source: SourceText, width: Int? = nil) -> String {
        diagnostics.inOrder.map { text($0, in: source, width) }.joined(separator: "\n\n")
    }

    private static func text(_ diagnostic: Diagnostic, in source: SourceText, _ width: Int?) -> String {
        guard let width else { return DiagnosticRenderer { TextWidth.columns($0) }.text(diagnostic, in: source) }
        let renderer = DiagnosticRenderer(width: min(120, width - 4)) { TextWidth.columns($0) }
        let lines = renderer.text(diagnostic, in: source).split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
        // The source line and its caret stand one above the other, and stay.
        let hasHelp = diagnostic.help != nil && lines.count > 1
        var out = TextWidth.wrapped(lines[0], to: width, next: "  ") + lines.dropFirst().dropLast(hasHelp ? 1 : 0)
        if hasHelp {
            let help = lines[lines.count - 1].drop { $0 == " " }
            out += TextWidth.wrapped(String(help), to: width, first: "  ", next: "    ")
        }
        return out.joined(separator: "\n")
    }

    /// The text for people, and the verdict; nil verdict for errors that are not about the query.
    public static func describe(
        _ error: any Error, in source: SourceText, width: Int? = nil
    ) -> (text: String, verdict: Verdict?) {
        switch error {
        case let error as QueryErrors:
            return (text(error.diagnostics, in: error.source, width: width), .rejected)
        case let error as Diagnostic:
            return (text(error, in: source, width), .rejected)
        case let error as QueryFailure:
            return (text(error.diagnostic, in: error.source ?? source, width), .failed)
        case let error as AssertionFailure:
            let diagnostic = Diagnostic("assertion-failed", error.span, error.message)
            return (text(diagnostic, in: error.source ?? source, width), .assertionFailed)
        case let error as QueryInterruption: return (error.description, .interrupted)
        default:
            return ("error: " + Escape.lines(String(describing: error)), nil)
        }
    }
}
