/// The type of every value of the language: `element[dims]`, known before any chunk is read.
public struct QueryType: Sendable, Hashable {
    public var element: Element
    public var dims: [Dimension]
    /// The columns of the prompts and tokens behind the rows: what `where`, `y=`, `by=` and `contrast` may name.
    public var columns: [TableColumn]
    /// Set once `contrast` gave every row a class.
    public var isContrasted: Bool
    /// The two classes of the first contrast, in order.
    public var contrastClasses: [String] = []
    /// Set by `balance`.
    public var isBalanced: Bool
    /// Set by `split`.
    public var split: SplitShape?
    /// What the numbers are, for axes: "overlap", "cosine".
    public var quantity: String?
    /// Dimensions that are gone, and what used them up: for "used up by `[token=-1]` on line 3".
    public var spent: [String: Spent]
    /// For fits: the row dimensions and columns that the fits remember and `predict` gives back.
    public var fitRows: [Dimension]
    public var fitColumns: [TableColumn]
    /// For fits, probes and predicted classes: what is predicted.
    public var fit: FitShape?

    public init(_ element: Element, _ dims: [Dimension] = [], columns: [TableColumn] = []) {
        self.element = element
        self.dims = dims
        self.columns = columns
        isContrasted = false
        isBalanced = false
        spent = [:]
        fitRows = []
        fitColumns = []
    }

    /// What used a dimension up, and where that stands.
    public struct Spent: Sendable, Hashable {
        public var text: String
        public var span: SourceSpan
    }

    /// How rows are divided into training and test rows.
    public enum SplitShape: Sendable, Hashable {
        case shuffled(repeats: Int)
        case folds(Int, repeats: Int)
        /// Each value of a column is held out in turn.
        case values([String])
        /// A column says which rows are for training and which for testing.
        case given

        /// Whether every row is held out once in every repeat.
        public var holdsOutEveryRow: Bool {
            switch self {
            case .folds, .values: true
            case .shuffled, .given: false
            }
        }

        /// The dimensions that fits have for it.
        var dims: [Dimension] {
            switch self {
            case .shuffled(let repeats): [Dimension("rep", labels: (0..<repeats).map { .int($0) })]
            case .folds(let folds, let repeats):
                (repeats > 1 ? [Dimension("rep", labels: (0..<repeats).map { .int($0) })] : [])
                    + [Dimension("fold", labels: (0..<folds).map { .int($0) })]
            case .values(let values): [Dimension("fold", labels: values.map { .string($0) })]
            case .given: []
            }
        }
    }

    /// What fits and probes predict.
    public struct FitShape: Sendable, Hashable {
        /// The classes' names in order; empty for numbers, and where each contrast has its own.
        public var classes: [String]
        /// Whether a number is predicted instead of a class.
        public var isRegression: Bool
        /// Whether a class comes with its probability.
        public var hasProbabilities: Bool

        public init(classes: [String], isRegression: Bool = false, hasProbabilities: Bool = true) {
            self.classes = classes
            self.isRegression = isRegression
            self.hasProbabilities = hasProbabilities
        }
    }

    /// The dimension of that name.
    public func dim(_ name: String) -> Dimension? { dims.first { $0.name == name } }

    /// Whether it has a dimension of that name.
    public func has(_ name: String) -> Bool { dim(name) != nil }

    /// The same type without the named dimensions, remembering what used them up.
    ///
    /// Columns go with the rows they describe: without `token` those of tokens, without `prompt` all.
    public func without(_ names: Set<String>, by text: String, at span: SourceSpan) -> QueryType {
        var copy = self
        for dim in dims where names.contains(dim.name) { copy.spent[dim.name] = Spent(text: text, span: span) }
        copy.dims.removeAll { names.contains($0.name) }
        if names.contains("token") { copy.columns.removeAll { $0.level == .token } }
        if names.contains("prompt") { copy.columns.removeAll { $0.level == .prompt } }
        return copy
    }

    /// The same dimensions with another element.
    public func with(_ element: Element) -> QueryType {
        var copy = self
        copy.element = element
        return copy
    }

    /// The type under which `save` keeps it: fits become probes, without their data.
    var saved: QueryType {
        guard case .fit(let features) = element else { return self }
        var copy = with(.probe(features: features))
        copy.split = nil
        copy.fitRows = []
        copy.fitColumns = []
        return copy
    }

    /// Names of the sample dimensions that are left.
    public var sampleDims: [String] { dims.filter(\.isSample).map(\.name) }

    /// Whether rows have classes or a split already and wait for a fit: only verbs that know of those may follow.
    public var isLabelled: Bool {
        switch element {
        case .fit, .probe: return false
        default: break
        }
        return isContrasted || split != nil
    }

    /// Whether several k share one list of latents: only `overlap` and `jaccard` can read that.
    public var isSweptLatents: Bool { element.latents != nil && has("k") }

    /// Whether the rows still are prompts or tokens.
    public var hasRows: Bool { has("prompt") || has("token") }
}

extension QueryType: CustomStringConvertible {
    /// `vec(2048)[prompt 200, token ≤128, layer 18]`.
    public var description: String {
        dims.isEmpty ? element.description : "\(element)[\(dims.map(\.description).joined(separator: ", "))]"
    }
}
