/// What must hold of a store at one moment, from the marks that the child wrote until then.
struct Expectation: Sendable, Hashable {
    struct Capture: Sendable, Hashable {
        /// Rows that were acknowledged.
        var rows = 0
        /// Rows beyond the acknowledged ones may be there.
        var mayGrow = false
        /// Its removal was begun: it may be gone.
        var mayVanish = false
        /// The columns added later may be there, or must be.
        var mayBeWide = false
        var isWide = false
    }

    /// The store's creation was acknowledged.
    var isCreated = false
    /// Steps of the workload that were acknowledged.
    var stepsDone = 0
    /// A compaction was begun and not acknowledged.
    var isCompacting = false
    var captures: [Cast: Capture] = [:]
    /// What was removed, as it was: it may be taken back.
    private var removed: [Cast: Capture] = [:]

    init() {}

    /// Everything acknowledged by these marks.
    init(_ marks: [String]) { for mark in marks { take(mark) } }

    mutating func take(_ mark: String) {
        for line in mark.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            switch (words.first ?? "", words.dropFirst().first.flatMap(Cast.init(rawValue:))) {
            case ("created", _): isCreated = true
            case ("compacting", _): isCompacting = true
            case ("compacted", _): isCompacting = false
            case ("step", _): stepsDone = Int(words[1]) ?? stepsDone
            case ("begin", let cast?): captures[cast, default: Capture()].mayGrow = true
            case ("rows", let cast?): captures[cast, default: Capture()].rows = Int(words[2]) ?? 0
            case ("widening", let cast?): captures[cast, default: Capture()].mayBeWide = true
            case ("wide", let cast?): captures[cast, default: Capture()].isWide = true
            case ("removing", let cast?): captures[cast, default: Capture()].mayVanish = true
            case ("removed", let cast?):
                removed[cast] = captures[cast]
                captures[cast] = nil
            case ("restoring", let cast?): captures[cast] = removed[cast]
            case ("restored", let cast?): captures[cast]?.mayVanish = false
            default: break
            }
        }
    }

    /// Some chunk file may be in its place that no commit knows yet.
    var isWriting: Bool {
        isCompacting
            || captures.contains { cast, capture in
                capture.mayGrow && capture.rows < cast.script.rowCount || capture.mayBeWide && !capture.isWide
            }
    }

    /// Equal for equal expectations.
    var key: String {
        let parts = captures.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key.rawValue) \($0.value)" }
        return "\(isCreated) \(stepsDone) \(isCompacting) \(parts)"
    }

    /// What the whole workload leaves.
    static func final(_ workload: Workload) -> Expectation {
        var expectation = Expectation()
        expectation.isCreated = true
        expectation.stepsDone = workload.steps.count
        for step in workload.steps {
            switch step {
            case .ingest(let cast): expectation.captures[cast] = Capture(rows: cast.script.rowCount)
            case .widen(let cast):
                expectation.captures[cast]?.mayBeWide = true
                expectation.captures[cast]?.isWide = true
            case .remove(let cast):
                expectation.removed[cast] = expectation.captures[cast]
                expectation.captures[cast] = nil
            case .restore(let cast): expectation.captures[cast] = expectation.removed[cast]
            case .compact, .purge: break
            }
        }
        return expectation
    }
}
