import ChunkFormat
import Tensor

/// A capture's description as it lies in the `spec` attachment of its chunks, of version 1 or 2.
struct StoredSpec: Sendable {
    /// The group's place among those of its capture.
    let ordinal: Int
    /// Spec digest of the capture's group 0; nil for group 0 itself.
    let base: Digest128?
    /// Without token pieces.
    let spec: CaptureSpec
    /// XXH3-128 of the `tokenizer` attachment.
    let piecesDigest: Digest128

    /// Any bytes are safe.
    init(_ bytes: [UInt8], path: String) throws(Corruption) {
        var input = ByteReader(bytes, path: path, base: 0, what: "attachment spec")
        let limit = 1 << 20
        switch try input.text(limit: 64, "mark") {
        case "varve capture spec 1": (ordinal, base) = (0, nil)
        case "varve capture spec 2":
            ordinal = try input.count(UInt32.self, limit: 1 << 20, "number of the columns")
            let digest = try input.digest()
            base = ordinal == 0 ? nil : digest
        default: throw input.corruption(expected: "a description of version 1 or 2", found: "another text")
        }
        let model = try input.text(limit: limit, "model")
        let dataset = try input.text(limit: limit, "dataset")
        let modelDigest = try input.text(limit: limit, "model digest")
        let tokenizerDigest = try input.text(limit: limit, "tokenizer digest")
        let adapterDigest = try input.text(limit: limit, "adapter digest")
        let architecture = try input.text(limit: limit, "architecture")
        let hasAdapter = try input.integer(UInt8.self) != 0
        let layerCount = try input.count(UInt64.self, limit: 1 << 30, "layer count")
        let hiddenSize = try input.count(UInt64.self, limit: 1 << 30, "hidden size")
        piecesDigest = try input.digest()
        let columns = try StoredSpec.columns(&input)
        let spaces = try StoredSpec.spaces(&input)
        let modules = try StoredSpec.modules(&input)
        try input.finish()
        spec = CaptureSpec(
            model: model, dataset: dataset, modelDigest: modelDigest, tokenizerDigest: tokenizerDigest,
            adapterDigest: hasAdapter ? adapterDigest : nil, architecture: architecture, layerCount: layerCount,
            hiddenSize: hiddenSize, columns: columns, latentSpaces: spaces, adapterModules: modules)
        do throws(StoreError) {
            try spec.check()
        } catch {
            throw Corruption(
                path: path, offset: 0, what: "attachment spec", expected: "a possible capture", found: error.description
            )
        }
    }

    private static func columns(_ input: inout ByteReader) throws(Corruption) -> [ColumnSpec] {
        var columns: [ColumnSpec] = []
        for _ in 0..<(try input.count(UInt32.self, limit: 1 << 16, "number of columns")) {
            let name = try input.text(limit: 4096, "column name")
            let type = try input.text(limit: 16, "element type")
            let width = try input.count(UInt32.self, limit: ColumnSpec.widthLimit, "width")
            guard let id = ColumnID(canonical: name), let type = ElementType(rawValue: type) else {
                throw input.corruption(expected: "a column", found: "other text")
            }
            columns.append(ColumnSpec(id: id, elementType: type, width: width))
        }
        return columns
    }

    private static func spaces(_ input: inout ByteReader) throws(Corruption) -> [LatentSpace] {
        var spaces: [LatentSpace] = []
        for _ in 0..<(try input.count(UInt32.self, limit: 1 << 16, "number of latent spaces")) {
            let site = try site(&input)
            let latents = try input.count(UInt64.self, limit: 1 << 40, "number of latents")
            let topK = try input.count(UInt64.self, limit: 1 << 30, "top-k")
            let source = try input.text(limit: 64, "point read")
            guard let source = SitePoint(rawValue: source) else {
                throw input.corruption(expected: "a point of the model", found: "other text")
            }
            spaces.append(
                LatentSpace(
                    site: site, latents: latents, topK: topK, source: source,
                    digest: try input.text(limit: 1 << 20, "autoencoder digest")))
        }
        return spaces
    }

    private static func modules(_ input: inout ByteReader) throws(Corruption) -> [AdapterModule] {
        var modules: [AdapterModule] = []
        for _ in 0..<(try input.count(UInt32.self, limit: 1 << 16, "number of adapter modules")) {
            let site = try site(&input)
            let rank = try input.count(UInt64.self, limit: 1 << 30, "rank")
            let scale = try input.double()
            var norms: [Double] = []
            for _ in 0..<(try input.count(UInt32.self, limit: input.remaining / 8, "number of norms")) {
                norms.append(try input.double())
            }
            modules.append(AdapterModule(site: site, rank: rank, scale: scale, bNorms: norms))
        }
        return modules
    }

    private static func site(_ input: inout ByteReader) throws(Corruption) -> Site {
        guard let site = Site(canonical: try input.text(limit: 4096, "site")) else {
            throw input.corruption(expected: "a site", found: "other text")
        }
        return site
    }
}

extension StoredPrompt {
    private init(key: String, source: String, metadata: String, tokenCount: Int) {
        self.key = key
        self.source = source
        self.metadata = metadata
        self.tokenCount = tokenCount
    }

    /// Reads a `prompts` attachment. Any bytes are safe.
    static func decode(_ bytes: [UInt8], path: String) throws(Corruption) -> [StoredPrompt] {
        var input = ByteReader(bytes, path: path, base: 0, what: "attachment prompts")
        var prompts: [StoredPrompt] = []
        for _ in 0..<(try input.count(UInt32.self, limit: bytes.count / 16, "number of prompts")) {
            let key = try input.text(limit: bytes.count, "prompt id")
            let source = try input.text(limit: bytes.count, "prompt text")
            let metadata = try input.text(limit: bytes.count, "metadata")
            let tokenCount = try input.count(UInt32.self, limit: Int(Int32.max), "number of tokens")
            // What an ingest refuses can't come in this way either.
            guard !key.utf8.contains(0), !source.utf8.contains(0), tokenCount > 0,
                let fields = FlatJSON.parse(metadata), FlatJSON.render(fields) == metadata
            else { throw input.corruption(expected: "a prompt as varve writes it", found: "another") }
            prompts.append(StoredPrompt(key: key, source: source, metadata: metadata, tokenCount: tokenCount))
        }
        try input.finish()
        return prompts
    }
}
