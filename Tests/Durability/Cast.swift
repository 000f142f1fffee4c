import Store
import Tensor
import TestSupport

/// The captures that the proof's workloads write: small, all different, two of them with the same prompts.
public enum Cast: String, Sendable, CaseIterable {
    /// A bare model, ingested without its latents; these are added later.
    case plain
    /// The same prompts and one more, with adapter scalars and latents.
    case adapted
    /// Other prompts, half precision.
    case other

    /// What is written once all columns are there.
    var capture: SyntheticCapture {
        switch self {
        case .plain:
            SyntheticCapture(model: "base", dataset: "general", prompts: Cast.prompts(0..<6), latents: 64, seed: 1)
        case .adapted:
            SyntheticCapture(
                model: "tuned", dataset: "general", prompts: Cast.prompts(0..<7), hiddenSize: 4, loraRank: 1,
                latents: 64, seed: 2)
        case .other:
            SyntheticCapture(
                model: "base", dataset: "second", prompts: Cast.prompts(20..<25), elementType: .float16, seed: 3)
        }
    }

    /// What an ingest writes: for `plain` everything but the latents.
    var firstSpec: CaptureSpec {
        var spec = capture.spec
        if self == .plain {
            spec.columns.removeAll { column in
                switch column.id {
                case .latentIndex, .latentValue: true
                default: false
                }
            }
            spec.latentSpaces = []
        }
        return spec
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
    var script: CastScript { CastScript.all[self] ?? CastScript(self) }
}

/// The rows of a capture as bytes, and where its prompts begin.
struct CastScript: Sendable {
    let model: String
    let dataset: String
    let prompts: [PromptRecord]
    /// The columns of an ingest, and those that may be added.
    let columns: [ColumnSpec]
    let moreColumns: [ColumnSpec]
    /// All rows of each column.
    let bytes: [ColumnID: [UInt8]]
    /// Rows before each prompt, and after the last.
    let rowStarts: [Int]

    static let all = Dictionary(uniqueKeysWithValues: Cast.allCases.map { ($0, CastScript($0)) })

    var rowCount: Int { rowStarts[prompts.count] }

    init(_ cast: Cast) {
        let capture = cast.capture
        model = capture.model
        dataset = capture.dataset
        prompts = capture.prompts
        columns = cast.firstSpec.columns
        let known = Set(columns.map(\.id))
        moreColumns = capture.spec.columns.filter { !known.contains($0.id) }
        bytes = Dictionary(
            uniqueKeysWithValues: capture.spec.columns.map {
                ($0.id, capture.bytes(of: $0, prompts: 0..<capture.prompts.count))
            })
        var starts = [0]
        for prompt in prompts { starts.append((starts.last ?? 0) + prompt.tokenCount) }
        rowStarts = starts
    }
}
