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
        var open: [String] = []
        var hasTypes = session != nil
        do throws(Diagnostic) {
            let source = try SourceText(name: name, bytes: bytes)
            let parsed = Parser.parse(source, files: QueryFiles())
            found = QueryErrors(source: parsed.source, diagnostics: parsed.diagnostics + NameCheck.errors(in: parsed))
            if let session {
                (found, open) = errors(in: source, parsed, session)
            } else if let store = parsed.usedStore {
                hasTypes = true
                do {
                    (found, open) = errors(in: source, parsed, try QuerySession(store: store, options: options))
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
            let names = open.map { "`\(Escape.visible($0))`" }.joined(separator: ", ")
            let limit =
                open.isEmpty
                ? ""
                : " as far as it does not depend on \(names) (--param \(Escape.visible(open[0]))=… checks that too)"
            let what = hasTypes ? "is sound" + limit : "parses (with --store its types are checked too)"
            return ("\(Escape.visible(name)) \(what)\n", true)
        }
        return (ErrorText.text(diagnostics, in: source) + "\n", isSound)
    }

    /// What is wrong whatever the parameters that must be given will be, and those of them that nothing is known about. Where the type of
    /// one is declared as numbers or true and false, some value of it has to fit; what depends on any other is left to the run.
    private func errors(
        in source: SourceText, _ parsed: Parser.Output, _ session: QuerySession
    ) -> (found: QueryErrors, open: [String]) {
        var given = parameters
        var open: [String] = []
        func check() -> QueryErrors {
            var found = session.check(source, parameters: given)
            // What uses such a parameter is no second error: the checker says nothing about it.
            found.diagnostics.removeAll { $0.code == "parameter-missing" }
            return found
        }
        let found = check()
        guard found.isEmpty else { return (found, []) }
        for statement in parsed.file.statements {
            guard case .param(let name, let type, nil) = statement.kind, parameters[name.text] == nil else { continue }
            var why: QueryErrors?
            for value in QueryCheck.values(of: type?.text ?? "") {
                // One that fits stays while the next parameter is tried; where none does, the first says why.
                given[name.text] = value
                let now = check()
                if now.isEmpty {
                    why = nil
                    break
                }
                if why == nil { why = now }
            }
            if let why { return (why, []) }
            if given[name.text] == nil { open.append(name.text) }
        }
        return (found, open)
    }

    /// Values of a type that stand for all of them: numbers small enough to be layers, counts and shares.
    private static func values(of type: String) -> [Constant] {
        switch type {
        case "int": [1, 2, 5, 10, 0].map { .int($0) } + (3...64).map { .int($0) }
        case "float", "number":
            [0.5, 1, 2, 0.01, 10, 0].map { .double($0) } + (type == "float" ? [] : values(of: "int"))
        case "bool": [.bool(true), .bool(false)]
        default: []
        }
    }
}
