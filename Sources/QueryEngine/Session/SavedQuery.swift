import Foundation
import QueryLanguage
import Store

/// Why a value has no file that repeats it.
public struct SavedQueryFailure: Error, Sendable, CustomStringConvertible {
    public let description: String
}

// The text that repeats a shown value.

extension QuerySession {
    /// The number of the value shown last; nil before the first.
    public var lastResult: Int? { scope.lastResult }

    /// The smallest file that shows a value of this session again, to the same bytes: the `let`, `param` and `def` lines it rests on,
    /// parameters with the values they had, the store by its way from the file.
    ///
    /// - Parameters:
    ///   - number: of the value; nil for the last
    ///   - path: where the file is going to be
    public func savedQuery(_ number: Int? = nil, at path: String) throws(SavedQueryFailure) -> String {
        guard let number = number ?? scope.lastResult else {
            throw SavedQueryFailure(description: "there is no result yet")
        }
        guard let place = log.entry(ofResult: number), let node = scope.results[number] else {
            throw SavedQueryFailure(
                description: "there is no result _\(number); the last is _\(scope.lastResult ?? 0)")
        }
        let statements = try slice(place)
        try check(statements, repeat: node, number)
        let folder = QuerySession.folder(of: path)
        let file = QueryFile(
            description: [
                "\(node.type): result \(number) of a session with varve \(VarveVersion.text)",
                "on store \(snapshot.storeID), generation \(snapshot.generation).",
            ],
            statements: [Statement(.use(QuerySession.way(to: snapshot.path, from: folder)))]
                + statements.map { QuerySession.moved($0, to: folder) })
        return try QuerySession.laidOut(file)
    }

    /// Writes that file; one that is there is not written over.
    public func save(_ number: Int? = nil, to path: String) throws(SavedQueryFailure) {
        try QuerySession.write(try savedQuery(number, at: path), to: path)
    }

    static func write(_ text: String, to path: String) throws(SavedQueryFailure) {
        let url = URL(fileURLWithPath: path)
        guard (try? url.checkResourceIsReachable()) != true else {
            throw SavedQueryFailure(description: "\(path) is there already; choose another name")
        }
        do {
            try Data(text.utf8).write(to: url, options: [.atomic])
        } catch {
            throw SavedQueryFailure(description: "\(path) can't be written: \(error.localizedDescription)")
        }
    }

    /// The lines that a shown value rests on, without the store, and the names of their parameters.
    func origin(of place: Int, statement text: String) -> (query: String, parameters: Set<String>?) {
        guard let statements = try? slice(place),
            let laid = try? QuerySession.laidOut(QueryFile(statements: statements))
        else { return (text, nil) }
        let names = statements.compactMap { if case .param(let name, _, _) = $0.kind { name.text } else { nil } }
        return (String(laid.dropLast()), Set(names))
    }

    func slice(_ place: Int) throws(SavedQueryFailure) -> [Statement] {
        do throws(StatementSlice.Failure) {
            return try StatementSlice(log, of: place).statements(of: place)
        } catch {
            throw SavedQueryFailure(description: error.description)
        }
    }

    /// Makes sure that the lines alone come to the same plan.
    private func check(_ statements: [Statement], repeat node: PlanNode, _ number: Int) throws(SavedQueryFailure) {
        let source = SourceText(name: "query", text: SyntaxPrinter.text(QueryFile(statements: statements)))
        let parsed = Parser.parse(source)
        guard let vocabulary = try? vocabulary else {
            throw SavedQueryFailure(description: "the catalogue of the store can't be read")
        }
        var checker = TypeChecker(vocabulary: vocabulary, source: source)
        let outcome = checker.check(parsed)
        if let first = outcome.diagnostics.first {
            throw SavedQueryFailure(description: "_\(number) can't be written as a file of its own: \(first.message)")
        }
        guard case .show(let again)? = outcome.statements.last?.kind, again.digest == node.digest else {
            throw SavedQueryFailure(
                description:
                    "_\(number) can't be written as a file of its own: the names it rests on mean something else now")
        }
    }

    static func laidOut(_ file: QueryFile) throws(SavedQueryFailure) -> String {
        do throws(Diagnostic) {
            return try QueryFormatter.format(SourceText(name: "query", text: SyntaxPrinter.text(file)))
        } catch {
            throw SavedQueryFailure(description: error.message)
        }
    }

    // MARK: - Paths

    /// `read` counts from the folder of the file.
    ///
    /// - Parameter file: the one that the statement stands in; none for the current folder
    static func moved(_ statement: Statement, to folder: String, from file: String = "") -> Statement {
        statement.rewritten({ _ in nil }) { name, arguments, _ in
            guard name.text == "read", var first = arguments.first, case .string(let path) = first.value.kind,
                !path.hasPrefix("/")
            else { return arguments }
            first.value = Expr(.string(way(to: QueryFiles.path(of: path, from: file), from: folder)))
            return [first] + arguments.dropFirst()
        }
    }

    static func folder(of path: String) -> String {
        URL(fileURLWithPath: path).deletingLastPathComponent().standardizedFileURL.path
    }

    /// The path of a file seen from a folder: relative, so that both can move together.
    static func way(to path: String, from folder: String) -> String {
        let target = URL(fileURLWithPath: path).standardizedFileURL.pathComponents
        let start = URL(fileURLWithPath: folder).standardizedFileURL.pathComponents
        let shared = zip(target, start).prefix { $0 == $1 }.count
        // Nothing but the root in common: the relative way would say less than the path itself.
        guard shared > 1 else { return "/" + target.dropFirst().joined(separator: "/") }
        let steps = Array(repeating: "..", count: start.count - shared) + target.dropFirst(shared)
        return steps.isEmpty ? "." : steps.joined(separator: "/")
    }
}
