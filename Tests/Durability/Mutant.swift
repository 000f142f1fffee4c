/// A recorded call with the path of the file that it is about.
struct PlacedCall {
    var call: RecordedCall
    /// Below the root; for descriptors, the path that was opened.
    var path: String
    /// Which write transaction of the catalogue it belongs to; nil for none.
    var transaction: Int?

    var isSync: Bool { call.kind == .sync && !call.failed }
    /// A chunk file that is being written.
    var isPart: Bool { path.hasPrefix("store/tmp/") && !path.hasSuffix(".json") }
    /// One of the 256 directories of chunk files.
    var isChunkDirectory: Bool { path.hasPrefix("store/chunks/") && path.split(separator: "/").count == 3 }
    var isChunkFile: Bool { path.hasPrefix("store/chunks/") && path.split(separator: "/").count == 4 }
    var isJournal: Bool { path == "store/catalog.sqlite-journal" }
    var isCatalog: Bool { path == "store/catalog.sqlite" }
    var isStore: Bool { path == "store" }
}

extension Recording {
    /// The calls with their paths. Every descriptor gets a number of its own, so that calls can change places.
    func placed() -> [PlacedCall] {
        var numbers: [Int32: Int32] = [:]
        var paths: [Int32: String] = [:]
        var next: Int32 = 0
        var transactions = 0
        var isInTransaction = false
        var isEnding = false
        var result: [PlacedCall] = []
        for call in calls {
            var call = call
            switch call.kind {
            case .start: numbers = [:]
            case .open where !call.failed:
                numbers[call.descriptor] = next
                paths[next] = call.path
                call.descriptor = next
                next += 1
            default:
                if call.descriptor >= 0 {
                    let number = numbers[call.descriptor] ?? -1
                    if call.kind == .close { numbers[call.descriptor] = nil }
                    call.descriptor = number
                }
            }
            var item = PlacedCall(call: call, path: call.descriptor >= 0 ? paths[call.descriptor] ?? "" : call.path)
            // A transaction begins with its journal and ends with the fsync after the journal's end.
            if item.isJournal, call.kind == .open, call.flags & 0o100 != 0, !call.failed {
                transactions += 1
                isInTransaction = true
            }
            if isInTransaction, item.isJournal || item.isCatalog || item.isStore { item.transaction = transactions }
            if item.isJournal, call.kind == .unlink { isEnding = true }
            if isEnding, item.isStore, call.kind == .close {
                isInTransaction = false
                isEnding = false
            }
            result.append(item)
        }
        return result
    }
}

/// The protocol with one fsync, order or lock taken out, by name.
public struct Mutant: Sendable {
    /// What is missing.
    public let name: String
    /// Changes the calls; nothing of the product knows of it.
    let change: @Sendable ([PlacedCall]) -> [PlacedCall]

    /// Drops what `isDropped` says of the call at a place among all calls.
    static func without(
        _ name: String, _ isDropped: @escaping @Sendable ([PlacedCall], Int) -> Bool
    ) -> Mutant {
        Mutant(name: name) { calls in calls.indices.filter { !isDropped(calls, $0) }.map { calls[$0] } }
    }

    /// Drops every fsync that satisfies the condition.
    static func withoutSync(_ name: String, _ condition: @escaping @Sendable (PlacedCall) -> Bool) -> Mutant {
        without(name) { calls, place in calls[place].isSync && condition(calls[place]) }
    }

    /// The recording of a program that was written this way.
    func applied(to recording: Recording) throws -> Recording {
        let calls = recording.placed()
        let changed = change(calls)
        let same = changed.count == calls.count && zip(changed, calls).allSatisfy { $0.call.matches($1.call) }
        guard !same else { throw ProofError("mutant \(name) changes nothing of the recording") }
        // Nothing is closed: a call that was moved may need a descriptor for longer.
        var result = recording
        result.calls = changed.map(\.call).filter { $0.kind != .close }
        return result
    }
}

extension RecordedCall {
    fileprivate func matches(_ other: RecordedCall) -> Bool {
        kind == other.kind && descriptor == other.descriptor && path == other.path && offset == other.offset
            && data == other.data
    }
}

extension [PlacedCall] {
    /// Moves the calls at `places` before the one at `target`.
    func moving(_ places: [Int], before target: Int) -> [PlacedCall] {
        let moved = Set(places)
        var result: [PlacedCall] = []
        for (place, call) in enumerated() {
            if place == target { result += places.map { self[$0] } }
            if !moved.contains(place) { result.append(call) }
        }
        if target >= count { result += places.map { self[$0] } }
        return result
    }

    func places(ofTransaction number: Int) -> [Int] { indices.filter { self[$0].transaction == number } }

    /// The next transaction that begins at or after a place.
    func transaction(from place: Int) -> Int? {
        self[place...].lazy.compactMap(\.transaction).first
    }

    /// The last call of a transaction.
    func end(ofTransaction number: Int) -> Int { lastIndex { $0.transaction == number } ?? count - 1 }
    func start(ofTransaction number: Int) -> Int { firstIndex { $0.transaction == number } ?? 0 }
}
