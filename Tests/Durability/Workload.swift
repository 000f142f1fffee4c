import Glibc
import Store
import TestSupport

/// What a child does to a store, step by step; each step can be done again after an interruption.
public struct Workload: Sendable, Hashable, CustomStringConvertible {
    /// One thing that a user asks for.
    public enum Step: Sendable, Hashable {
        case ingest(Cast)
        /// Adds the columns that the ingest left out.
        case widen(Cast)
        case remove(Cast)
        /// Takes the removal back.
        case restore(Cast)
        /// Puts its chunks together two by two.
        case compact(Cast)
        case purge

        var text: String {
            switch self {
            case .ingest(let cast): "ingest:\(cast.rawValue)"
            case .widen(let cast): "widen:\(cast.rawValue)"
            case .remove(let cast): "remove:\(cast.rawValue)"
            case .restore(let cast): "restore:\(cast.rawValue)"
            case .compact(let cast): "compact:\(cast.rawValue)"
            case .purge: "purge"
            }
        }

        init?(_ text: Substring) {
            let sides = text.split(separator: ":").map(String.init)
            switch (sides.first ?? "", sides.count == 2 ? Cast(rawValue: sides[1]) : nil) {
            case ("ingest", let cast?): self = .ingest(cast)
            case ("widen", let cast?): self = .widen(cast)
            case ("remove", let cast?): self = .remove(cast)
            case ("restore", let cast?): self = .restore(cast)
            case ("compact", let cast?): self = .compact(cast)
            case ("purge", nil): self = .purge
            default: return nil
            }
        }
    }

    /// In order.
    public var steps: [Step]

    /// Steps in order.
    public init(_ steps: [Step]) { self.steps = steps }

    /// Reads what `description` wrote.
    public init?(_ text: String) {
        let steps = text.split(separator: ",").map { Step($0) }
        guard !steps.contains(nil) else { return nil }
        self.init(steps.compactMap { $0 })
    }

    /// `ingest:plain,ingest:other`.
    public var description: String { steps.map(\.text).joined(separator: ",") }

    /// Captures, columns added later, a compaction, removals, purges, and the same capture once more.
    public static let everything = Workload([
        .ingest(.plain), .ingest(.adapted), .widen(.plain), .compact(.plain), .remove(.adapted), .purge,
        .ingest(.other), .remove(.plain), .purge, .ingest(.plain), .compact(.plain), .widen(.plain), .purge,
    ])

    /// The same and more, so that there are enough calls of each kind for the sweep of faults.
    public static let long = Workload(
        everything.steps + [
            .ingest(.adapted), .remove(.other), .purge, .ingest(.other), .compact(.adapted), .remove(.plain), .purge,
            .ingest(.plain), .widen(.plain), .purge,
        ])

    /// Removals that are taken back: at once, after another ingest, and of a capture with columns that were added.
    public static let undo = Workload([
        .ingest(.plain), .remove(.plain), .restore(.plain), .widen(.plain), .ingest(.adapted), .remove(.plain),
        .ingest(.other), .restore(.plain), .remove(.adapted), .restore(.adapted), .remove(.other), .purge,
    ])

    /// Runs the steps from `first` on.
    ///
    /// - Parameter mark: told, in words that `Expectation` reads, what is about to begin and what was acknowledged
    public func run(
        _ path: String, from first: Int = 0, mark: (String) throws -> Void = { _ in }
    ) throws {
        let store = try Workload.patiently { () throws(StoreError) in try StoreWriter(path: path) }
        try mark("created")
        for (index, step) in steps.enumerated() where index >= first {
            switch step {
            case .ingest(let cast):
                try mark("begin \(cast.rawValue)")
                try Workload.write(cast, cast.firstSpec, store) { try mark("rows \(cast.rawValue) \($0)") }
            case .widen(let cast):
                try mark("widening \(cast.rawValue)")
                try Workload.write(cast, cast.capture.spec, store) { _ in }
                try mark("wide \(cast.rawValue)")
            case .remove(let cast):
                try mark("removing \(cast.rawValue)")
                try Workload.remove(cast, store)
                try mark("removed \(cast.rawValue)")
            case .restore(let cast):
                try mark("restoring \(cast.rawValue)")
                try Workload.restore(cast, store)
                try mark("restored \(cast.rawValue)")
            case .compact(let cast):
                try mark("compacting")
                try store.compact(
                    captureOf: cast.script.model, dataset: cast.script.dataset, chunkBytes: 2 * Cast.chunkBytes)
                try mark("compacted")
            case .purge: _ = try Workload.patiently { () throws(StoreError) in try store.purge() }
            }
            try mark("step \(index + 1)")
        }
    }

    private static func write(
        _ cast: Cast, _ spec: CaptureSpec, _ store: StoreWriter, acknowledge: (Int) throws -> Void
    ) throws {
        let capture = cast.capture
        let writer = try store.beginCapture(spec, prompts: capture.prompts, chunkBytes: Cast.chunkBytes)
        var acknowledged = 0
        // The store takes a chunk in hand and commits it while the next one is made.
        func report() throws {
            guard let last = writer.plannedChunks.last(where: \.isCommitted) else { return }
            let rows = last.firstRow + last.rowCount
            if rows > acknowledged { try acknowledge(rows) }
            acknowledged = rows
        }
        for chunk in writer.plannedChunks where !chunk.isCommitted {
            try writer.submit(capture.builder(for: chunk, writer, spec))
            try report()
        }
        try writer.finish()
        try report()
    }

    /// Tries again for half a second where a lock is held: between a fork and an exec, a process that is being started holds
    /// whatever locks this one had then.
    static func patiently<T>(_ body: () throws(StoreError) -> T) throws(StoreError) -> T {
        for _ in 0..<50 {
            do throws(StoreError) {
                return try body()
            } catch {
                guard error.kind == .locked else { throw error }
                usleep(10_000)
            }
        }
        return try body()
    }

    private static func remove(_ cast: Cast, _ store: StoreWriter) throws {
        do throws(StoreError) {
            try store.remove(captureOf: cast.script.model, dataset: cast.script.dataset)
        } catch {
            // An interrupted removal may have been committed.
            guard case .unknown = error.kind else { throw error }
        }
    }

    private static func restore(_ cast: Cast, _ store: StoreWriter) throws {
        do throws(StoreError) {
            try store.restore(captureOf: cast.script.model, dataset: cast.script.dataset)
        } catch {
            // An interrupted one may have been committed.
            guard case .conflict = error.kind else { throw error }
        }
    }

    /// `typed KIND: text` for the store's own errors, `other …` for everything else.
    public static func errorText(_ error: any Error) -> String {
        if let error = error as? StoreError { return "typed \(error.kind): \(error)" }
        return "other \(error)"
    }
}
