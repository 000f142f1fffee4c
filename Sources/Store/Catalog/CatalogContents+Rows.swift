import ChunkFormat
import Tensor

extension CatalogContents {
    /// Takes one row of a small table over; rows of what is dead only as far as a purge needs them.
    mutating func take(_ row: CatalogRow, path: String) throws(StoreError) {
        func damaged(_ what: String) -> StoreError {
            .damagedCatalog(path, "a row of \(row.table.rawValue)", expected: what, found: "another value")
        }
        let id = try row.count(0)
        nextIDs[row.table] = max(nextIDs[row.table] ?? 1, id + 1)
        switch row.table {
        case .tokenizers: tokenizers[id] = try row.text(1)
        case .removals:
            let target = try row.count(2)
            switch try row.text(1) {
            case "capture": dead.captures.insert(target)
            case "group": dead.groups.insert(target)
            case "chunk": dead.chunkIDs.insert(target)
            default: throw damaged("'capture', 'group' or 'chunk'")
            }
        case .models:
            models[id] = ModelRecord(
                name: try row.text(1), architecture: try row.text(2), layerCount: try row.count(3),
                hiddenSize: try row.count(4), digest: try row.text(5), adapterDigest: try row.optionalText(6),
                tokenizerDigest: tokenizers[try row.int(7)] ?? "")
        case .datasets: datasets[id] = try row.text(1)
        case .datasetColumns:
            guard let type = MetadataType(rawValue: try row.text(3)) else { throw damaged("a metadata type") }
            takeColumn(try row.text(2), type, ofDataset: try row.count(1))
        case .captures:
            guard !dead.captures.contains(id) else {
                dead.datasets.insert(try row.count(2))
                return
            }
            captures[id] = CaptureRow(
                id: id, model: try row.count(1), dataset: try row.count(2), promptsDigest: try row.text(3),
                promptCount: try row.count(4), rowCount: try row.count(5))
        case .columnGroups:
            let capture = try row.count(1)
            guard captures[capture] != nil, !dead.groups.contains(id) else {
                dead.groups.insert(id)
                return
            }
            groups[id] = Group(
                id: id, capture: capture, ordinal: try row.count(2), specDigest: try row.text(3),
                chunkBytes: try row.count(4))
            groupIDs[capture, default: []].append(id)
        case .columns:
            guard let column = ColumnID(canonical: try row.text(3)),
                let type = ElementType(rawValue: try row.text(4)), try row.count(5) > 0,
                try row.count(5) <= ColumnSpec.widthLimit
            else { throw damaged("a column") }
            groups[try row.count(1)]?.columns.append(
                ColumnSpec(id: column, elementType: type, width: try row.count(5)))
        case .sites: try takeSite(row)
        case .chunks:
            let chunk = Chunk(
                record: ChunkRecord(
                    name: try row.text(3), firstRow: try row.count(4), rowCount: try row.count(5),
                    firstPrompt: try row.count(6), promptCount: try row.count(7), storedBytes: try row.count(8),
                    rawBytes: try row.count(9), id: id),
                group: try row.count(1), key: try row.text(2))
            if groups[chunk.group] == nil || dead.chunkIDs.contains(id) {
                dead.chunks.append(chunk)
            } else {
                groups[chunk.group]?.chunks.append(chunk)
            }
        case .store, .commits, .prompts, .chunkPrompts: break
        }
    }

    private mutating func takeColumn(_ name: String, _ type: MetadataType, ofDataset dataset: Int) {
        var known = datasetColumns[dataset] ?? []
        if let place = known.firstIndex(where: { Array($0.name.utf8) == Array(name.utf8) }) {
            known[place].type = known[place].type.widened(by: type)
        } else {
            known.append((name, type))
        }
        datasetColumns[dataset] = known
    }

    private mutating func takeSite(_ row: CatalogRow) throws(StoreError) {
        let group = try row.count(1)
        guard let site = Site(canonical: try row.text(4)) else {
            throw StoreError.damagedCatalog(row.path, "a row of sites", expected: "a site", found: "other text")
        }
        if try row.text(3) == "sae" {
            groups[group]?.latentSpaces.append(
                LatentSpace(
                    site: site, latents: try row.count(5), topK: try row.count(6),
                    source: SitePoint(rawValue: try row.text(7)) ?? .residPost, digest: try row.text(8)))
        } else {
            let bytes = try row.blob(10)
            let norms = try orStoreError { () throws(Corruption) in try CatalogContents.norms(bytes, row.path) }
            groups[group]?.adapterModules.append(
                AdapterModule(site: site, rank: try row.count(5), scale: try row.double(9), bNorms: norms))
        }
    }

    private static func norms(_ bytes: [UInt8], _ path: String) throws(Corruption) -> [Double] {
        var input = ByteReader(bytes, path: path, base: 0, what: "norms of a site")
        var norms: [Double] = []
        while input.remaining > 0 { norms.append(try input.double()) }
        return norms
    }

    // MARK: - Questions

    /// Groups of a capture in the order they were added, group 0 first.
    func groups(of capture: Int) -> [Group] {
        (groupIDs[capture] ?? []).compactMap { groups[$0] }.sorted { $0.ordinal < $1.ordinal }
    }

    /// The living capture of a model and a dataset.
    func capture(model: String, dataset: String) -> CaptureRow? {
        captures.values.first { row in
            CatalogContents.equal(models[row.model]?.name, model)
                && CatalogContents.equal(datasets[row.dataset], dataset)
        }
    }

    /// Datasets and models that some living capture refers to.
    var livingDatasets: Set<Int> { Set(captures.values.map(\.dataset)) }
    var livingModels: Set<Int> { Set(captures.values.map(\.model)) }

    /// The dataset of that name; one that only dead captures refer to is none.
    func datasetID(_ name: String) -> Int? { livingDatasets.first { CatalogContents.equal(datasets[$0], name) } }

    /// The model of that name; one that only dead captures refer to is none.
    func modelID(_ name: String) -> Int? { livingModels.first { CatalogContents.equal(models[$0]?.name, name) } }

    func tokenizerID(_ digest: String) -> Int? { tokenizers.first { $0.value == digest }?.key }

    /// Every living chunk, by capture, group and row.
    var chunks: [Chunk] {
        captures.keys.sorted().flatMap { groups(of: $0).flatMap(\.chunks) }
    }

    /// The chunk files that some row names, living or dead.
    var knownFiles: Set<String> {
        var names = Set(dead.chunks.map(\.record.name))
        for group in groups.values { for chunk in group.chunks { names.insert(chunk.record.name) } }
        return names
    }

    /// Names are compared byte by byte: Swift's own comparison takes canonically equal ones for one.
    static func equal(_ name: String?, _ other: String) -> Bool {
        name.map { Array($0.utf8) == Array(other.utf8) } ?? false
    }
}
