public import Tensor

/// What the language may name, as the catalogue knows it: the one door between the language and a store.
///
/// The engine implements it on a snapshot; tests implement it on a literal.
public protocol Vocabulary: Sendable {
    /// Every capture of the store, in catalogue order.
    var captures: [CaptureShape] { get }
    /// Data sets with the columns of their prompts.
    var datasets: [DatasetShape] { get }
    /// Names saved with `save`, with the types of their values.
    var saved: [String: QueryType] { get }
    /// The type of what a data file holds, from the file itself. A diagnostic without a span where it can't be read.
    func type(ofFile path: String) throws(Diagnostic) -> QueryType
    /// The columns that a SELECT over the catalogue gives; none where only its answer knows. A diagnostic whose span counts in the SELECT
    /// (or none) where it can't run.
    func columns(ofSQL text: String) throws(Diagnostic) -> [TableColumn]
    /// Whether a capture holds the prompt of that id.
    func hasPrompt(_ id: String, model: String, dataset: String) -> Bool
    /// Ids of a capture's prompts, for "did you mean"; none where they are too many to look through.
    func promptIDs(model: String, dataset: String) -> [String]
    /// The path that is meant by `path` in the file (or typed text) of that name.
    func path(of path: String, from name: String) -> String
}

extension Vocabulary {
    public func type(ofFile path: String) throws(Diagnostic) -> QueryType {
        throw Diagnostic("no-files", .none, "there are no files here", help: "`captures` lists what is stored")
    }
    public func path(of path: String, from name: String) -> String { path }
    public func columns(ofSQL text: String) throws(Diagnostic) -> [TableColumn] { [] }
    public func hasPrompt(_ id: String, model: String, dataset: String) -> Bool { true }
    public func promptIDs(model: String, dataset: String) -> [String] { [] }
}

/// A data set's name, size and prompt columns.
public struct DatasetShape: Sendable, Hashable {
    public var name: String
    public var promptCount: Int
    public var columns: [TableColumn]

    public init(name: String, promptCount: Int, columns: [TableColumn]) {
        self.name = name
        self.promptCount = promptCount
        self.columns = columns
    }
}

/// One model on one data set: its rows and the sites stored of it.
public struct CaptureShape: Sendable, Hashable {
    public var model: String
    public var dataset: String
    public var promptCount: Int
    /// Stored tokens of the longest prompt.
    public var longestPrompt: Int
    /// Decoder layers of the model, stored or not.
    public var layers: Int
    public var sites: [SiteShape]
    /// Columns with one number per token, such as `entropy`.
    public var tokenColumns: [TableColumn]

    public init(
        model: String, dataset: String, promptCount: Int, longestPrompt: Int, layers: Int, sites: [SiteShape],
        tokenColumns: [TableColumn] = []
    ) {
        self.model = model
        self.dataset = dataset
        self.promptCount = promptCount
        self.longestPrompt = longestPrompt
        self.layers = layers
        self.sites = sites
        self.tokenColumns = tokenColumns
    }
}

extension CaptureShape {
    /// The layers of its sites, each once, ascending.
    public var storedLayers: [Int] { Set(sites.compactMap(\.site.layer)).sorted() }
}

/// One stored site of a capture and what a token's cell of it holds.
public struct SiteShape: Sendable, Hashable {
    public var site: Site
    /// `vector(d)`, `topLatents`, or `float` (a LoRA scalar).
    public var element: Element
    /// For `lora`: how many scalars the module has; 1 elsewhere.
    public var rank: Int

    public init(site: Site, element: Element, rank: Int = 1) {
        self.site = site
        self.element = element
        self.rank = rank
    }
}

/// A vocabulary with values that the text being checked is going to save.
struct ExtendedVocabulary: Vocabulary {
    var base: any Vocabulary
    var savedHere: [String: QueryType]

    var captures: [CaptureShape] { base.captures }
    var datasets: [DatasetShape] { base.datasets }
    var saved: [String: QueryType] { base.saved.merging(savedHere) { _, new in new } }
    func type(ofFile path: String) throws(Diagnostic) -> QueryType { try base.type(ofFile: path) }
    func path(of path: String, from name: String) -> String { base.path(of: path, from: name) }
    func columns(ofSQL text: String) throws(Diagnostic) -> [TableColumn] { try base.columns(ofSQL: text) }
    func hasPrompt(_ id: String, model: String, dataset: String) -> Bool {
        base.hasPrompt(id, model: model, dataset: dataset)
    }
    func promptIDs(model: String, dataset: String) -> [String] { base.promptIDs(model: model, dataset: dataset) }
}
