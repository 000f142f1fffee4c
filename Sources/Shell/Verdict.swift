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
    public static func text(_ diagnostics: [Diagnostic], in source: SourceText) -> String {
        DiagnosticRenderer { TextWidth.columns($0) }.text(diagnostics, in: source)
    }

    /// The text for people, and the verdict; nil verdict for errors that are not about the query.
    public static func describe(_ error: any Error, in source: SourceText) -> (text: String, verdict: Verdict?) {
        let renderer = DiagnosticRenderer { TextWidth.columns($0) }
        switch error {
        case let error as QueryErrors:
            return (renderer.text(error.diagnostics, in: error.source), .rejected)
        case let error as Diagnostic:
            return (renderer.text(error, in: source), .rejected)
        case let error as QueryFailure:
            return (renderer.text(error.diagnostic, in: error.source ?? source), .failed)
        case let error as AssertionFailure:
            let diagnostic = Diagnostic("assertion-failed", error.span, error.message)
            return (renderer.text(diagnostic, in: error.source ?? source), .assertionFailed)
        case let error as QueryInterruption: return (error.description, .interrupted)
        default:
            return ("error: " + Escape.lines(String(describing: error)), nil)
        }
    }
}
