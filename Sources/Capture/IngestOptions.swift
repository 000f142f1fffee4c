/// What `varve ingest` is told, still as text: folders, files and names.
public struct IngestOptions: Sendable {
    /// Hugging Face folder of the model.
    public var model: String
    /// PEFT folder.
    public var adapter: String?
    /// SAELens folders.
    public var autoencoders: [String] = []
    /// JSONL.
    public var prompts: String
    /// `MODEL/DATASET`.
    public var name: String
    /// Names separated by commas; nil for the default.
    public var sites: String?
    /// `A:B`, B not included; nil for all.
    public var layers: String?
    /// Latents kept per token.
    public var topK = 32
    /// `f32`, `f16` or `bf16`.
    public var elementType = "f32"
    /// Tokens run together.
    public var batchTokens = 1024

    /// - Parameter name: `MODEL/DATASET`.
    public init(model: String, prompts: String, name: String) {
        self.model = model
        self.prompts = prompts
        self.name = name
    }
}
