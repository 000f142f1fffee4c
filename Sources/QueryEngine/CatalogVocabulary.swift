public import QueryLanguage
public import Store
import Tensor
import TensorFiles

/// The names and types of one snapshot, for the type checker.
public struct CatalogVocabulary: Vocabulary {
    public let captures: [CaptureShape]
    public let datasets: [DatasetShape]
    public internal(set) var saved: [String: QueryType]
    /// Prompt ids by model and data set.
    private let ids: [String: [String: [String]]]
    private let selects: PreparedSelects
    private let files = FileTypes()

    /// Distinct values of a column that are kept for checks; a column with more has none.
    static let valueLimit = 200

    /// Reads prompts of every data set once: their columns' values are what `where` and `contrast` are checked against.
    public init(_ snapshot: Snapshot, saved: [String: QueryType] = [:]) throws(StoreError) {
        var shapes: [DatasetShape] = []
        for dataset in snapshot.datasets {
            let table = try snapshot.prompts(ofDataset: dataset.name)
            let columns = table.metadata.map { column -> TableColumn in
                var seen: [String] = []
                var known = Set<String>()
                for case let value? in column.values {
                    let text = CatalogVocabulary.text(value)
                    if known.insert(text).inserted { seen.append(text) }
                    if seen.count > CatalogVocabulary.valueLimit { break }
                }
                return TableColumn(
                    column.name, TableColumn.Kind(column.type),
                    values: seen.count > CatalogVocabulary.valueLimit ? [] : seen)
            }
            shapes.append(DatasetShape(name: dataset.name, promptCount: dataset.promptCount, columns: columns))
        }
        datasets = shapes
        var captures: [CaptureShape] = []
        var ids: [String: [String: [String]]] = [:]
        for capture in snapshot.captures {
            let table = try snapshot.prompts(of: capture)
            ids[capture.model, default: [:]][capture.dataset] = table.keys
            captures.append(
                CaptureShape(
                    model: capture.model, dataset: capture.dataset, promptCount: table.keys.count,
                    longestPrompt: table.tokenCount.max() ?? 0, layers: capture.layerCount,
                    sites: CatalogVocabulary.sites(capture),
                    tokenColumns: CatalogVocabulary.tokenColumns(capture)))
        }
        self.captures = captures
        self.ids = ids
        self.saved = saved
        selects = PreparedSelects(snapshot)
    }

    public func type(ofFile path: String) throws(Diagnostic) -> QueryType {
        do throws(FileError) {
            return try files.type(of: path)
        } catch {
            throw error.diagnostic("cannot-read")
        }
    }

    public func columns(ofSQL text: String) throws(Diagnostic) -> [TableColumn] { try selects.columns(text) }

    /// Compared byte by byte: two ids that only look alike are two ids. O(prompts).
    public func hasPrompt(_ id: String, model: String, dataset: String) -> Bool {
        ids[model]?[dataset]?.contains { $0.utf8.elementsEqual(id.utf8) } ?? false
    }

    public func promptIDs(model: String, dataset: String) -> [String] {
        let known = ids[model]?[dataset] ?? []
        return known.count <= 20_000 ? known : []
    }

    public func path(of path: String, from name: String) -> String { QueryFiles.path(of: path, from: name) }

    private static func tokenColumns(_ capture: CaptureRecord) -> [TableColumn] {
        capture.columns.compactMap { column in
            guard case .perToken(let name) = column.id else { return nil }
            return TableColumn(name, column.elementType.isFloatingPoint ? .double : .int, level: .token)
        }
    }

    private static func sites(_ capture: CaptureRecord) -> [SiteShape] {
        let latents = Dictionary(
            capture.latentSpaces.map { ($0.site, $0) }, uniquingKeysWith: { first, _ in first })
        return capture.columns.compactMap { column in
            switch column.id {
            case .site(let site) where site.point == .lora:
                SiteShape(site: site, element: .float, rank: column.width)
            case .site(let site): SiteShape(site: site, element: .vector(column.width))
            case .latentIndex(let site):
                SiteShape(
                    site: site, element: .topLatents(k: column.width, of: latents[site]?.latents ?? Int(UInt32.max)))
            default: nil
            }
        }
    }

    private static func text(_ value: MetadataValue) -> String {
        switch value {
        case .string(let text): text
        case .int(let number): String(number)
        case .double(let number): Constant.text(of: number)
        case .bool(let flag): flag ? "true" : "false"
        }
    }
}

extension TableColumn.Kind {
    init(_ type: MetadataType) {
        switch type {
        case .string: self = .string
        case .int: self = .int
        case .double: self = .double
        case .bool: self = .bool
        }
    }
}
