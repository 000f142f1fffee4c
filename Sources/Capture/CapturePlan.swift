internal import Models
public import Store
internal import Tensor

/// Everything a capture will write, decided and checked before anything is written.
public struct CapturePlan: Sendable {
    /// What was asked for.
    public let request: CaptureRequest
    /// In capture order.
    public let prompts: [TokenizedPrompt]
    /// What the store is told.
    public let spec: CaptureSpec
    /// Where the numbers of a site go.
    let targets: [Site: [CaptureTarget]]
    /// Layers that must be run, from the first.
    let layerLimit: Int

    /// Tokens of all prompts: rows of every column.
    public let rowCount: Int
    /// Bytes of all columns before encoding.
    public var byteCount: Int { rowCount * spec.rowBytes }

    /// Columns that will be written.
    public var columnCount: Int { spec.columns.count }

    /// How many places of each kind are captured, in the order of the columns: `resid_post` 6, `lora` 3, `sae` 1.
    public var siteCounts: [(name: String, count: Int)] {
        var counts: [(name: String, count: Int)] = []
        for column in spec.columns {
            // An autoencoder has two columns and is one place.
            if case .latentValue = column.id { continue }
            guard let name = column.id.site?.point.rawValue else { continue }
            if let place = counts.firstIndex(where: { $0.name == name }) {
                counts[place].count += 1
            } else {
                counts.append((name, 1))
            }
        }
        return counts
    }

    /// Resolves sites to columns and checks request, adapter, autoencoders and prompts against the model.
    public init(_ request: CaptureRequest, model: LoadedModel, prompts: [TokenizedPrompt]) throws(CaptureError) {
        try CapturePlan.check(
            prompts, vocabulary: model.config.vocabularySize, positions: model.config.maximumPositions)
        var columns = CaptureColumns(request, config: model.config)
        try columns.resolve()
        self.request = request
        self.prompts = prompts
        targets = columns.targets
        layerLimit = columns.layerLimit
        rowCount = prompts.reduce(0) { $0 + $1.ids.count }
        spec = CaptureSpec(
            model: request.name.model, dataset: request.name.dataset, modelDigest: model.decoder.digest,
            tokenizerDigest: model.tokenizerDigest, adapterDigest: request.adapter?.digest,
            architecture: model.config.architecture, layerCount: model.config.layerCount,
            hiddenSize: model.config.hiddenSize, columns: columns.specs, latentSpaces: columns.latentSpaces,
            adapterModules: columns.adapterModules, tokenPieces: model.tokenPieces)
    }

    private static func check(
        _ prompts: [TokenizedPrompt], vocabulary: Int, positions: Int?
    ) throws(CaptureError) {
        guard !prompts.isEmpty else {
            throw CaptureError(.prompt, "there is no prompt to run", mend: "give a file with at least one")
        }
        var seen: Set<[UInt8]> = []
        for prompt in prompts {
            guard seen.insert(Array(prompt.key.utf8)).inserted else {
                throw CaptureError(.prompt, "two prompts have the id \"\(prompt.key)\"", mend: "make ids unique")
            }
            guard !prompt.ids.isEmpty else {
                throw CaptureError(.prompt, "\(prompt.title) has no token", mend: "give it text or remove it")
            }
            // Time and memory of attention grow with the square of it, and the model has learnt nothing beyond.
            if let positions, prompt.ids.count > positions {
                throw CaptureError(
                    .prompt, "\(prompt.title) has \(prompt.ids.count) tokens, the model takes \(positions)",
                    mend: "shorten it, or raise max_position_embeddings in config.json if the model was made for more")
            }
            if let id = prompt.ids.first(where: { Int($0) >= vocabulary }) {
                throw CaptureError(
                    .prompt, "\(prompt.title) has token \(id), the model knows \(vocabulary)",
                    mend: "use the tokenizer of this model")
            }
        }
    }
}

/// Where the numbers of one site go.
enum CaptureTarget: Sendable {
    /// A column of floats.
    case dense(column: Int, type: ElementType)
    /// Two columns of an autoencoder's latents, `index` and the one after it.
    case latents(SparseAutoencoder, index: Int, k: Int)
}
