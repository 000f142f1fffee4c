internal import Models
public import Store
public import Tensor

/// Everything a capture will write, decided and checked before anything is written.
public struct CapturePlan: Sendable {
    /// What was asked for.
    public let request: CaptureRequest
    /// In capture order.
    public var prompts: [TokenizedPrompt] { rows.prompts }
    /// What the store is told.
    public let spec: CaptureSpec
    /// The prompts and which of their tokens are kept.
    let rows: PromptRows
    /// Where the numbers of a site go.
    private(set) var targets: [Site: [CaptureTarget]]
    /// Layers that must be run, from the first.
    private(set) var layerLimit: Int
    /// What must follow the layers.
    private(set) var finish: PassEnd
    /// Place of the first of the four columns of the logits; nil without them.
    private(set) var logitColumns: Int?
    /// Columns that were worked out before, with their places.
    let tokenColumns: [(place: Int, column: TokenColumn)]
    /// Of one token, in floating-point operations.
    let costPerToken: Double

    /// Tokens of all prompts.
    public var tokenCount: Int { rows.tokenCount }
    /// Tokens that are kept: rows of every column.
    public var rowCount: Int { rows.rowCount }
    /// Which they are.
    public var kept: KeptTokens { rows.kept }
    /// Bytes of all columns before encoding, a byte a number where the type is i8.
    public var byteCount: Int { rowCount * spec.columns.reduce(0) { $0 + $1.keptRowBytes } }

    /// Columns that will be written.
    public var columnCount: Int { spec.columns.count }

    /// How many places of each kind are captured, in the order of the columns: `resid_post` 6, `lora` 3, `sae` 1.
    public var siteCounts: [(name: String, count: Int)] {
        var counts: [(name: String, count: Int)] = []
        for column in spec.columns {
            // An autoencoder has two columns and is one place.
            if case .latentValue = column.id { continue }
            var named = column.id.site?.point.rawValue
            if case .perToken(let name) = column.id { named = name }
            guard let name = named else { continue }
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
        rows = try PromptRows(prompts, kept: request.positions)
        var columns = CaptureColumns(request, config: model.config)
        try columns.resolve(rows)
        self.request = request
        targets = columns.targets
        layerLimit = columns.layerLimit
        finish = columns.finish
        logitColumns = columns.logitColumns
        tokenColumns = columns.tokenColumns
        costPerToken = ForwardCost.perToken(model.config, layers: columns.layerLimit, finish: columns.finish)
        spec = CaptureSpec(
            model: request.name.model, dataset: request.name.dataset, modelDigest: model.decoder.digest,
            tokenizerDigest: model.tokenizerDigest, adapterDigest: request.adapter?.digest,
            architecture: model.config.architecture, layerCount: model.config.layerCount,
            hiddenSize: model.config.hiddenSize, columns: columns.specs, latentSpaces: columns.latentSpaces,
            adapterModules: columns.adapterModules, tokenPieces: model.tokenPieces)
    }

    /// Whether anything of it comes out of the model.
    var needsPass: Bool { !targets.isEmpty || logitColumns != nil }

    /// The same capture where only some of its columns are still to be made: no more of the model is run than those take.
    func narrowed(to columns: [Int]) -> CapturePlan {
        let wanted = Set(columns)
        guard wanted.count < spec.columns.count else { return self }
        var plan = self
        plan.targets = targets.compactMapValues { targets in
            let kept = targets.filter { wanted.contains($0.column) }
            return kept.isEmpty ? nil : kept
        }
        if let first = logitColumns, !(first..<first + 4).contains(where: wanted.contains) { plan.logitColumns = nil }
        let asksForNorm = plan.targets.keys.contains { $0.point == .lnFinal }
        plan.finish = plan.logitColumns != nil ? .logits : asksForNorm ? .norm : .none
        let layers = plan.targets.keys.compactMap(\.layer).max().map { $0 + 1 } ?? 0
        plan.layerLimit = plan.finish == .none ? layers : layerLimit
        return plan
    }

    /// Floating-point operations of one token where only these columns are made.
    func costPerToken(columns: [Int], of config: ModelConfig) -> Double {
        let plan = narrowed(to: columns)
        return ForwardCost.perToken(config, layers: plan.layerLimit, finish: plan.finish)
    }

    /// As the store records the prompts.
    var records: [PromptRecord] {
        rows.prompts.enumerated().map { $1.record(rows: rows.rows(ofPrompt: $0)) }
    }

    /// Bytes of the rows that come of `commitTokens` tokens, or of the work that stands for them.
    func commitBytes(rowBytes: Int) -> Int {
        let tokens = request.commitTokens.map(Double.init) ?? ForwardCost.commitOperations / max(1, costPerToken)
        let rowsPerToken = Double(rowCount) / Double(max(1, tokenCount))
        return Int(min(tokens * rowsPerToken * Double(rowBytes), 1e15).rounded(.up))
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

    /// Its first column.
    var column: Int {
        switch self {
        case .dense(let column, _): column
        case .latents(_, let column, _): column
        }
    }
}
