import QueryLanguage

/// The statements that one shown value needs, in their order, and nothing else.
///
/// Because the order stays, a name means in the slice what it meant in the session: the last statement before it that gave the name is
/// the last one in the slice too.
struct StatementSlice {
    /// Why there is none.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let log: StatementLog
    private var needed: Set<Int> = []
    /// How often each shown value is used by others.
    private var uses: [Int: Int] = [:]

    /// - Parameter target: the entry of the value
    init(_ log: StatementLog, of target: Int) throws(Failure) {
        self.log = log
        try need(target)
    }

    /// The slice as statements: the last one shows the value, values between have names.
    func statements(of target: Int) -> [Statement] {
        let order = needed.sorted()
        var inline: [Int: Expr] = [:]
        var names: [Int: String] = [:]
        var out: [Statement] = []
        for place in order {
            let entry = log.entries[place]
            let kind = Statement(entry.kind).rewritten { expr in
                guard case .lastResult(let used?) = expr.kind else { return nil }
                return inline[used] ?? names[used].map { Expr(.name($0)) }
            }.kind
            guard case .show(let value) = kind, place != target else {
                out.append(Statement(StatementSlice.given(kind, entry.given)))
                continue
            }
            if uses[place] == 1, let user = user(of: place), !isRenamed(value, between: place, and: user) {
                inline[place] = value
            } else {
                let name = freshName(place)
                names[place] = name
                out.append(Statement(.let(Name(name), value)))
            }
        }
        return out
    }

    /// A `param` with the value it had.
    private static func given(_ kind: Statement.Kind, _ value: Constant?) -> Statement.Kind {
        guard let value, case .param(let name, let type, _) = kind else { return kind }
        return .param(name, type: type, initial: Expr(value))
    }

    // MARK: - What is needed

    private mutating func need(_ place: Int) throws(Failure) {
        guard needed.insert(place).inserted else { return }
        let entry = log.entries[place]
        guard !entry.hasOpenResult else {
            throw Failure(
                description:
                    "a `def` that the value needs holds `_`, which is another value at every use; give that value a name with `let`"
            )
        }
        for uses in StatementSlice.expressions(entry).map({ NameUses($0) }) {
            for case let used? in uses.results {
                self.uses[used, default: 0] += 1
                try need(used)
            }
            try need(uses, at: place, in: entry)
        }
    }

    private mutating func need(_ uses: NameUses, at place: Int, in entry: StatementLog.Entry) throws(Failure) {
        var own: Set<String> = []
        if case .define(_, let parameters, _) = entry.kind { own = Set(parameters.map(\.text)) }
        // The body of a `def` means what its names mean where it is used: all of them are looked up from here.
        var (values, calls) = (uses.values.subtracting(own), uses.calls)
        if case .define = entry.kind { values = [] }
        var expanded: Set<Int> = []
        var waiting = Array(values.union(calls))
        var seen = Set(waiting)
        while let name = waiting.popLast() {
            for found in latest(name, before: place) {
                try need(found)
                guard case .define(_, let parameters, let body) = log.entries[found].kind,
                    expanded.insert(found).inserted
                else { continue }
                if case .define = entry.kind { continue }
                let inside = NameUses(body)
                values = inside.values.subtracting(parameters.map(\.text))
                calls = inside.calls
                for name in values.union(calls) where seen.insert(name).inserted { waiting.append(name) }
            }
        }
    }

    /// The last `let`, `param` and `def` of a name before a place: which of them is meant depends on where the name stands.
    private func latest(_ name: String, before place: Int) -> [Int] {
        var found: [Int: Int] = [:]
        for index in (0..<place).reversed() where found.count < 3 {
            guard let (given, rank) = StatementSlice.name(log.entries[index]), given == name, found[rank] == nil else {
                continue
            }
            found[rank] = index
        }
        return found.values.sorted()
    }

    private static func name(_ entry: StatementLog.Entry) -> (String, rank: Int)? {
        switch entry.kind {
        case .let(let name, _): (name.text, 0)
        case .param(let name, _, _): (name.text, 1)
        case .define(let name, _, _): (name.text, 2)
        default: nil
        }
    }

    private static func expressions(_ entry: StatementLog.Entry) -> [Expr] {
        switch entry.kind {
        case .let(_, let value), .define(_, _, let value), .assert(let value, _), .show(let value): [value]
        case .param(_, _, let initial): entry.given == nil ? [initial].compactMap { $0 } : []
        case .use, .include: []
        }
    }

    // MARK: - Values between

    private func user(of place: Int) -> Int? {
        needed.sorted().first { index in
            StatementSlice.expressions(log.entries[index]).contains { NameUses($0).results.contains(place) }
        }
    }

    /// Whether a name that a value needs got another meaning before the place where the value is used: then it can't be written there.
    private func isRenamed(_ value: Expr, between place: Int, and user: Int) -> Bool {
        let given = Set(log.entries[place..<user].compactMap { StatementSlice.name($0)?.0 })
        guard !given.isEmpty else { return false }
        let uses = NameUses(value)
        // The body of a `def` has names of its own.
        let callsDefinition = !uses.calls.union(uses.values).isDisjoint(with: definitions)
        return callsDefinition || !given.isDisjoint(with: uses.values.union(uses.calls))
    }

    private var definitions: Set<String> {
        Set(log.entries.compactMap { if case .define(let name, _, _) = $0.kind { name.text } else { nil } })
    }

    /// `result_3`, with more underscores where the session has such a name.
    private func freshName(_ place: Int) -> String {
        let taken = Set(log.entries.compactMap { StatementSlice.name($0)?.0 })
        let number = log.entries[...place].count { if case .show = $0.kind { true } else { false } }
        var name = "result_\(number)"
        while taken.contains(name) { name += "_" }
        return name
    }
}
