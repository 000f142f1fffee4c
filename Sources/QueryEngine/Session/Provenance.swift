import QueryLanguage
import Store
import TensorFiles

/// What a saved value was made from, as the results file keeps it.
struct Provenance {
    var query: String
    var store: String
    var generation: Int?
    /// As JSON.
    var parameters: String
    var version: String
    /// A digest of the checked query.
    var plan: String
    /// Of the draws that the value rests on.
    var seeds: [Int]

    init(query: String, store: String, generation: Int, parameters: [String: Constant], plan node: PlanNode) {
        self.query = query
        self.store = store
        self.generation = generation
        self.parameters =
            "{"
            + parameters.sorted { $0.key < $1.key }
            .map { "\(JSONText.quoted($0.key)):\(JSONText.quoted($0.value.description))" }.joined(separator: ",") + "}"
        version = VarveVersion.text
        plan = node.digest
        seeds = node.seeds
    }

    /// Reads what is there: older versions wrote less.
    init(json: String) {
        let value = try? BoundedJSON.parse(Array(json.utf8), path: "provenance")
        func text(_ key: String) -> String { value?[key].flatMap { try? $0.string() } ?? "" }
        query = text("query")
        store = text("store")
        generation = value?["generation"].flatMap { try? $0.int() }
        parameters = value?["parameters"]?.sourceText ?? "{}"
        version = text("version")
        plan = text("plan")
        seeds = value?["seeds"].flatMap { try? $0.elements().map { try $0.int() } } ?? []
    }

    var json: String {
        "{\"query\":\(JSONText.quoted(query)),\"store\":\(JSONText.quoted(store)),\"generation\":\(generation ?? 0),"
            + "\"parameters\":\(parameters),\"version\":\(JSONText.quoted(version)),\"plan\":\(JSONText.quoted(plan)),\"seeds\":[\(seeds.map(String.init).joined(separator: ","))]}"
    }
}

extension PlanNode {
    /// The seeds of every draw below, given or standard, each once, in rising order.
    var seeds: [Int] {
        var found: Set<Int> = []
        var seen: Set<ObjectIdentifier> = []
        collectSeeds(&found, &seen)
        return found.sorted()
    }

    private func collectSeeds(_ found: inout Set<Int>, _ seen: inout Set<ObjectIdentifier>) {
        guard seen.insert(ObjectIdentifier(self)).inserted else { return }
        if case .verb(_, let arguments) = operation, let seed = arguments.int("seed") { found.insert(seed) }
        for input in inputs { input.collectSeeds(&found, &seen) }
    }

    /// Sixteen hexadecimal digits that depend on the steps, their arguments after `param` and `let`, and the types: two queries that
    /// are computed alike have the same, however they are written. FNV-1a over the steps, inputs first.
    var digest: String {
        var seen: [ObjectIdentifier: UInt64] = [:]
        let text = String(PlanNode.hash(self, &seen), radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }

    private static func hash(_ node: PlanNode, _ seen: inout [ObjectIdentifier: UInt64]) -> UInt64 {
        if let known = seen[ObjectIdentifier(node)] { return known }
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func mix(_ text: String) {
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            hash = (hash ^ 0xFF) &* 0x100_0000_01b3
        }
        for input in node.inputs { mix(String(PlanNode.hash(input, &seen), radix: 16)) }
        mix(node.type.description)
        mix(node.operation.canonicalText)
        seen[ObjectIdentifier(node)] = hash
        return hash
    }
}

extension PlanNode.Operation {
    /// The step with its arguments as they were bound, in the order of their names.
    fileprivate var canonicalText: String {
        switch self {
        case .constant(let value): "constant \(value)"
        case .captures(let grid): "captures " + grid.cells.map { "\($0.model)/\($0.dataset)" }.joined(separator: ",")
        case .site(let choice):
            "site " + choice.sites.map { "\($0)" }.joined(separator: ",") + (choice.tokenColumn ?? "")
        case .choose(let choices): "choose " + choices.map { "\($0.dim) \($0.kept)" }.joined(separator: ",")
        case .arithmetic(let op): "arithmetic \(op.rawValue)"
        case .negate: "negate"
        case .not: "not"
        case .sweep(let sweep): "sweep \(sweep.name)=\(sweep.labels.map(\.description).joined(separator: ","))"
        case .verb(let name, let arguments):
            name
                + arguments.values.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value.canonicalText)" }.joined()
        }
    }
}

extension BoundArguments.Value {
    fileprivate var canonicalText: String {
        switch self {
        case .constant(let value): value.description
        case .dims(let names): names.joined(separator: ",")
        case .column(let column): column.name
        case .predicate(let predicate): "\(predicate.canonicalText)"
        case .contrasts(let contrasts):
            contrasts.map { "\(SyntaxPrinter.quoted($0.negative)) vs \(SyntaxPrinter.quoted($0.positive))" }.joined(
                separator: ",")
        // It is among the node's inputs.
        case .node: "input"
        case .renamings(let pairs): pairs.map { "\($0.new)=\($0.old)" }.joined(separator: ",")
        }
    }
}

extension RowPredicate {
    fileprivate var canonicalText: String {
        switch self {
        case .compare(let column, let comparison, let value): "\(column.name) \(comparison.rawValue) \(value)"
        case .and(let a, let b): "(\(a.canonicalText) and \(b.canonicalText))"
        case .or(let a, let b): "(\(a.canonicalText) or \(b.canonicalText))"
        case .not(let inner): "not \(inner.canonicalText)"
        }
    }
}
