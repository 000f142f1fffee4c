import Store
import Tensor
import TestSupport

/// The captures that the proof's workloads write: small, all different, two of them with the same prompts.
public enum Cast: String, Sendable, CaseIterable {
    /// A bare model.
    case plain
    /// The same prompts, with adapter scalars and latents.
    case adapted
    /// Other prompts, half precision.
    case other

    /// What is written.
    var capture: SyntheticCapture {
        switch self {
        case .plain: SyntheticCapture(model: "base", dataset: "general", prompts: Cast.prompts(0..<6), seed: 1)
        case .adapted:
            SyntheticCapture(
                model: "tuned", dataset: "general", prompts: Cast.prompts(0..<7), hiddenSize: 4, loraRank: 1,
                latents: 64, seed: 2)
        case .other:
            SyntheticCapture(
                model: "base", dataset: "second", prompts: Cast.prompts(20..<25), elementType: .float16,
                seed: 3)
        }
    }

    /// Raw bytes of a chunk: two or three prompts.
    static let chunkBytes = 900

    private static func prompts(_ range: Range<Int>) -> [PromptRecord] {
        Array(SyntheticCapture.prompts(range.upperBound)[range])
    }

    /// The actor of a capture's model and dataset; nil for one that no workload writes.
    static func named(model: String, dataset: String) -> Cast? {
        allCases.first { $0.script.model == model && $0.script.dataset == dataset }
    }

    /// Everything that a check compares with, made once.
    var script: CastScript { CastScript.all[self] ?? CastScript(capture) }
}

/// The rows of a capture as bytes, and where its chunks end.
struct CastScript: Sendable {
    let model: String
    let dataset: String
    let prompts: [PromptRecord]
    let columns: [ColumnSpec]
    /// All rows of each column.
    let bytes: [ColumnID: [UInt8]]
    /// Rows before each prompt, and after the last.
    let rowStarts: [Int]

    static let all = Dictionary(uniqueKeysWithValues: Cast.allCases.map { ($0, CastScript($0.capture)) })

    var rowCount: Int { rowStarts[prompts.count] }

    init(_ capture: SyntheticCapture) {
        model = capture.model
        dataset = capture.dataset
        prompts = capture.prompts
        columns = capture.spec.columns
        bytes = Dictionary(
            uniqueKeysWithValues: columns.map { ($0.id, capture.bytes(of: $0, prompts: 0..<capture.prompts.count)) })
        var starts = [0]
        for prompt in prompts { starts.append((starts.last ?? 0) + prompt.tokenCount) }
        rowStarts = starts
    }
}
