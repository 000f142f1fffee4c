import QueryLanguage
import Store

/// What passes had pooled when Ctrl-C stopped them: the same step on the same chunks goes on there.
///
/// Pieces merge in their order, so that a value does not show where it was interrupted: its bytes are the same.
struct StoppedPasses: Sendable {
    private struct Stop: Sendable {
        var total: PoolTotal
        /// Pieces whose states the total holds: the first ones.
        var pieces: Int
    }

    private var stops: [(key: String, stop: Stop)] = []

    /// Stopped passes that are kept, the last ones; and bytes of numbers that one may have.
    private static let (limit, byteLimit) = (4, 64 << 20)

    /// Takes out where the pass of that name was stopped.
    mutating func take(_ key: String) -> (total: PoolTotal, pieces: Int)? {
        guard let place = stops.firstIndex(where: { $0.key == key }) else { return nil }
        let stop = stops.remove(at: place).stop
        return (stop.total, stop.pieces)
    }

    /// Keeps the state of a pass that was stopped, unless it is too large.
    mutating func keep(_ total: PoolTotal, pieces: Int, as key: String) {
        guard total.approximateBytes <= StoppedPasses.byteLimit else { return }
        stops.removeAll { $0.key == key }
        stops.append((key, Stop(total: total, pieces: pieces)))
        if stops.count > StoppedPasses.limit { stops.removeFirst() }
    }
}

extension Executor {
    /// The name of a pass that pools all rows of a node: what was checked, the chunks it reads, and how it pools; nil where the value may
    /// be another the next time, and where a step counts what it sees, which can't be taken back.
    func resumption(_ pooling: Pooling, _ stream: RowStream, of node: PlanNode) -> String? {
        guard case .whole = role, stream.steps.allSatisfy({ $0.tally == nil }), let key = node.cacheKey(on: snapshot)
        else { return nil }
        return "\(key) \(pooling.kind.rawValue) \(pooling.gone.sorted()) \(pooling.by?.column ?? "")"
    }
}
