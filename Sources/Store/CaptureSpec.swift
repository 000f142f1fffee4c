import ChunkFormat
public import Tensor

/// A sparse autoencoder whose top-k latents a capture holds.
public struct LatentSpace: Sendable, Hashable {
    /// Point `sae`, the layer it reads, and its name.
    public var site: Site
    /// Latents in its dictionary.
    public var latents: Int
    /// Latents kept per token.
    public var topK: Int
    /// What it reads.
    public var source: SitePoint
    /// Digest of its weights.
    public var digest: String

    /// An autoencoder by its site, size and digest.
    public init(site: Site, latents: Int, topK: Int, source: SitePoint = .residPost, digest: String) {
        self.site = site
        self.latents = latents
        self.topK = topK
        self.source = source
        self.digest = digest
    }
}

/// One adapted module of a LoRA adapter whose scalars a capture holds.
public struct AdapterModule: Sendable, Hashable {
    /// Point `lora`, the layer, and the module within it.
    public var site: Site
    /// Scalars per token.
    public var rank: Int
    /// What multiplies B·(A·x): α/r, or α/√r for rsLoRA.
    public var scale: Double
    /// ‖column of B‖₂ for each rank.
    public var bNorms: [Double]

    /// A module by its site, size and norms; `bNorms` has one for each rank.
    public init(site: Site, rank: Int, scale: Double, bNorms: [Double]) {
        self.site = site
        self.rank = rank
        self.scale = scale
        self.bNorms = bNorms
    }
}

/// Everything that decides the content of a capture but its prompts.
public struct CaptureSpec: Sendable, Hashable {
    /// As the user names it: `base`, `poser/faker-0`.
    public var model: String
    /// As the user names it.
    public var dataset: String
    /// Digest of the weights and configuration.
    public var modelDigest: String
    /// Digest of the tokenizer.
    public var tokenizerDigest: String
    /// Digest of the adapter; nil for a bare model.
    public var adapterDigest: String?
    /// The model's class, such as `Qwen2ForCausalLM`.
    public var architecture: String
    /// Decoder layers.
    public var layerCount: Int
    /// Width of the residual stream.
    public var hiddenSize: Int
    /// In the order that `ChunkBuilder.write` counts them.
    public var columns: [ColumnSpec]
    /// One for each pair of SAE columns.
    public var latentSpaces: [LatentSpace]
    /// One for each LoRA column.
    public var adapterModules: [AdapterModule]
    /// The text bytes of every token id.
    public var tokenPieces: [[UInt8]]

    /// Checked only when a capture begins.
    public init(
        model: String, dataset: String, modelDigest: String, tokenizerDigest: String, adapterDigest: String? = nil,
        architecture: String, layerCount: Int, hiddenSize: Int, columns: [ColumnSpec],
        latentSpaces: [LatentSpace] = [], adapterModules: [AdapterModule] = [], tokenPieces: [[UInt8]] = []
    ) {
        self.model = model
        self.dataset = dataset
        self.modelDigest = modelDigest
        self.tokenizerDigest = tokenizerDigest
        self.adapterDigest = adapterDigest
        self.architecture = architecture
        self.layerCount = layerCount
        self.hiddenSize = hiddenSize
        self.columns = columns
        self.latentSpaces = latentSpaces
        self.adapterModules = adapterModules
        self.tokenPieces = tokenPieces
    }

    /// Bytes of one token in all columns before encoding.
    public var rowBytes: Int { columns.reduce(0) { $0 + $1.rowBytes } }

    /// The description as bytes: the `spec` attachment of every chunk. Equal specs give equal bytes.
    ///
    /// - Parameters:
    ///   - ordinal: of the column group; the spec's columns are those of the group alone
    ///   - base: spec digest of the capture's group 0, to which the rows belong; zero for group 0 itself
    func canonicalBytes(group ordinal: Int = 0, of base: Digest128 = Digest128(high: 0, low: 0)) -> [UInt8] {
        var out = ByteWriter()
        out.append("varve capture spec 2")
        out.append(UInt32(ordinal))
        out.append(base)
        return appendDescription(to: out)
    }

    /// As version 1 of the format wrote it: a capture that it began is completed under the digest that it has.
    var version1Bytes: [UInt8] {
        var out = ByteWriter()
        out.append("varve capture spec 1")
        return appendDescription(to: out)
    }

