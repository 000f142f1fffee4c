import Foundation
public import QueryLanguage
import Store

// Values shown at a prompt, written down for later sessions.

extension QuerySession {
    /// Writes a shown value down, where this session does: its lines alone must say what it is.
    func writeDown(_ shown: ShownValue, _ node: PlanNode, place: Int) {
        guard options.keepsLog, shown.layout != .quiet, !node.isAboutQueries, let statements = try? slice(place),
            let laid = try? QuerySession.laidOut(
                QueryFile(statements: statements.map { QuerySession.moved($0, to: resultLog.folder) }))
        else { return }
        let names = Set(shown.context.parameters.map(\.0))
        let path = resultLog.append(
            type: shown.type.description, at: Int(Date().timeIntervalSince1970),
            Provenance(
                query: String(laid.dropLast()), store: snapshot.storeID, generation: snapshot.generation,
                parameters: scope.params.filter { names.contains($0.key) }, plan: node))
        guard path != resultLog.paths.first, !hasToldLog else { return }
        hasToldLog = true
        logNotice =
            path.map { "nothing can be written beside the store: what is shown is listed in \($0)" }
            ?? "nothing can be written beside the store: what is shown is not listed in `results`"
    }

    /// What there is to say, once, about where shown values are written down.
    public func takeLogNotice() -> String? {
        defer { logNotice = nil }
        return logNotice
    }

    /// The lines that show a value of an earlier session again; nil where there is none of that number.
    ///
    /// - Throws: where the file beside the store holds other lines than a session writes
    public func loggedQuery(_ number: Int) throws(SavedQueryFailure) -> SourceText? {
        guard let entry = resultLog.list().last(where: { $0.number == number }) else { return nil }
        let source = SourceText(name: "\(resultLog.folder)/@\(number)", text: entry.provenance.query)
        let file = Parser.parse(source).file
        let isPlain = file.statements.allSatisfy { statement in
            switch statement.kind {
            case .use, .include: false
            default: true
            }
        }
        guard isPlain, source.utf8.count <= ResultLog.lineLimit else {
            throw SavedQueryFailure(description: "@\(number) holds lines that no session writes; it is not run")
        }
        return source
    }

    /// Writes the file that shows a value of an earlier session again; one that is there is not written over.
    public func save(logged number: Int, to path: String) throws(SavedQueryFailure) {
        guard let source = try loggedQuery(number) else {
            throw SavedQueryFailure(description: "there is no result @\(number): `.results` lists them")
        }
        let complaints = check(source)
        if let first = complaints.diagnostics.first {
            throw SavedQueryFailure(description: "@\(number) does not fit this store as it is now: \(first.message)")
        }
        let folder = QuerySession.folder(of: path)
        let statements = Parser.parse(source).file.statements.map { statement in
            QuerySession.moved(statement, to: folder, from: source.name)
        }
        let file = QueryFile(
            description: ["result @\(number) of a session on store \(snapshot.storeID), shown again."],
            statements: [Statement(.use(QuerySession.way(to: snapshot.path, from: folder)))]
                + statements)
        try QuerySession.write(try QuerySession.laidOut(file), to: path)
    }
}

extension PlanNode {
    /// Whether the value is about queries or results rather than about what is stored.
    fileprivate var isAboutQueries: Bool {
        guard case .verb(let name, _) = operation else { return false }
        return ["explain", "results"].contains(name) || inputs.first?.isAboutQueries == true
    }
}
