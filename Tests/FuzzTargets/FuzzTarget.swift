/// One parser of bytes that come from outside. A fuzzer's executable and the seeded mutations of `swift test` run the same ones.
///
/// Whatever the bytes are, `run` returns: an error of the parser is an answer, a trap is a defect.
public enum FuzzTarget: String, CaseIterable, Sendable {
    case chunkEnds = "chunk-ends"
    case chunkFooter = "chunk-footer"
    case block
    case storeDescriptor = "store-descriptor"
    case flatJSON = "flat-json"
    case safetensors
    case numPy = "npy"
    case zip = "npz"
    case json
    case prompts
    case promptTable = "prompt-table"
    case tokenizer
    case chatTemplate = "chat-template"
    case query
    case modelConfig = "model-config"
    case modelWeights = "model-weights"
    case adapterConfig = "adapter-config"
    case autoencoderConfig = "autoencoder-config"
    case gemmaScope = "gemma-scope"

    /// Parses the bytes and throws away what comes of it, be it an error.
    public func run(_ bytes: [UInt8]) { try? parse(bytes) }

    /// Parses the bytes; throws what the parser throws.
    public func parse(_ bytes: [UInt8]) throws {
        switch self {
        case .chunkEnds: try ChunkInputs.ends(bytes)
        case .chunkFooter: try ChunkInputs.footer(bytes)
        case .block: try BlockInputs.parse(bytes)
        case .storeDescriptor: try StoreInputs.descriptor(bytes)
        case .flatJSON: try StoreInputs.flatJSON(bytes)
        case .safetensors: try FileInputs.safetensors(bytes)
        case .numPy: try FileInputs.numPy(bytes)
        case .zip: try FileInputs.zip(bytes)
        case .json: try FileInputs.json(bytes)
        case .prompts: try FileInputs.prompts(bytes)
        case .promptTable: try FileInputs.promptTable(bytes)
        case .tokenizer: try TextInputs.tokenizer(bytes)
        case .chatTemplate: try TextInputs.chatTemplate(bytes)
        case .query: try TextInputs.query(bytes)
        case .modelConfig: try ModelInputs.config(bytes)
        case .modelWeights: try ModelInputs.weights(bytes)
        case .adapterConfig: try LatentInputs.adapterConfig(bytes)
        case .autoencoderConfig: try LatentInputs.autoencoderConfig(bytes)
        case .gemmaScope: try LatentInputs.gemmaScope(bytes)
        }
    }

    /// Well-formed inputs to start from.
    public var seeds: [[UInt8]] {
        switch self {
        case .chunkEnds: ChunkInputs.endSeeds
        case .chunkFooter: ChunkInputs.footerSeeds
        case .block: BlockInputs.seeds
        case .storeDescriptor: StoreInputs.descriptorSeeds
        case .flatJSON: StoreInputs.flatJSONSeeds
        case .safetensors: FileInputs.safetensorsSeeds
        case .numPy: FileInputs.numPySeeds
        case .zip: FileInputs.zipSeeds
        case .json: FileInputs.jsonSeeds
        case .prompts: FileInputs.promptSeeds
        case .promptTable: FileInputs.promptTableSeeds
        case .tokenizer: TextInputs.tokenizerSeeds
        case .chatTemplate: TextInputs.chatTemplateSeeds
        case .query: TextInputs.querySeeds
        case .modelConfig: ModelInputs.configSeeds
        case .modelWeights: ModelInputs.weightSeeds
        case .adapterConfig: LatentInputs.adapterSeeds
        case .autoencoderConfig: LatentInputs.autoencoderSeeds
        case .gemmaScope: LatentInputs.gemmaScopeSeeds
        }
    }
}