    private func appendDescription(to start: ByteWriter) -> [UInt8] {
        var out = start
        for text in [model, dataset, modelDigest, tokenizerDigest, adapterDigest ?? "", architecture] {
            out.append(text)
        }
        out.append(UInt8(adapterDigest == nil ? 0 : 1))
        out.append(UInt64(layerCount))
        out.append(UInt64(hiddenSize))
        out.append(Digest128(of: TokenPieces.encode(tokenPieces).rawSpan))
        out.append(UInt32(columns.count))
        for column in columns {
            out.append(column.id.canonicalName)
            out.append(column.elementType.rawValue)
            out.append(UInt32(column.width))
        }
        out.append(UInt32(latentSpaces.count))
        for space in latentSpaces {
            out.append(space.site.canonicalName)
            out.append(UInt64(space.latents))
            out.append(UInt64(space.topK))
            out.append(space.source.rawValue)
            out.append(space.digest)
        }
        out.append(UInt32(adapterModules.count))
        for module in adapterModules {
            out.append(module.site.canonicalName)
            out.append(UInt64(module.rank))
            out.append(module.scale)
            out.append(UInt32(module.bNorms.count))
            for norm in module.bNorms { out.append(norm) }
        }
        return out.bytes
    }

    /// The same capture with some of its columns, and the autoencoders and modules of those only.
    func selecting(_ chosen: [Int]) -> CaptureSpec {
        var spec = self
        spec.columns = chosen.map { columns[$0] }
        var sites: Set<Site> = []
        for column in spec.columns {
            switch column.id {
            case .site(let site), .latentIndex(let site), .latentValue(let site): sites.insert(site)
            default: break
            }
        }
        spec.latentSpaces = latentSpaces.filter { sites.contains($0.site) }
        spec.adapterModules = adapterModules.filter { sites.contains($0.site) }
        return spec
    }

    /// Refuses what a chunk file could not hold or a reader not tell apart.
    func check() throws(StoreError) {
        func refuse(_ text: String) -> StoreError { StoreError(.conflict, "capture \(model)/\(dataset): \(text)") }
        guard !model.isEmpty, !dataset.isEmpty, model.utf8.count <= 1024, dataset.utf8.count <= 1024 else {
            throw refuse("model and dataset need names of 1 to 1024 bytes")
        }
        guard !model.utf8.contains(0), !dataset.utf8.contains(0) else { throw refuse("a name holds a NUL character") }
        guard !columns.isEmpty, columns.count <= 1 << 16 else { throw refuse("it has \(columns.count) columns") }
        guard layerCount >= 0, hiddenSize >= 0 else { throw refuse("negative layer count or hidden size") }
        var seen: Set<ColumnID> = []
        for column in columns {
            let name = column.id.canonicalName
            guard seen.insert(column.id).inserted else { throw refuse("column \(name) is there twice") }
            guard ColumnID(canonical: name) == column.id, name.utf8.count <= 4096 else {
                throw refuse("column \(name) has no canonical name")
            }
            guard column.width > 0, column.width <= ColumnSpec.widthLimit else {
                throw refuse("column \(name) has width \(column.width); 1 to \(ColumnSpec.widthLimit) is possible")
            }
        }
        for space in latentSpaces where space.latents <= 0 || space.topK <= 0 {
            throw refuse(
                "latent space \(space.site.canonicalName) has \(space.latents) latents and top-k \(space.topK)")
        }
        for module in adapterModules where module.rank <= 0 || module.bNorms.count != module.rank {
            throw refuse(
                "adapter module \(module.site.canonicalName) has rank \(module.rank) and \(module.bNorms.count) norms")
        }
    }
}

/// The text bytes of every token id as one piece: u32 count, then each with its u32 length.
enum TokenPieces {
    static func encode(_ pieces: [[UInt8]]) -> [UInt8] {
        var out = ByteWriter()
        out.append(UInt32(pieces.count))
        for piece in pieces { out.append(block: piece) }
        return out.bytes
    }

    static func decode(_ bytes: [UInt8], path: String) throws(Corruption) -> [[UInt8]] {
        var input = ByteReader(bytes, path: path, base: 0, what: "token pieces")
        let count = try input.count(UInt32.self, limit: bytes.count / 4, "number of tokens")
        var pieces: [[UInt8]] = []
        pieces.reserveCapacity(count)
        for _ in 0..<count { pieces.append(try input.block(limit: bytes.count, "length of a token")) }
        try input.finish()
        return pieces
    }
}
