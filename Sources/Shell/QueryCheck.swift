internal import QueryEngine
internal import QueryLanguage
internal import Terminal

/// Query files parsed, and type-checked where a store is given; nothing is run.
public struct QueryCheck {
    private let session: QuerySession?
    /// Diagnostics as JSON, one a line.
    public var isJSON: Bool
    /// Parameters that count as given.
    private let parameters: [String: Constant]

    /// Opens the store, if there is one to check against.
    public init(store: String?, parameterTexts: [String], isJSON: Bool) throws {
        parameters = try ParameterText.values(parameterTexts)
        session = try store.map { try QuerySession(store: $0, options: QuerySession.Options(writes: false)) }
        self.isJSON = isJSON
    }

    /// What was found, as text for stdout (JSON) or stderr, and whether the file is sound.
    public func check(bytes: [UInt8], name: String) -> (text: String, isSound: Bool) {
        let source: SourceText
        let diagnostics: [Diagnostic]
        do throws(Diagnostic) {
            source = try SourceText(name: name, bytes: bytes)
            diagnostics = session?.check(source, parameters: parameters) ?? Parser.parse(source).diagnostics
        } catch {
            source = SourceText(name: name, text: "")
            diagnostics = [error]
        }
        let isSound = !diagnostics.contains { $0.severity == .error }
        if isJSON { return (diagnostics.map { $0.json(in: source) + "\n" }.joined(), isSound) }
        if diagnostics.isEmpty {
            let what = session == nil ? "parses (with --store its types are checked too)" : "is sound"
            return ("\(Escape.visible(name)) \(what)\n", true)
        }
        return (ErrorText.text(diagnostics, in: source) + "\n", isSound)
    }
}
