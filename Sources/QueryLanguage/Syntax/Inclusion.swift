/// Where `include` finds its files: the language reads none itself.
public protocol SourceFiles: Sendable {
    /// The file that is meant by `path` in the file (or typed text) of that name. Relative paths begin at the folder of the file.
    ///
    /// - Throws: a diagnostic without a span.
    func file(_ path: String, from name: String) throws(Diagnostic) -> SourceText

    /// What is the same for one file however it is named; nil for a text that was typed.
    func identity(of name: String) -> String?
}

extension Parser {
    /// Reads a whole text with everything it includes: each file once, its statements in the place of the first `include`.
    ///
    /// - Parameter earlier: the entries of a conversation that names may come from; the text is put behind them
    public static func parse(
        _ source: SourceText, behind earlier: SourceText? = nil, files: any SourceFiles
    ) -> Output {
        let (whole, base) = earlier.map { $0.appending(source) } ?? (source, 0)
        var inclusion = Inclusion(files: files, whole: whole)
        let output = inclusion.read(source, at: base)
        return Output(
            file: output, diagnostics: inclusion.diagnostics.inOrder, source: inclusion.whole,
            broken: inclusion.broken, lacksNames: inclusion.lacksNames)
    }
}

/// Puts the statements of included files into the place of their `include`.
private struct Inclusion {
    /// Most files that one text brings in, and most bytes of all of them.
    static let maximumFiles = 100
    static let maximumBytes = 8 << 20

    let files: any SourceFiles
    var whole: SourceText
    var diagnostics: [Diagnostic] = []
    var broken: Set<String> = []
    var lacksNames = false
    /// Identities of the files that are being read, the outermost first.
    private var open: [(identity: String, name: String)] = []
    private var done: Set<String> = []
    private var bytes = 0

    init(files: any SourceFiles, whole: SourceText) {
        self.files = files
        self.whole = whole
    }

    mutating func read(_ part: SourceText, at base: Int) -> QueryFile {
        let identity = files.identity(of: part.name)
        if let identity { open.append((identity, part.name)) }
        defer { if identity != nil { open.removeLast() } }
        let output = Parser.parse(part, at: base, of: whole)
        diagnostics += output.diagnostics
        broken.formUnion(output.broken)
        var file = output.file
        file.statements = []
        for statement in output.file.statements {
            guard case .include(let path) = statement.kind else {
                file.statements.append(statement)
                continue
            }
            do throws(Diagnostic) {
                file.statements += try statements(of: path, from: part.name)
            } catch {
                var error = error
                error.span = statement.span
                diagnostics.append(error)
                lacksNames = true
            }
        }
        return file
    }

    private mutating func statements(of path: String, from name: String) throws(Diagnostic) -> [Statement] {
        let found = try files.file(path, from: name)
        let identity = files.identity(of: found.name) ?? found.name
        if let place = open.firstIndex(where: { $0.identity == identity }) {
            let way = (open[place...].map(\.name) + [found.name]).map { "`\($0)`" }.joined(separator: " includes ")
            throw Diagnostic(
                "include-cycle", .none, way, help: "put what both files need into a third one, and include that")
        }
        guard !done.contains(identity) else { return [] }
        done.insert(identity)
        bytes += found.utf8.count
        guard done.count <= Inclusion.maximumFiles, bytes <= Inclusion.maximumBytes else {
            throw Diagnostic(
                "too-many-includes", .none,
                "a query includes at most \(Inclusion.maximumFiles) files of \(Inclusion.maximumBytes >> 20) MiB together",
                help: "leave out what is not used")
        }
        let (joined, base) = whole.appending(found)
        whole = joined
        return read(found, at: base).statements
    }
}
