public import Store
internal import Tensor
internal import TensorFiles

/// Arrays of other tools' files as the columns of a capture: which site each is, and which rows belong to which prompt.
///
/// Everything is checked before anything is written: shapes, names, types and the number of rows, each by the name of its file.
public struct ImportPlan: Sendable {
    /// What decides which numbers are which.
    public struct Options: Sendable {
        /// Files as given: `PATH`, or `SITE=PATH`.
        public var files: [String]
        /// JSONL or CSV.
        public var prompts: String
        /// `MODEL/DATASET`.
        public var name: String
        /// An npy of whole numbers: where each prompt's rows begin, and the number of rows at the end.
        public var offsets: String?
        /// What the axes of arrays with three of them are, such as `layer,row,dim`.
        public var axes = "layer,row,dim"
        /// Layers of the first axis of such arrays; nil for 0, 1, 2, ….
        public var layers: [Int]?
        /// Decoder layers of the model; nil for as many as the files show.
        public var layerCount: Int?
        /// Layers and width that the store already knows of the model.
        private(set) var known: (layers: Int, width: Int)?

        /// Takes over what a store knows of the model, so that more of its columns can be added; nothing where there is no store.
        public mutating func follow(store: String) throws {
            guard InputFile.exists(store) else { return }
            let model = try CaptureName(name).model
            known = try Snapshot.open(store).captures.first { $0.model == model }.map { ($0.layerCount, $0.hiddenSize) }
        }

        public init(files: [String], prompts: String, name: String) {
            self.files = files
            self.prompts = prompts
            self.name = name
        }
    }

    /// One layer of one array.
    struct Column: Sendable {
        var site: Site
        var array: ImportedArray
        var width: Int
        /// Its layers lie one after the other: which of how many; nil for two axes.
        var layer: (place: Int, count: Int, isOutermost: Bool)?
    }

    let columns: [Column]
    let prompts: [Prompt]
    /// Rows of each prompt.
    let counts: [Int]
    /// Where the token ids and roles come from.
    let hasTokens: Bool
    public let spec: CaptureSpec

    public var rowCount: Int { counts.reduce(0, +) }
    public var promptCount: Int { prompts.count }
    /// What is lost on the way in; nil for nothing.
    public var loss: String? {
        columns.contains { $0.array.isRounded } ? "f64 is stored as f32" : nil
    }

    public init(_ options: Options) throws {
        let name = try CaptureName(options.name)
        prompts = try PromptFile.read(options.prompts)
        if let column = prompts.lazy.compactMap({ $0.tokenNumbers.first?.name }).first {
            throw CaptureError(
                .request,
                "\(options.prompts): \"\(column)\" has a number for each token, which an import does not take",
                mend: "leave the field out")
        }
        var arrays: [(site: String?, array: ImportedArray)] = []
        for file in options.files {
            let parts = file.split(separator: "=", maxSplits: 1).map(String.init)
            let isNamed = parts.count == 2 && SiteNames.site(parts[0]) != nil
            if parts.count == 2, !isNamed, !InputFile.exists(file) {
                throw CaptureError(
                    .request, "\"\(parts[0])\" in \"\(file)\" is no site",
                    mend: "write SITE=FILE, such as resid_post.12=acts.npy")
            }
            let found = try ImportedArray.all(in: isNamed ? parts[1] : file)
            guard !isNamed || found.count == 1 else {
                throw CaptureError(
                    .request, "\(parts[1]) holds \(found.count) arrays, and one site is named for them",
                    mend: "name the arrays in the file by their sites")
            }
            arrays += found.map { (isNamed ? parts[0] : nil, $0) }
        }
        // Offsets may lie beside the activations.
        let beside = arrays.firstIndex { $0.site == nil && $0.array.name == "offsets" && !$0.array.isFloatingPoint }
        var offsets = try beside.map { try arrays.remove(at: $0).array.wholeNumbers() }
        if let path = options.offsets { offsets = try ImportedArray.all(in: path).first?.wholeNumbers() }
        let columns = try ImportPlan.columns(arrays, options)
        self.columns = columns
        let rows = columns[0].array.shape.isEmpty ? 0 : ImportPlan.rows(of: columns[0])
        if let other = columns.first(where: { ImportPlan.rows(of: $0) != rows }) {
            throw CaptureError(
                .request,
                "\(columns[0].array.title) has \(rows) rows, \(other.array.title) has \(ImportPlan.rows(of: other))",
                mend: "all arrays of a capture have the same rows")
        }
        (counts, hasTokens) = try ImportPlan.counts(prompts, offsets: offsets, rows: rows, columns[0].array, options)
        let layers = options.layerCount ?? options.known?.layers ?? (columns.compactMap(\.site.layer).max() ?? -1) + 1
        if let beyond = columns.compactMap(\.site.layer).first(where: { $0 >= layers }) {
            throw CaptureError(
                .request, "there is a layer \(beyond), and \(name.model) has \(layers)",
                mend: "give --layer-count with the first import of a model whose deeper layers come later")
        }
        let residual = columns.first { [.residPost, .residPre, .residMid].contains($0.site.point) } ?? columns[0]
        spec = CaptureSpec(
            model: name.model, dataset: name.dataset, modelDigest: "imported:" + name.model,
            tokenizerDigest: "imported", architecture: "imported", layerCount: layers,
            hiddenSize: options.known?.width ?? residual.width,
            columns: [
                ColumnSpec(id: .tokenID, elementType: .uint32, width: 1),
                ColumnSpec(id: .prompt, elementType: .uint32, width: 1),
                ColumnSpec(id: .position, elementType: .uint32, width: 1),
                ColumnSpec(id: .role, elementType: .uint8, width: 1),
            ]
                + columns.map { ColumnSpec(id: .site($0.site), elementType: $0.array.elementType, width: $0.width) })
    }

