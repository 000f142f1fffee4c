import Dispatch
import Glibc
import Synchronization
import Terminal

/// How far a query is, as the last line of the terminal: from 300 ms on, ten times a second, wiped before anything is printed.
final class QueryProgress: Sendable {
    private struct State {
        /// Counts queries, so that a drawing that comes late is noticed.
        var turn = 0
        var isRunning = false
        /// A query runs step by step: passes over rows, fits, resamples.
        var step = 0
        var done = 0
        var count = 0
        var start = ContinuousClock.now
        var stepStart = ContinuousClock.now
        var isShown = false
        /// Something else is being printed.
        var isAside = false
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "varve.progress")
    /// What is said to the one who waits.
    private let hint: String
    private let isWanted: Bool

    /// Nothing is ever drawn where stderr is no terminal, or one that can't wipe a line.
    init(hint: String = "") {
        self.hint = hint
        isWanted = TTYInfo.of(descriptor: 2).isTerminal && TTYInfo.environment()["TERM"] != "dumb"
    }

    /// A query begins.
    func begin() {
        let turn = state.withLock { state in
            state = State(turn: state.turn + 1, isRunning: true)
            return state.turn
        }
        if isWanted { draw(turn, after: ProgressLine.delay) }
    }

    /// The query has ended: the line goes, and does not come back.
    func end() {
        wipe(isOver: true)
    }

    /// Takes the line off the screen while something is printed; it comes back with the next drawing.
    func aside(_ print: () throws -> Void) rethrows {
        wipe(isAside: true)
        defer { state.withLock { $0.isAside = false } }
        try print()
    }

    private func wipe(isOver: Bool = false, isAside: Bool = false) {
        state.withLock { state in
            if state.isShown { try? Output.write("\r\u{1B}[K", to: 2) }
            state.isShown = false
            state.isAside = isAside
            if isOver { state.isRunning = false }
        }
    }

    /// So many of so many pieces of a step are done.
    func note(done: Int, of count: Int) {
        state.withLock { state in
            if done <= state.done || count != state.count {
                state.step += 1
                state.stepStart = .now
            }
            state.done = done
            state.count = count
        }
    }

    private func draw(_ turn: Int, after seconds: Double) {
        queue.asyncAfter(deadline: .now() + seconds) { [weak self] in
            guard let self, draw(turn) else { return }
            draw(turn, after: ProgressLine.interval)
        }
    }

    /// False once that query has ended.
    private func draw(_ turn: Int) -> Bool {
        let width = TTYInfo.of(descriptor: 2).width ?? 80
        return state.withLock { state in
            guard state.isRunning, state.turn == turn else { return false }
            guard !state.isAside else { return true }
            state.isShown = true
            let line = ProgressLine(
                state.step > 1 ? "step \(state.step)" : "running", total: state.count > 0 ? state.count : nil,
                unit: .share)
            let elapsed = (ContinuousClock.now - (state.count > 0 ? state.stepStart : state.start)) / .seconds(1)
            let text = line.text(done: state.done, elapsed: elapsed, width: max(10, width - 1 - hint.count))
            try? Output.write("\r\u{1B}[K" + text + hint, to: 2)
            return true
        }
    }
}
