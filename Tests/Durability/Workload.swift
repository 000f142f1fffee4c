import Store
import TestSupport

/// What a child does to a store, step by step; each step can be done again after an interruption.
public struct Workload: Sendable, CustomStringConvertible {
    /// One thing that a user asks for.
    public enum Step: Sendable, Hashable {
        case ingest(Cast)
    }

    /// In order.
    public var steps: [Step]

    /// Steps in order.
    public init(_ steps: [Step]) { self.steps = steps }

    /// Reads what `description` wrote.
    public init?(_ text: String) {
        var steps: [Step] = []
        for word in text.split(separator: ",") {
            let sides = word.split(separator: ":")
            switch sides.first {
            case "ingest":
                guard sides.count == 2, let cast = Cast(rawValue: String(sides[1])) else { return nil }
                steps.append(.ingest(cast))
            default: return nil
            }
        }
        self.init(steps)
    }

    /// `ingest:plain,ingest:other`.
    public var description: String {
        steps.map { step in
            switch step {
            case .ingest(let cast): "ingest:\(cast.rawValue)"
            }
        }.joined(separator: ",")
    }

    /// Runs the steps from `first` on.
    ///
    /// - Parameter mark: told, in words that `Expectation` reads, what is about to begin and what was acknowledged
    public func run(
        _ path: String, from first: Int = 0, mark: (String) throws -> Void = { _ in }
    ) throws {
        let store = try StoreWriter(path: path)
        try mark("created")
        for (index, step) in steps.enumerated() where index >= first {
            switch step {
            case .ingest(let cast): try Workload.ingest(cast, store, mark)
            }
            try mark("step \(index + 1)")
        }
    }

    private static func ingest(
        _ cast: Cast, _ store: StoreWriter, _ mark: (String) throws -> Void
    ) throws {
        let capture = cast.capture
        let spec = capture.spec
        let writer = try store.beginCapture(spec, prompts: capture.prompts, chunkBytes: Cast.chunkBytes)
        try mark("begin \(cast.rawValue)")
        for chunk in writer.plannedChunks where !chunk.isCommitted {
            try writer.commit(capture.builder(for: chunk, writer, spec))
            try mark("rows \(cast.rawValue) \(chunk.firstRow + chunk.rowCount)")
        }
    }
}

extension Workload {
    /// `typed KIND: text` for the store's own errors, `other …` for everything else.
    public func errorText(_ error: any Error) -> String {
        if let error = error as? StoreError { return "typed \(error.kind): \(error)" }
        return "other \(error)"
    }
}
