internal import Models
internal import Store
internal import Synchronization
internal import Tensor
internal import TensorFiles

/// Lets a model answer prompts before they are captured: each goes on with the tokens that the model gives.
///
/// What is generated depends on model, adapter, prompts and options alone, so the same command again gives the same.
public struct PromptCompletion: Sendable {
    /// The metadata column that holds the text.
    public static let column = "generated"
    /// Prompts that are run together; an interruption loses their tokens.
    private static let groupSize = 16

    /// The captures as they are where every answer is as long as it may be.
    public let longest: Ingest
    private let prompts: [TokenizedPrompt]
    private let options: GenerationOptions
    private let journal: GenerationJournal

    private var model: LoadedModel { longest.model }
    private var adapter: LoRAAdapter? { longest.plans[0].request.adapter }

    /// - Parameters:
    ///   - options: checked; without stop tokens those of the model's folder are taken.
    ///   - longest: captures of the lengthened prompts, the first of which has the adapter that answers.
    ///   - store: where the captures will lie; a journal is kept beside it.
    init(_ options: GenerationOptions, of prompts: [TokenizedPrompt], for longest: Ingest, store: String) throws {
        self.longest = longest
        self.prompts = prompts
        var options = options
        let model = longest.model
        if options.stop.isEmpty { options.stop = try GenerationDefaults(folder: model.folder).stop }
        self.options = options
        journal = GenerationJournal(
            store: store,
            digest: PromptCompletion.digest(
                options, prompts, model.decoder.digest, longest.plans[0].request.adapter?.digest))
    }

    /// Tokens that an answer has at most.
    public var answerLimit: Int { options.count }

    /// How many prompts have no answer yet.
    public func openCount() throws -> Int { try open().count }

    private func open() throws -> [Int] {
        let known = try journal.read()
        return prompts.indices.filter { known[Array(prompts[$0].key.utf8)] == nil }
    }

    /// Prompts with answers of full length, made of their own tokens: what they take is what the real ones take at most.
    static func lengthened(_ prompts: [TokenizedPrompt], by count: Int) -> [TokenizedPrompt] {
        prompts.map { prompt in
            guard !prompt.ids.isEmpty else { return prompt }
            var prompt = prompt
            let ids = prompt.ids
            prompt.ids += (0..<count).map { ids[($0 &* 7 &+ 3) % ids.count] }
            prompt.roles += [TokenRole](repeating: .assistant, count: count)
            for index in prompt.tokenNumbers.indices {
                prompt.tokenNumbers[index].values += [Double](repeating: .nan, count: count)
            }
            return prompt
        }
    }

    /// Checks everything that can be known before.
    static func check(
        _ prompts: [TokenizedPrompt], _ options: GenerationOptions, _ config: ModelConfig
    ) throws(CaptureError) {
        if let problem = options.problem { throw CaptureError(.request, problem) }
        guard options.count > 0 else {
            throw CaptureError(
                .request, "--generate 0 generates nothing", mend: "give a number of tokens or leave it out")
        }
        for prompt in prompts { try PromptCompletion.check(prompt, options, config) }
    }

    private static func check(
        _ prompt: TokenizedPrompt, _ options: GenerationOptions, _ config: ModelConfig
    ) throws(CaptureError) {
        let spoken = prompt.roles.last { $0 != .template }
        guard spoken != .assistant else {
            throw CaptureError(
                .prompt, "\(prompt.title) has an answer already", mend: "take the answer out, or leave --generate out")
        }
        guard !prompt.metadata.contains(where: { $0.0 == column }) else {
            throw CaptureError(
                .prompt, "\(prompt.title) has a field \"\(column)\", which is where the text goes", mend: "rename it")
        }
        if let positions = config.maximumPositions, prompt.ids.count + options.count > positions {
            throw CaptureError(
                .prompt,
                "\(prompt.title) has \(prompt.ids.count) tokens, with \(options.count) more it passes the \(positions) "
                    + "that the model takes", mend: "shorten it, or generate fewer")
        }
    }

    private static func digest(
        _ options: GenerationOptions, _ prompts: [TokenizedPrompt], _ model: String, _ adapter: String?
    ) -> String {
        var digest = ContentDigest()
        digest.update("varve generation 1 \(model) \(adapter ?? "")")
        digest.update(
            "\(options.count) \(options.temperature) \(options.topP) \(options.seed) \(options.stop.sorted())")
        for prompt in prompts {
            digest.update(prompt.key)
            let ids = prompt.ids
            digest.update(unsafe ids.span.bytes)
        }
        return digest.text
    }

