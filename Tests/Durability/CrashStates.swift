import ChunkFormat
import TestSupport

/// Which fates of the unsynchronised changes are tried at one moment.
///
/// All of them are 5^n; these are the ones that protocols fail on: none and all, names without data and data without
/// names, each change alone lost, alone kept, zeroed and torn, and random ones.
struct FateChoices {
    /// Random choices for each moment.
    var random: Int

    func choices(_ pending: [Disk.Pending], _ generator: inout SeededGenerator) -> [[Fate]] {
        var found = FateChoices.extremes(pending)
        guard !pending.isEmpty else { return found }
        let (none, all) = (found[0], found[1])
        found.append(pending.map { $0.isName ? .present : .absent })
        found.append(pending.map { $0.isName ? .present : .zeroed })
        found.append(pending.map { $0.isName ? .absent : .present })
        for (place, change) in pending.enumerated() {
            found.append(replaced(none, place, .present))
            found.append(replaced(all, place, .absent))
            guard !change.isName, change.length > 0 else { continue }
            found.append(replaced(all, place, .zeroed))
            for cut in cuts(change.length, &generator) {
                found.append(replaced(all, place, .head(cut)))
                found.append(replaced(all, place, .tail(cut)))
                found.append(replaced(none, place, .head(cut)))
            }
        }
        for _ in 0..<random {
            found.append(pending.map { randomFate($0, &generator) })
        }
        return found
    }

    /// Everything lost, and nothing.
    static func extremes(_ pending: [Disk.Pending]) -> [[Fate]] {
        [pending.map { _ in .absent }, pending.map { _ in .present }]
    }

    private func replaced(_ fates: [Fate], _ place: Int, _ fate: Fate) -> [Fate] {
        var fates = fates
        fates[place] = fate
        return fates
    }

    private func cuts(_ length: Int, _ generator: inout SeededGenerator) -> [Int] {
        guard length > 1 else { return [] }
        return Set([512, 4096, Int.random(in: 1..<length, using: &generator)]).filter { $0 < length }.sorted()
    }

    private func randomFate(_ change: Disk.Pending, _ generator: inout SeededGenerator) -> Fate {
        guard !change.isName, change.length > 0 else { return Bool.random(using: &generator) ? .present : .absent }
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<4: return .present
        case 4..<7: return .absent
        case 7: return .zeroed
        case 8: return .head(Int.random(in: 0...change.length, using: &generator))
        default: return .tail(Int.random(in: 0...change.length, using: &generator))
        }
    }
}

/// One state that power loss may leave, with what must hold for it.
struct CrashState {
    let image: DiskImage
    let expectation: Expectation
    /// Calls made before the power failed.
    let callsDone: Int
}

extension Recording {
    /// Every state, once, that power loss may leave at any moment, until `body` says stop.
    ///
    /// - Parameter body: true to go on
    /// - Returns: states handed out, and moments looked at
    func crashStates(
        _ depth: ReplayDepth, _ body: (CrashState) throws -> Bool
    ) throws -> (states: Int, moments: Int) {
        var generator = SeededGenerator(seed: depth.seed)
        let choices = FateChoices(random: depth.random)
        var disk = Disk(before)
        var expectation = promised
        var seen: Set<Digest128> = []
        var states = 0
        var moments = 0
        for (index, call) in calls.enumerated() {
            let changed = try disk.apply(call)
            if call.kind == .mark { expectation.take(call.text) }
            guard changed || call.kind == .mark else { continue }
            moments += 1
            let isChosen = moments % depth.stride == 0
            guard isChosen || depth.isQuick || call.kind == .mark else { continue }
            let pending = disk.pending()
            // An acknowledgement is always put to the proof: with everything lost that can be lost, at least.
            let fates = isChosen ? choices.choices(pending, &generator) : FateChoices.extremes(pending)
            for fates in fates {
                let image = disk.image(pending, fates)
                var key = ByteList()
                key.append(image.digest.high)
                key.append(image.digest.low)
                key.append(expectation.key)
                guard seen.insert(Digest128(of: key.bytes.rawSpan)).inserted else { continue }
                states += 1
                let state = CrashState(image: image, expectation: expectation, callsDone: index + 1)
                guard try body(state) else { return (states, moments) }
            }
        }
        return (states, moments)
    }

    /// What the recorded calls leave when nothing is lost.
    func finalImage() throws -> DiskImage {
        var disk = Disk(before)
        for call in calls { _ = try disk.apply(call) }
        let pending = disk.pending()
        return disk.image(pending, pending.map { _ in .present })
    }
}
