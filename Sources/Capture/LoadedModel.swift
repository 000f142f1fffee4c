public import Models
public import TensorFiles

/// A model folder in memory: decoder and tokenizer, ready for several captures with different adapters.
public struct LoadedModel: Sendable {
    /// Where it was loaded from; its chat template is read from there when it is needed.
    public let folder: String
    /// The forward pass.
    public let decoder: Decoder
    /// Text to token ids.
    public let tokenizer: Tokenizer

    /// The decoder's description.
    public var config: ModelConfig { decoder.config }

    /// Loads a Hugging Face folder.
    public init(folder: String) throws(FileError) {
        self.folder = folder
        let config = try ModelConfig(folder: folder)
        let path = folder + "/tokenizer.json"
        guard InputFile.exists(path) else {
            throw FileError(
                path: path, problem: "the tokenizer is missing",
                mend: "save it beside the model: tokenizer.save_pretrained(folder)")
        }
        tokenizer = try Tokenizer(contentsOf: path)
        decoder = try Decoder(config: config, folder: folder)
    }
}
