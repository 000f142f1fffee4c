public import Store
public import Tensor

/// A small capture with made-up numbers, written through `StoreWriter` as a real one is.
public struct SyntheticCapture: Sendable {
    /// A number of a column: for `latentIndex` and the u32 and u8 columns the integer itself.
    public typealias Values = @Sendable (_ column: ColumnID, _ prompt: Int, _ position: Int, _ place: Int) -> Double

    /// Name of the model.
    public var model: String
    /// Name of the dataset.
    public var dataset: String
    /// In capture order.
    public var prompts: [PromptRecord]
    /// Layers with a `resid_post` column.
    public var layers: Int
    /// Width of `resid_post`.
    public var hiddenSize: Int
    /// Stored type of the dense sites and the latents' values.
    public var elementType: ElementType
    /// Adds `lora.L.MODULE` of this rank in every layer for each of `loraModules`; 0 for none.
    public var loraRank: Int
    /// The modules that carry adapters.
    public var loraModules = ["mlp.down_proj"]
    /// Adds `sae.1.demo` with this many latents and top-k 4; 0 for none.
    public var latents: Int
    /// Every number of every column.
    public var values: Values
    /// Texts of the token ids.
    public var tokenPieces = (0..<SyntheticCapture.vocabulary).map { Array("t\($0) ".utf8) }

    /// Latents kept per token.
    public static let topK = 4
    /// Site of the SAE columns.
    public static let autoencoder = Site(.sae, layer: 1, part: "demo")
    /// Token ids are below this.
    public static let vocabulary = 50

    /// Noise by default; `values` decides otherwise.
    public init(
        model: String = "base", dataset: String = "general", prompts: [PromptRecord]? = nil, layers: Int = 2,
        hiddenSize: Int = 8, elementType: ElementType = .float32, loraRank: Int = 0, latents: Int = 0,
        seed: UInt64 = 1, values: Values? = nil
    ) {
        self.model = model
        self.dataset = dataset
        self.prompts = prompts ?? SyntheticCapture.prompts(6)
        self.layers = layers
        self.hiddenSize = hiddenSize
        self.elementType = elementType
        self.loraRank = loraRank
        self.latents = latents
        self.values = values ?? SyntheticCapture.noise(seed: seed, latents: max(1, latents))
    }

    /// Prompts `p0`, `p1` … of 3 to 7 tokens with the metadata group ("a" or "b", by turns) and score.
    public static func prompts(_ count: Int) -> [PromptRecord] {
        (0..<count).map { index in
            PromptRecord(
                key: "p\(index)", source: "prompt number \(index)",
                metadata: [
                    ("group", .string(index % 2 == 0 ? "a" : "b")), ("score", .double(Double(index) / 4)),
                    ("turn", .int(index)), ("first", .bool(index == 0)),
                ], tokenCount: 3 + index % 5)
        }
    }

    /// Numbers in −1…1 that depend on nothing but the seed and the place; token ids, roles and latents that make sense.
    public static func noise(seed: UInt64, latents: Int) -> Values {
        { column, prompt, position, place in
            var hash = seed
            for byte in column.canonicalName.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
            hash ^= UInt64(prompt) << 40 ^ UInt64(position) << 20 ^ UInt64(place)
            var generator = SeededGenerator(seed: hash)
            switch column {
            case .tokenID: return Double(generator.next() % UInt64(vocabulary))
            case .prompt: return Double(prompt)
            case .position: return Double(position)
            case .role: return 0
            // Different indices in a row: one from each quarter of the dictionary.
            case .latentIndex: return Double((prompt + place * max(1, latents / topK)) % latents)
            case .latentValue: return Double(topK - place) / 2
            default: return Double.random(in: -1...1, using: &generator)
            }
        }
    }

