public import Models
internal import TensorFiles

/// What `varve ingest` is told, still as text: folders, files and names.
public struct IngestOptions: Sendable {
    /// Hugging Face folder of the model.
    public var model: String
    /// PEFT folders: one as it is, or any number as `NAME=FOLDER`, each a capture of its own.
    public var adapters: [String] = []
    /// With named adapters: what the model without any is captured as; nil where it is not captured.
    public var base: String?
    /// Folders of autoencoders.
    public var autoencoders: [String] = []
    /// JSONL or CSV.
    public var prompts: String
    /// `MODEL/DATASET`; with named adapters the data set alone.
    public var name: String
    /// Names separated by commas; nil for the default.
    public var sites: String?
    /// `A:B`, B not included, single layers, and lists of those; nil for all.
    public var layers: String?
    /// `all`, `last`, `last:N` or `assistant`.
    public var positions = "all"
    /// `NAME=FILE.npy` each.
    public var columns: [String] = []
    /// Latents kept per token; nil for 32.
    public var topK: Int?
    /// Every active latent is kept.
    public var keepsAllActive = false
    /// How the model goes on with each prompt before it is captured; nil where it does not.
    public var generation: GenerationOptions?
    /// `f32`, `f16`, `bf16` or `i8`.
    public var elementType = "f32"
    /// Tokens run together.
    public var batchTokens = 512
    /// Tokens after which the rows so far are made durable; nil for about half a minute's work.
    public var commitTokens: Int?

    /// - Parameter name: `MODEL/DATASET`, or with named adapters `DATASET`.
    public init(model: String, prompts: String, name: String) {
        self.model = model
        self.prompts = prompts
        self.name = name
    }

    /// The captures that are asked for, each with the folder of its adapter.
    public func captures() throws(CaptureError) -> [(name: CaptureName, adapter: String?)] {
        let given = adapters.map { text in NamedFolder(text) { InputFile.exists($0 + "/adapter_config.json") } }
        if given.contains(where: { $0.name != nil }) { return try namedCaptures(given) }
        guard given.count <= 1 else {
            throw CaptureError(
                .request, "there are \(given.count) adapters and one name",
                mend: "name each: --adapter NAME=DIR --adapter NAME=DIR, with --as DATASET")
        }
        guard base == nil else {
            throw CaptureError(
                .request, "--base names the model beside named adapters",
                mend: "write --adapter NAME=DIR, or leave --base out")
        }
        return [(try CaptureName(name), given.first?.folder)]
    }

    private func namedCaptures(
        _ given: [NamedFolder]
    ) throws(CaptureError) -> [(name: CaptureName, adapter: String?)] {
        guard !name.contains("/") else {
            throw CaptureError(
                .request, "--as \"\(name)\" names a model, and so does --adapter NAME=DIR",
                mend: "give --as the data set alone; --base MODEL captures the model without adapters too")
        }
        var captures: [(name: CaptureName, adapter: String?)] = []
        if let base { captures.append((try CaptureName("\(base)/\(name)"), nil)) }
        for one in given {
            let folder = one.folder
            guard let model = one.name else {
                throw CaptureError(
                    .request, "adapter \"\(folder)\" has no name", mend: "write --adapter NAME=\(folder)")
            }
            captures.append((try CaptureName("\(model)/\(name)"), folder))
        }
        return captures
    }
}
