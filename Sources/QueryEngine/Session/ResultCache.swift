import QueryLanguage
import Store

/// Values that a session computed, by what they were computed from: the plan, and the checksums of the chunks that its captures have.
///
/// A chunk file is named by the checksum of its bytes, and holds the prompts of its rows too. So two plans with the same digest on
/// captures with the same chunks come to the same bytes.
struct ResultCache {
    /// A value with everything that showing it said.
    struct Entry {
        var value: Operand
        /// Notes of making the value, which a later use says again.
        var notes: [Note]
        /// Notes of showing it, those of its guard rails included.
        var shown: [Note]
    }

    private var entries: [String: Entry] = [:]
    /// Keys from the least to the most recently used.
    private var order: [String] = []
    private var bytes = 0

    /// Bytes of numbers that are kept; a larger value is computed anew.
    static let limit = 256 << 20

    mutating func entry(_ key: String) -> Entry? {
        guard let entry = entries[key] else { return nil }
        order.removeAll { $0 == key }
        order.append(key)
        return entry
    }

    mutating func keep(_ entry: Entry, as key: String) {
        let size = entry.value.approximateBytes
        guard entries[key] == nil, size <= ResultCache.limit / 4 else { return }
        while bytes + size > ResultCache.limit, let oldest = order.first {
            order.removeFirst()
            bytes -= entries.removeValue(forKey: oldest)?.value.approximateBytes ?? 0
        }
        entries[key] = entry
        order.append(key)
        bytes += size
    }
}

extension Operand {
    /// Bytes that the numbers of a computed value take, about.
    fileprivate var approximateBytes: Int {
        switch self {
        case .frame(let frame): frame.payload.approximateBytes + 1024
        case .table(let table): table.rows.count * table.columns.count * 64 + 1024
        case .constant, .stream, .labelled, .fits, .probes: 1024
        }
    }
}

extension Payload {
    fileprivate var approximateBytes: Int {
        switch self {
        case .numbers(let values): values.count * 8
        case .vectors(let values, _): values.count * 4
        case .stats(let values): values.count * 24
        case .intervals(let values): values.count * 32
        case .tests(let values): values.count * 24
        case .predictions(let values): values.count * 24
        case .latents(let lists): lists.values.count * 8
        case .sets(let sets): sets.reduce(0) { $0 + $1.count * 4 + 16 }
        case .texts(let texts): texts.reduce(0) { $0 + ($1?.utf8.count ?? 0) + 16 }
        case .pair(let left, let right): left.approximateBytes + right.approximateBytes
        }
    }
}

extension PlanNode {
    /// What the value of this plan is computed from; nil where it may be another the next time, or where it is only an arrangement of rows.
    func cacheKey(on snapshot: Snapshot) -> String? {
        var sources = CacheSources()
        guard sources.read(self) else { return nil }
        var text = "\(VarveVersion.text) \(digest) \(snapshot.storeID)"
        if sources.needsCatalogue { text += " generation \(snapshot.generation)" }
        for name in sources.captures.sorted() {
            guard let capture = snapshot.captures.first(where: { $0.name == name }) else { return nil }
            let chunks = capture.groups.flatMap { $0.chunks.map(\.name) }
            text += " \(name) \(capture.isComplete) \(capture.specDigest) \(chunks.joined(separator: ","))"
        }
        return text
    }
}

/// What the leaves of a plan read.
private struct CacheSources {
    var captures: Set<String> = []
    var needsCatalogue = false
    private var seen: Set<ObjectIdentifier> = []

    /// What may change without the store, or is about the running itself.
    private static let passing: Set<String> = ["load", "read", "results", "explain", "describe", "save", "export"]

    /// Whether everything below depends on the store alone.
    mutating func read(_ node: PlanNode) -> Bool {
        guard seen.insert(ObjectIdentifier(node)).inserted else { return true }
        switch node.operation {
        case .captures(let grid): captures.formUnion(grid.cells.map { "\($0.model)/\($0.dataset)" })
        case .verb(let name, _) where CacheSources.passing.contains(name): return false
        case .verb where node.inputs.isEmpty: needsCatalogue = true
        default: break
        }
        return node.inputs.allSatisfy { read($0) }
    }
}