    /// The prompts with what the model says to them; nil where it was interrupted. What was generated until then is kept.
    ///
    /// - Parameter progress: called with prompts that are complete and tokens generated by this run.
    public func run(
        progress: (_ prompts: Int, _ tokens: Int) -> Void = { _, _ in },
        isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) async throws -> [TokenizedPrompt]? {
        var known = try journal.read()
        PassThreads.confineProducts()
        let missing = prompts.indices.filter { known[Array(prompts[$0].key.utf8)] == nil }
        var groups = Self.consecutive(missing)[...]
        var tokens = 0
        var done = prompts.count - missing.count
        progress(done, tokens)
        let complete = try await withThrowingTaskGroup(of: (Range<Int>, [[UInt32]], PassMemory)?.self) { tasks in
            var free: [PassMemory] = []
            var running = 0
            while true {
                while running < PassThreads.count, !isInterrupted(), let group = groups.popFirst() {
                    let memory = free.popLast() ?? PassMemory()
                    running += 1
                    tasks.addTask { generate(group, in: memory, isInterrupted).map { (group, $0, memory) } }
                }
                guard running > 0, let result = try await tasks.next() else { return groups.isEmpty }
                running -= 1
                // What an interruption has cut short is not what the model would have said.
                guard let (group, answers, memory) = result else { continue }
                free.append(memory)
                try journal.append(zip(group, answers).map { (prompts[$0].key, $1) })
                for (place, answer) in zip(group, answers) {
                    known[Array(prompts[place].key.utf8)] = answer
                    tokens += answer.count
                }
                done += group.count
                progress(done, tokens)
            }
        }
        guard complete, done == prompts.count else { return nil }
        return prompts.map { completed($0, with: known[Array($0.key.utf8)] ?? []) }
    }

    /// Consecutive places, `groupSize` at most.
    private static func consecutive(_ places: [Int]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        for place in places {
            if let last = ranges.last, last.upperBound == place, last.count < groupSize {
                ranges[ranges.count - 1] = last.lowerBound..<place + 1
            } else {
                ranges.append(place..<place + 1)
            }
        }
        return ranges
    }

    /// Seconds that the answers which are not there yet take at most, measured on a few tokens.
    ///
    /// - Parameters:
    ///   - rate: tokens a second of passes over whole prompts.
    ///   - operations: that the measurement may take.
    /// - Returns: nil where it was interrupted.
    func secondsToAnswer(
        rate: Double, operations: Double, isInterrupted: @escaping @Sendable () -> Bool
    ) async throws -> Double? {
        let open = try open()
        guard !open.isEmpty, rate > 0 else { return 0 }
        let layers = model.config.layerCount
        let cost = max(1, ForwardCost.perToken(model.config, layers: layers, finish: .logits))
        let groups = (open.count + Self.groupSize - 1) / Self.groupSize
        let threads = min(PassThreads.count, groups)
        // A step of a large model reads all of its weights: two of them say enough.
        let steps = min(options.count, cost > 1e9 ? 2 : 8)
        let size = max(1, min(Self.groupSize, open.count / threads, Int(operations / cost) / (threads * (steps + 4))))
        // How far a prompt goes changes a step by little.
        let beginnings = (0..<threads).map { thread in
            (0..<size).map { Array(prompts[open[(thread * size + $0) % open.count]].ids.prefix(4)) }
        }
        PassThreads.confineProducts()
        let first = await seconds(for: beginnings, tokens: 1, isInterrupted)
        let all = await seconds(for: beginnings, tokens: 1 + steps, isInterrupted)
        guard !isInterrupted() else { return nil }
        let whole = min(Self.groupSize, open.count)
        let measured = max(0, all - first) / Double(steps)
        // A larger group reads the weights once too, but has more products.
        let step = size < whole ? max(measured, Double(whole * threads) / rate) : measured
        let rounds = (groups + threads - 1) / threads
        let read = open.reduce(0) { $0 + prompts[$1].ids.count }
        return Double(read) / rate + Double(rounds) * Double(options.count) * step
    }

    private func seconds(
        for groups: [[[UInt32]]], tokens: Int, _ isInterrupted: @escaping @Sendable () -> Bool
    ) async -> Double {
        var options = options
        options.count = tokens
        options.stop = []
        let (decoder, adapter, once) = (model.decoder, adapter, options)
        let start = ContinuousClock.now
        await withTaskGroup(of: Void.self) { tasks in
            for group in groups {
                tasks.addTask {
                    var workspace = Workspace()
                    _ = decoder.generate(
                        group, options: once, adapter: adapter, workspace: &workspace, isInterrupted: isInterrupted)
                }
            }
        }
        return (ContinuousClock.now - start) / .seconds(1)
    }

    private func generate(
        _ group: Range<Int>, in memory: PassMemory, _ isInterrupted: @Sendable () -> Bool
    ) -> [[UInt32]]? {
        var options = options
        options.firstPlace = group.lowerBound
        let answers = memory.workspace.withLock { workspace in
            model.decoder.generate(
                prompts[group].map(\.ids), options: options, adapter: adapter, workspace: &workspace,
                isInterrupted: isInterrupted)
        }
        return isInterrupted() ? nil : answers
    }

    private func completed(_ prompt: TokenizedPrompt, with answer: [UInt32]) -> TokenizedPrompt {
        var prompt = prompt
        prompt.ids += answer
        prompt.roles += [TokenRole](repeating: .assistant, count: answer.count)
        // Numbers that came with the prompt say nothing about these tokens.
        for index in prompt.tokenNumbers.indices {
            prompt.tokenNumbers[index].values += [Double](repeating: .nan, count: answer.count)
        }
        let text = answer.last.map { options.stop.contains($0) } == true ? answer.dropLast() : answer[...]
        // Without a tokenizer the answer is its tokens alone.
        if let tokenizer = model.tokenizer {
            prompt.metadata.append((PromptCompletion.column, .string(tokenizer.decode(Array(text)))))
        }
        return prompt
    }
}