    /// The prompts as the store keeps them.
    var records: [PromptRecord] {
        zip(prompts, counts).map {
            PromptRecord(
                key: $0.id, source: $0.source, metadata: $0.metadata.map { ($0.name, $0.value) }, tokenCount: $1)
        }
    }

    static func rows(of column: Column) -> Int {
        guard let layer = column.layer else { return column.array.shape[0] }
        return column.array.shape[layer.isOutermost ? 1 : 0]
    }

    private static func columns(
        _ arrays: [(site: String?, array: ImportedArray)], _ options: Options
    ) throws -> [Column] {
        let isOutermost: Bool
        switch options.axes {
        case "layer,row,dim": isOutermost = true
        case "row,layer,dim": isOutermost = false
        default:
            throw CaptureError(
                .request, "--axes \(options.axes) is not known", mend: "write layer,row,dim or row,layer,dim")
        }
        var columns: [Column] = []
        var seen: [Site: String] = [:]
        for (named, array) in arrays {
            let text = named ?? array.name
            guard let site = SiteNames.site(text) else {
                throw CaptureError(
                    .request, "\(array.title): \"\(text)\" names no site",
                    mend: "write SITE=FILE, such as resid_post.12=\(array.title), or name the array so")
            }
            guard site.point != .sae, site.point != .lora else {
                throw CaptureError(
                    .request, "\(array.title): \(site.point.rawValue) is not imported",
                    mend: "import what the autoencoder or adapter reads, and use varve derive")
            }
            guard array.isFloatingPoint else {
                throw CaptureError(
                    .request, "\(array.title) holds whole numbers; activations are f16, bf16, f32 or f64",
                    mend: "save it as float32")
            }
            guard (2...3).contains(array.shape.count), !array.shape.contains(0) else {
                throw CaptureError(
                    .request, "\(array.title) has the shape \(array.shape)",
                    mend: "give rows × numbers, or layers × rows × numbers")
            }
            var own: [Column] = []
            let width = array.shape[array.shape.count - 1]
            if array.shape.count == 2 {
                guard site.layer != nil || [.embed, .lnFinal].contains(site.point) else {
                    throw CaptureError(
                        .request, "\(array.title) has one row of numbers a token, and \"\(text)\" names no layer",
                        mend: "write \(site.point.rawValue).12=FILE for layer 12")
                }
                own = [Column(site: site, array: array, width: width)]
            } else {
                let count = array.shape[isOutermost ? 0 : 1]
                guard site.layer == nil else {
                    throw CaptureError(
                        .request, "\(array.title) has \(count) layers, and \"\(text)\" names one",
                        mend: "write \(site.point.rawValue)=FILE, and --layers for their numbers")
                }
                let layers = options.layers ?? Array(0..<count)
                guard layers.count == count else {
                    throw CaptureError(
                        .request,
                        "\(array.title) has \(count) layers (axes \(options.axes)), and --layers names \(layers.count)",
                        mend: "give one number for each, or another --axes")
                }
                own = layers.enumerated().map { place, layer in
                    Column(
                        site: Site(site.point, layer: layer), array: array, width: width,
                        layer: (place, count, isOutermost))
                }
            }
            for column in own {
                if let before = seen.updateValue(array.title, forKey: column.site) {
                    throw CaptureError(
                        .request, "\(before) and \(array.title) are both \(column.site.canonicalName)",
                        mend: "name each site once")
                }
            }
            columns += own
        }
        guard !columns.isEmpty else {
            throw CaptureError(.request, "there is no array to import", mend: "give .npy, .npz or .safetensors files")
        }
        return columns
    }

    /// Rows of each prompt: by offsets, by the token ids of the prompts, or one a prompt.
    private static func counts(
        _ prompts: [Prompt], offsets: [Int]?, rows: Int, _ array: ImportedArray, _ options: Options
    ) throws -> (counts: [Int], hasTokens: Bool) {
        let tokens = prompts.map { prompt -> Int? in
            if case .tokens(let ids, _) = prompt.content { return ids.count }
            return nil
        }
        let known = tokens.compactMap { $0 }
        let hasTokens = known.count == prompts.count
        if let offsets {
            guard offsets.count == prompts.count + 1, offsets.first == 0, offsets.last == rows,
                zip(offsets, offsets.dropFirst()).allSatisfy({ $0 < $1 })
            else {
                throw CaptureError(
                    .request,
                    "the offsets are no rising numbers from 0 to the \(rows) rows of \(array.title), one for each of the \(prompts.count) prompts and the end",
                    mend: "save numpy.cumsum of the prompts' token counts with a 0 before it")
            }
            let counts = zip(offsets, offsets.dropFirst()).map { $1 - $0 }
            if hasTokens, let place = counts.indices.first(where: { counts[$0] != known[$0] }) {
                throw CaptureError(
                    .prompt,
                    "prompt \"\(prompts[place].id)\" has \(known[place]) token ids, and the offsets give it \(counts[place]) rows",
                    mend: "leave one of them out")
            }
            return (counts, hasTokens)
        }
        if hasTokens {
            let total = known.reduce(0, +)
            guard total == rows else {
                throw CaptureError(
                    .request, "\(array.title) has \(rows) rows, and the token ids of \(options.prompts) are \(total)",
                    mend: "every token has one row, in the order of the prompts")
            }
            return (known, true)
        }
        guard rows == prompts.count else {
            throw CaptureError(
                .request, "\(array.title) has \(rows) rows, and \(options.prompts) has \(prompts.count) prompts",
                mend: "give one row a prompt, token_ids in the prompt file, or --offsets FILE.npy")
        }
        return (Array(repeating: 1, count: rows), false)
    }
}
