public import Models
public import TensorFiles

/// A model folder in memory: decoder and tokenizer, ready for several captures with different adapters.
public struct LoadedModel: Sendable {
    /// Where it was loaded from; its chat template is read from there when it is needed.
    public let folder: String
    /// The forward pass.
    public let decoder: Decoder
    /// Text to token ids; nil where the folder's is missing or of a kind that is not read, which leaves prompts of token ids.
    public let tokenizer: Tokenizer?
    /// Why there is no tokenizer.
    public let tokenizerProblem: FileError?
    /// A fingerprint of the tokenizer's file, and of whether it could be read.
    public let tokenizerDigest: String

    /// The decoder's description.
    public var config: ModelConfig { decoder.config }
    /// UTF-8 of what each token id stands for; empty without a tokenizer.
    public var tokenPieces: [[UInt8]] { tokenizer?.pieces ?? [] }

    /// Loads a Hugging Face folder.
    public init(folder: String) throws(FileError) {
        self.folder = folder
        let config = try ModelConfig(folder: folder)
        let path = folder + "/tokenizer.json"
        do throws(FileError) {
            guard InputFile.exists(path) else {
                throw FileError(
                    path: path, problem: "the tokenizer is missing",
                    mend: "save it beside the model: tokenizer.save_pretrained(folder), "
                        + #"or give the prompts as "token_ids""#)
            }
            let tokenizer = try Tokenizer(contentsOf: path)
            self.tokenizer = tokenizer
            tokenizerDigest = tokenizer.digest
            tokenizerProblem = nil
        } catch {
            tokenizer = nil
            tokenizerDigest = LoadedModel.digest(ofUnread: path)
            tokenizerProblem = error
        }
        decoder = try Decoder(config: config, folder: folder)
    }

    /// Another digest than that of the tokenizer, should it be read one day: then its tokens have texts.
    private static func digest(ofUnread path: String) -> String {
        var digest = ContentDigest()
        let mark = Array("a tokenizer that is not read".utf8)
        digest.update(unsafe mark.span.bytes)
        if let bytes = try? InputFile(path: path).contents(limit: 256 << 20) { digest.update(unsafe bytes.span.bytes) }
        return digest.text
    }
}
