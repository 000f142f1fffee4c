internal import QueryEngine
internal import QueryLanguage

/// A text for the shell that comes from a file or a pipe: queries, and commands of the shell between them.
///
/// The queries between two commands are one text, as in a file that `varve run` runs: a line that begins with `|` or `.` goes on with the
/// statement above it, and all of them are checked before the first is run.
struct ShellScript {
    enum Part: Hashable {
        /// Statements, behind as many line ends as there are lines above them, so that errors name the lines of the script.
        case queries(String)
        case command(String)
    }

    let parts: [Part]

    init(_ text: String) {
        var parts: [Part] = []
        var pending: [Substring] = []
        var first = 0
        func flush(_ next: Int) {
            if !pending.allSatisfy({ $0.allSatisfy(\.isWhitespace) }) {
                parts.append(.queries(String(repeating: "\n", count: first) + pending.joined(separator: "\n")))
            }
            (pending, first) = ([], next)
        }
        for (place, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            // What looks like a command inside brackets is none.
            guard MetaCommand(line) != nil, !Parser.needsMore(pending.joined(separator: "\n")) else {
                pending.append(line)
                continue
            }
            flush(place + 1)
            parts.append(.command(String(line)))
        }
        flush(0)
        self.parts = parts
    }
}

extension Repl {
    /// Runs a script up to its end, to `.quit` or to the first error, as `varve run` runs a file: answers say neither numbers nor times
    /// (`.timer on` has them do so), and are not listed for later sessions.
    ///
    /// - Parameters:
    ///   - bytes: of the script
    ///   - name: what errors call it
    ///   - write: gets what each part of it brought, in order
    /// - Returns: how it ended
    /// - Throws: what is not about the script, such as damage in the store, or what `write` throws
    public func run(script bytes: [UInt8], name: String, write: (Reply) throws -> Void) throws -> Verdict {
        let source: SourceText
        do throws(Diagnostic) {
            source = try SourceText(name: name, bytes: bytes)
        } catch {
            try write(Reply(messages: ErrorText.text([error], in: SourceText(name: name, text: "")) + "\n"))
            return .rejected
        }
        answers.tellsWork = false
        session.keepsLog = false
        isScript = true
        defer { isScript = false }
        for part in ShellScript(source.text).parts {
            let reply =
                switch part {
                case .command(let line): take(entry: line)
                case .queries(let text): run(SourceText(name: name, text: text))
                }
            if let error = takeForeignError() {
                try write(Reply(output: reply.output))
                throw error
            }
            try write(reply)
            if reply.isOver || reply.verdict != .ok { return reply.verdict }
        }
        return .ok
    }
}