    /// What is given to `StoreWriter.beginCapture`.
    public var spec: CaptureSpec {
        var columns = [
            ColumnSpec(id: .tokenID, elementType: .uint32, width: 1),
            ColumnSpec(id: .prompt, elementType: .uint32, width: 1),
            ColumnSpec(id: .position, elementType: .uint32, width: 1),
            ColumnSpec(id: .role, elementType: .uint8, width: 1),
        ]
        var modules: [AdapterModule] = []
        for layer in 0..<layers {
            columns.append(
                ColumnSpec(id: .site(Site(.residPost, layer: layer)), elementType: elementType, width: hiddenSize))
            guard loraRank > 0 else { continue }
            for module in loraModules {
                let site = Site(.lora, layer: layer, part: module)
                columns.append(ColumnSpec(id: .site(site), elementType: .float32, width: loraRank))
                modules.append(
                    AdapterModule(site: site, rank: loraRank, scale: 2, bNorms: (0..<loraRank).map { 0.5 + Double($0) })
                )
            }
        }
        var spaces: [LatentSpace] = []
        if latents > 0 {
            let site = SyntheticCapture.autoencoder
            columns.append(ColumnSpec(id: .latentIndex(site), elementType: .uint32, width: SyntheticCapture.topK))
            columns.append(ColumnSpec(id: .latentValue(site), elementType: elementType, width: SyntheticCapture.topK))
            spaces.append(
                LatentSpace(site: site, latents: latents, topK: SyntheticCapture.topK, digest: "synthetic-sae"))
        }
        return CaptureSpec(
            model: model, dataset: dataset, modelDigest: "synthetic-" + model, tokenizerDigest: "synthetic-tokenizer",
            adapterDigest: loraRank > 0 ? "synthetic-adapter" : nil, architecture: "Qwen2ForCausalLM",
            layerCount: layers, hiddenSize: hiddenSize, columns: columns, latentSpaces: spaces,
            adapterModules: modules,
            tokenPieces: tokenPieces)
    }

    /// The stored bytes of a column's rows for whole prompts.
    public func bytes(of column: ColumnSpec, prompts range: Range<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        for prompt in range {
            for position in 0..<prompts[prompt].tokenCount {
                for place in 0..<column.width {
                    bytes += SyntheticCapture.encode(
                        values(column.id, prompt, position, place), as: column.elementType)
                }
            }
        }
        return bytes
    }

    /// One number in its stored bytes.
    public static func encode(_ value: Double, as type: ElementType) -> [UInt8] {
        let bits: UInt32 =
            switch type {
            case .float32, .int8: Float(value).bitPattern
            case .float16: UInt32(HalfPrecision.half(Float(value)))
            case .bfloat16: UInt32(HalfPrecision.bfloat(Float(value)))
            case .uint32: UInt32(value)
            case .uint16: UInt32(UInt16(value))
            case .uint8: UInt32(UInt8(value))
            }
        return (0..<type.byteCount).map { UInt8(truncatingIfNeeded: bits >> UInt32($0 * 8)) }
    }

    /// Writes what is missing of the capture.
    ///
    /// - Parameter limit: chunks to commit at most, as if the ingest were interrupted then
    public func write(to store: StoreWriter, chunkBytes: Int = 256 << 20, limit: Int = .max) throws {
        let spec = spec
        let capture = try store.beginCapture(spec, prompts: prompts, chunkBytes: chunkBytes)
        var left = limit
        for chunk in capture.plannedChunks where !chunk.isCommitted {
            guard left > 0 else { return }
            left -= 1
            try capture.commit(builder(for: chunk, capture, spec))
        }
    }

    /// A builder that holds all rows of a planned chunk.
    public func builder(for chunk: PlannedChunk, _ capture: CaptureWriter, _ spec: CaptureSpec) -> ChunkBuilder {
        var builder = capture.makeBuilder(for: chunk)
        for (place, index) in capture.columns.enumerated() {
            let bytes = bytes(
                of: spec.columns[index], prompts: chunk.firstPrompt..<(chunk.firstPrompt + chunk.promptCount))
            builder.write(unsafe bytes.span.bytes, column: place, row: 0)
        }
        return builder
    }
}

/// Stores for tests.
public enum SyntheticStore {
    /// Makes a store at `path`, or adds to the one there.
    public static func build(_ path: String, _ captures: [SyntheticCapture], chunkBytes: Int = 256 << 20) throws {
        let store = try StoreWriter(path: path)
        for capture in captures { try capture.write(to: store, chunkBytes: chunkBytes) }
    }
}
