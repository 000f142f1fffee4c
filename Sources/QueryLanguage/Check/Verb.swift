/// How a verb runs, as `explain` prints it.
public enum VerbKind: String, Sendable, Hashable {
    /// Gives rows without reading more than the catalogue.
    case source
    /// Inside a chunk, row by row.
    case map
    /// A partial state per chunk, merged in chunk order.
    case merge
    /// A small pooled matrix in memory.
    case gather
    /// A solver; one task per layer × C × split.
    case iterate
    /// Shows or writes a value.
    case output
}

/// One parameter of a verb.
public struct Parameter: Sendable {
    /// What may be written for it.
    public enum Kind: Sendable {
        case integer, number, string, boolean
        /// One whole number, or a list that sweeps.
        case integers
        /// One number, or a list that sweeps.
        case numbers
        /// One string or a list of them.
        case strings
        /// One of these words, as a string or a bare word.
        case choice([String])
        /// One of these words, or a number.
        case choiceOrNumber([String])
        /// One of these words, or a column.
        case choiceOrColumn([String])
        /// A dimension of the value on the left, by bare name.
        case dimension
        /// A column of the prompt or token table (or of the table on the left), by bare name.
        case column
        /// A condition on columns.
        case predicate
        /// `A vs B`, or a list of those.
        case contrasts
        /// Another value.
        case value
        /// `new=old`, any number of them: bare names of dimensions or columns.
        case renaming
    }

    public var name: String
    public var kind: Kind
    /// What it is when not given; `.none` for nothing.
    public var standard: Constant
    public var isRequired: Bool
    /// Takes all remaining positional arguments.
    public var isVariadic: Bool
    /// Whether a list in the place of one value sweeps, and adds a dimension with the parameter's name.
    public private(set) var sweeps: Bool
    /// Whether each of its values keeps rows of its own.
    private(set) var choosesRows = false

    public init(
        _ name: String, _ kind: Kind, standard: Constant = .none, isRequired: Bool = false, isVariadic: Bool = false
    ) {
        self.name = name
        self.kind = kind
        self.standard = standard
        self.isRequired = isRequired
        self.isVariadic = isVariadic
        switch kind {
        case .integer, .number, .boolean, .integers, .numbers, .choice, .choiceOrNumber: sweeps = true
        case .string, .strings, .choiceOrColumn, .dimension, .column, .predicate, .contrasts, .value, .renaming:
            sweeps = false
        }
    }

    /// The same parameter, of which a list sweeps although its kind alone doesn't say so.
    var sweeping: Parameter { changed { $0.sweeps = true } }

    /// The same parameter for one value alone: it says how something is shown or kept, or values of a list could not stand side by side.
    var single: Parameter { changed { $0.sweeps = false } }

    /// The same parameter, each value of which keeps rows of its own.
    var choosingRows: Parameter { changed { $0.choosesRows = true } }

    private func changed(_ change: (inout Parameter) -> Void) -> Parameter {
        var copy = self
        change(&copy)
        return copy
    }

    /// Whether the verb itself takes the list, all values in one go; any other sweep runs the verb once for each value.
    public var takesList: Bool {
        switch kind {
        case .integers, .numbers, .strings, .contrasts: true
        default: false
        }
    }

    var isRenaming: Bool { if case .renaming = kind { true } else { false } }
}

/// One entry of the function table: it feeds the type checker, the planner, help and completion.
public struct Verb: Sendable {
    public var name: String
    public var kind: VerbKind
    /// One line of help.
    public var summary: String
    /// What the line leaves open: the formula, ties, missing values, what happens to which dimension. A few sentences.
    public var details: String
    /// A query with the verb that runs on the demo's store (`varve demo`); a test runs it.
    public var example: String
    public var parameters: [Parameter]
    /// How many values it takes on the left: 0 for sources.
    public var inputs: Int
    /// False for a verb of the language that this version can't run yet.
    public var isBuilt: Bool
    /// The type of the answer, or why there is none.
    public var resolve: @Sendable (VerbCall) throws(Diagnostic) -> QueryType

    public init(
        _ name: String, _ kind: VerbKind, _ summary: String, inputs: Int = 1, _ parameters: [Parameter] = [],
        details: String = "", example: String = "",
        resolve: @escaping @Sendable (VerbCall) throws(Diagnostic) -> QueryType
    ) {
        self.name = name
        self.kind = kind
        self.summary = summary
        self.details = details
        self.example = example
        self.parameters = parameters
        self.inputs = inputs
        isBuilt = true
        self.resolve = resolve
    }

    /// A verb that the language has and this version can't run.
    static func later(_ name: String, _ summary: String) -> Verb {
        var verb = Verb(name, .map, summary) { (call) throws(Diagnostic) in
            throw Diagnostic("not-available-yet", call.nameSpan, "`\(name)` is not available yet")
        }
        verb.isBuilt = false
        return verb
    }

    /// The same verb with its details and example: for those that a function of their family makes.
    func explained(_ details: String, example: String) -> Verb {
        var copy = self
        copy.details = details
        copy.example = example
        return copy
    }

    /// `x | topk(k)`, `pair(a, b, on=)`, `captures`: the call with the values that it takes.
    public var usage: String {
        switch inputs {
        case 0: signature
        case 1: "x | \(signature)"
        default:
            parameters.isEmpty
                ? "\(name)(a, b)" : signature.replacing("\(name)(", with: "\(name)(a, b, ", maxReplacements: 1)
        }
    }

    /// `topk(k)`, `logreg(y=, penalty="l2", C=1)`: how it is called.
    public var signature: String {
        guard !parameters.isEmpty else { return name }
        let parts = parameters.map { parameter in
            if case .renaming = parameter.kind { return "new=old" }
            if parameter.isVariadic { return parameter.name + "…" }
            if parameter.isRequired { return parameter.name }
            return parameter.standard == .none ? parameter.name + "=" : "\(parameter.name)=\(parameter.standard)"
        }
        return "\(name)(\(parts.joined(separator: ", ")))"
    }
}

/// A verb in use, as its `resolve` sees it.
public struct VerbCall: Sendable {
    public var verb: String
    /// The values on the left (and, for `pair`, on the right).
    public var inputs: [PlanNode]
    public var arguments: BoundArguments
    public var vocabulary: any Vocabulary
    /// The verb's own name.
    public var nameSpan: SourceSpan
    /// The whole call.
    public var span: SourceSpan
    /// The call as it was written.
    public var text: String
    /// The file it stands in, or what a typed text is called.
    public var file: String

    /// The type of the value on the left.
    public var input: QueryType { inputs.first?.type ?? QueryType(.table([])) }

    /// A complaint about the value on the left.
    func mismatch(_ wanted: String, help: String? = nil) -> Diagnostic {
        Diagnostic("wrong-type", nameSpan, "`\(verb)` takes \(wanted); this is \(input)", help: help ?? usage)
    }

    /// A complaint about one argument.
    func wrong(_ parameter: String, _ message: String, help: String? = nil) -> Diagnostic {
        Diagnostic("wrong-argument", arguments.spans[parameter] ?? span, message, help: help ?? usage)
    }

    /// How the verb is called, where there is nothing better to advise.
    private var usage: String? {
        VerbTable.verb(verb).map { "`\($0.usage)`" }
    }
}
