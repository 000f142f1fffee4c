internal import Kernels
internal import Tensor

extension Decoder {
    /// Lets the model continue each prompt: what follows it, without the prompt itself.
    ///
    /// At temperature 0 the tokens are those of transformers' greedy search. A sequence ends after `options.count` tokens, after a
    /// stop token (which is its last), or where learned positions end. Prompts do not see each other.
    ///
    /// - Parameters:
    ///   - prompts: none empty, every id below `config.vocabularySize`.
    ///   - options: values without a `problem`.
    ///   - isInterrupted: asked before each step; true ends all sequences where they are.
    /// - Complexity: keys and values of all sequences are held, 8 bytes a number: 2 · layers · key width a token.
    public func generate(
        _ prompts: [[UInt32]], options: GenerationOptions, adapter: LoRAAdapter? = nil, workspace: inout Workspace,
        isInterrupted: () -> Bool = { false }
    ) -> [[UInt32]] {
        precondition(options.problem == nil, options.problem ?? "")
        precondition(layers.count == config.layerCount, "generating takes all layers")
        var sequences = prompts.enumerated().map { index, prompt in
            GeneratedSequence(prompt, place: options.firstPlace + index, limit: room(after: prompt, options), config)
        }
        let sampler = TokenSampler(options: options)
        while !isInterrupted() {
            let active = sequences.indices.filter { !sequences[$0].isFinished }
            guard !active.isEmpty else { break }
            var waiting = active[...]
            while !waiting.isEmpty {
                let group = Decoder.group(&waiting, sequences)
                step(group, &sequences, sampler, adapter, &workspace)
            }
        }
        return sequences.map { Array($0.tokens[$0.promptCount...]) }
    }

    private func room(after prompt: [UInt32], _ options: GenerationOptions) -> Int {
        guard !prompt.isEmpty else { return 0 }
        guard config.hasLearnedPositions, let positions = config.maximumPositions else { return options.count }
        return max(0, min(options.count, positions - prompt.count))
    }

    /// As many sequences as fit into one pass.
    private static func group(_ waiting: inout ArraySlice<Int>, _ sequences: [GeneratedSequence]) -> [Int] {
        var group: [Int] = []
        var tokens = 0
        while let next = waiting.first {
            let new = sequences[next].newTokens.count
            if !group.isEmpty, tokens + new > 2048 || group.count >= 64 { break }
            waiting.removeFirst()
            group.append(next)
            tokens += new
        }
        return group
    }

    /// One more token for each sequence of the group.
    private func step(
        _ group: [Int], _ sequences: inout [GeneratedSequence], _ sampler: TokenSampler, _ adapter: LoRAAdapter?,
        _ workspace: inout Workspace
    ) {
        for index in group { sequences[index].forgetIfAnglesChange(config) }
        let batch = TokenBatch(prompts: group.map { Array(sequences[$0].newTokens) })
        var caches: [KeyValueCache] = []
        for index in group { caches.append(sequences[index].takeCache()) }
        var nobody = NoVisitor()
        run(
            batch, adapter: adapter, layers: 0..<layers.count, finish: .none, caches: &caches, workspace: &workspace,
            visitor: &nobody)
        let logits = lastLogits(batch, &workspace)
        let vocabulary = config.vocabularySize
        for (row, index) in group.enumerated() {
            sequences[index].cache = caches[row]
            let own = logits.span.extracting(row * vocabulary..<(row + 1) * vocabulary)
            let token = sampler.token(own, place: sequences[index].place, step: sequences[index].step)
            sequences[index].append(token, isLast: sampler.options.stop.contains(token))
        }
    }

    /// Logits after the last token of each prompt, [prompts, vocabulary].
    func lastLogits(_ batch: TokenBatch, _ workspace: inout Workspace) -> [Float] {
        guard let finalNorm, let unembedding else { preconditionFailure("the end of the model is not loaded") }
        let width = config.hiddenSize
        var last: [Float] = []
        var end = 0
        for length in batch.lengths {
            end += length
            last += workspace.residual[(end - 1) * width..<end * width]
        }
        let rows = batch.lengths.count
        var normed = [Float](repeating: 0, count: last.count)
        finalNorm.apply(last, rows: rows, into: &normed)
        var logits = [Float](repeating: 0, count: rows * unembedding.rows)
        var span = logits.mutableSpan
        unembedding.multiply(normed.span, count: rows, into: &span, tile: &workspace.tile)
        if let cap = config.logitCap { DecoderLoops.cap(&span, at: Float(cap)) }
        return logits
    }
}

/// One prompt and what has followed it so far.
private struct GeneratedSequence {
    /// The prompt, then the tokens generated.
    private(set) var tokens: [UInt32]
    let promptCount: Int
    let place: Int
    private(set) var isFinished: Bool
    var cache: KeyValueCache?
    private let limit: Int
    private let capacity: Int
    private let config: ModelConfig

    init(_ prompt: [UInt32], place: Int, limit: Int, _ config: ModelConfig) {
        tokens = prompt
        promptCount = prompt.count
        self.place = place
        self.limit = limit
        self.config = config
        isFinished = limit == 0
        capacity = prompt.count + limit
    }

    /// Tokens generated so far.
    var step: Int { tokens.count - promptCount }
    /// What the next pass must take in.
    var newTokens: ArraySlice<UInt32> { tokens[(cache?.count ?? 0)...] }

    mutating func append(_ token: UInt32, isLast: Bool) {
        tokens.append(token)
        guard isLast || step == limit else { return }
        isFinished = true
        cache = nil
    }

    /// The cache, to be put back after the pass; made when it is first needed.
    mutating func takeCache() -> KeyValueCache {
        defer { cache = nil }
        return cache ?? KeyValueCache(config, capacity: capacity)
    }

    /// Where a prompt grows out of the model's first context all its angles change: the keys held are of no use.
    mutating func forgetIfAnglesChange(_ config: ModelConfig) {
        guard let rotary = config.attention.rotary, let held = cache?.count, held > 0 else { return }
        if rotary.isLong(tokens.count) != rotary.isLong(held) { cache?.reset() }
    }
}

/// Looks at nothing.
private struct NoVisitor: ActivationVisitor {
    mutating func visit(_ site: Site, rows: Span<Float>, width: Int) {}
}
