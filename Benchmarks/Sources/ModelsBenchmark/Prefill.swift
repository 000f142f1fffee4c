import Dispatch
import Models
import Synchronization
import Tensor

/// Runs prompts through a model and keeps `resid_post` of every layer in memory that is there already.
final class Prefill {
    private let model: Decoder
    private let prompts: [[UInt32]]
    /// Row of each prompt's first token.
    private let firsts: [Int]
    /// [layers, tokens, hidden].
    private let kept: UnsafeMutableBufferPointer<Float>
    private let tokenCount: Int
    private var workspaces: [Workspace] = []

    init(_ model: Decoder, _ prompts: [[UInt32]]) {
        self.model = model
        self.prompts = prompts
        var firsts: [Int] = []
        var sum = 0
        for prompt in prompts {
            firsts.append(sum)
            sum += prompt.count
        }
        self.firsts = firsts
        tokenCount = sum
        kept = .allocate(capacity: model.config.layerCount * sum * model.config.hiddenSize)
        kept.initialize(repeating: 0)
    }

    deinit { kept.deallocate() }

    /// Batches of prompts in order, each taken by the thread that is free; one product on one thread.
    func run(threads: Int, batchTokens: Int) {
        PassThreads.confineProducts(to: 1)
        while workspaces.count < threads { workspaces.append(Workspace()) }
        var batches: [Range<Int>] = []
        var start = 0
        var sum = 0
        for (index, prompt) in prompts.enumerated() {
            if index > start, sum + prompt.count > batchTokens {
                batches.append(start..<index)
                (start, sum) = (index, 0)
            }
            sum += prompt.count
        }
        batches.append(start..<prompts.count)
        let next = Atomic(0)
        nonisolated(unsafe) let shared = UnsafeMutablePointer<Workspace>.allocate(capacity: threads)
        for index in 0..<threads { (shared + index).initialize(to: Workspace()) }
        for index in 0..<threads { swap(&shared[index], &workspaces[index]) }
        nonisolated(unsafe) let own = self
        let all = batches
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < all.count else { return }
                own.run(all[index], &shared[thread])
            }
        }
        for index in 0..<threads { swap(&shared[index], &workspaces[index]) }
        shared.deinitialize(count: threads)
        shared.deallocate()
    }

    private func run(_ part: Range<Int>, _ workspace: inout Workspace) {
        var keeper = Keeper(
            kept: kept, firstRow: firsts[part.lowerBound], tokenCount: tokenCount,
            width: model.config.hiddenSize)
        model.run(TokenBatch(prompts: Array(prompts[part])), workspace: &workspace, visitor: &keeper)
    }

    /// The rows of one prompt at one layer.
    func values(layer: Int, prompt: Int) -> [Float] {
        let width = model.config.hiddenSize
        let first = (layer * tokenCount + firsts[prompt]) * width
        return Array(kept[first..<first + prompts[prompt].count * width])
    }
}

/// Copies each layer's residual stream to its place.
private struct Keeper: ActivationVisitor {
    let kept: UnsafeMutableBufferPointer<Float>
    let firstRow: Int
    let tokenCount: Int
    let width: Int

    mutating func visit(_ site: Site, rows: Span<Float>, width: Int) {
        guard site.point == .residPost, let layer = site.layer, let target = kept.baseAddress else { return }
        rows.withUnsafeBufferPointer { rows in
            guard let source = rows.baseAddress else { return }
            (target + (layer * tokenCount + firstRow) * width).update(from: source, count: rows.count)
        }
    }
}
