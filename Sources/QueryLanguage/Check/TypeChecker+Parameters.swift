extension TypeChecker {
    /// The words that a `param` may be declared with.
    private static let typeNames = ["int", "float", "number", "str", "string", "bool", "list"]

    /// The value of a `param`: what was given from outside, else its default.
    func parameter(_ name: Name, type: Name?, initial: Expr?) throws(Diagnostic) -> Constant {
        var value: Constant?
        if let initial { value = try constant(initial) }
        let standard = value
        if let type, !TypeChecker.typeNames.contains(type.text) {
            throw .unknown("type", type.text, among: TypeChecker.typeNames, at: type.span)
        }
        if let outside = given[name.text] { value = outside }
        guard var value else {
            throw Diagnostic(
                "parameter-missing", name.span, "`\(name.text)` must be given",
                help: "run with `--param \(name.text)=…`")
        }
        // `--param seed=42` of a text is the text "42".
        if case .string = standard, value.number != nil { value = .string(value.description) }
        if let type {
            guard value.fits(type.text) else {
                throw Diagnostic(
                    "wrong-parameter", given[name.text] == nil ? initial?.span ?? name.span : name.span,
                    "`\(name.text)` is declared \(type.text), and \(value) is \(value.kindName)",
                    help: "types are int, float, str, bool and list; a list of a type sweeps")
            }
        } else if let standard, given[name.text] != nil, let wanted = standard.typeName, !value.fits(wanted) {
            throw Diagnostic(
                "wrong-parameter", name.span,
                "`\(name.text)` is \(standard.kindName) (\(standard) if not given), and \(value) is \(value.kindName)",
                help: "run with `--param \(name.text)=\(standard)`")
        }
        return value
    }
}

extension Constant {
    /// Whether it is of that type, or a list of it, which sweeps.
    fileprivate func fits(_ type: String) -> Bool {
        if case .list(let items) = self, type != "list" { return items.allSatisfy { $0.fits(type) } }
        switch (type, self) {
        case ("int", .int), ("str", .string), ("string", .string), ("bool", .bool), ("list", .list): return true
        case ("float", .int), ("float", .double), ("number", .int), ("number", .double): return true
        default: return false
        }
    }

    /// The type that a default says without a word; nil where anything may be given in its place.
    fileprivate var typeName: String? {
        switch self {
        case .int, .double: "number"
        case .bool: "bool"
        case .none, .string, .list: nil
        }
    }
}
