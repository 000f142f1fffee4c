internal import QueryEngine
internal import QueryLanguage
internal import Terminal

/// Query files parsed, and type-checked where a store is given; nothing is run.
public struct QueryCheck {
    private let session: QuerySession?
    private let options: QuerySession.Options
    /// Diagnostics as JSON, one a line.
    public var isJSON: Bool
    /// Parameters that count as given.
    private let parameters: [String: Constant]

    /// Opens the store, if there is one to check against.
    public init(store: String?, parameterTexts: [String], isJSON: Bool) throws {
        parameters = try ParameterText.values(parameterTexts)
        options = QuerySession.Options(writes: false)
        session = try store.map { [options] in try QuerySession(store: $0, options: options) }
        self.isJSON = isJSON
    }

    /// What was found, as text for stdout (JSON) or stderr, and whether the file is sound.
    public func check(bytes: [UInt8], name: String) -> (text: String, isSound: Bool) {
        var found: QueryErrors
        var hasTypes = session != nil
        do throws(Diagnostic) {
            let source = try SourceText(name: name, bytes: bytes)
            let parsed = Parser.parse(source, files: QueryFiles())
            found = QueryErrors(source: parsed.source, diagnostics: parsed.diagnostics + NameCheck.errors(in: parsed))
            if let session {
                found = session.check(source, parameters: parameters)
            } else if let store = parsed.usedStore {
                hasTypes = true
                do {
                    found = try QuerySession(store: store, options: options).check(source, parameters: parameters)
                } catch {
                    let span = parsed.file.statements.first?.span ?? .none
                    found.diagnostics.append(
                        Diagnostic("cannot-use", span, "\(error)", help: "`--store` names another store"))
                }
            }
        } catch {
            found = QueryErrors(source: SourceText(name: name, text: ""), diagnostics: [error])
        }
        let (source, diagnostics) = (found.source, found.diagnostics.inOrder)
        let isSound = !diagnostics.contains { $0.severity == .error }
        if isJSON { return (diagnostics.map { $0.json(in: source) + "\n" }.joined(), isSound) }
        if diagnostics.isEmpty {
            let what = hasTypes ? "is sound" : "parses (with --store its types are checked too)"
            return ("\(Escape.visible(name)) \(what)\n", true)
        }
        return (ErrorText.text(diagnostics, in: source) + "\n", isSound)
    }
}
