import Capture
import Tensor
import Terminal

/// What `varve ingest` and the demo say about a capture, each in one line.
enum IngestReport {
    /// Before: `base/general: 300 prompts, 12,345 tokens; resid_post × 6, sae × 1; 37.9 MiB in 12 columns before encoding`.
    ///
    /// - Parameter answers: tokens at most of an answer still to be made, which the plan's prompts have; nil without answers.
    static func announcement(_ plan: CapturePlan, answers: Int? = nil) -> String {
        let sites = plan.siteCounts.map { $0.count > 1 ? "\($0.name) × \($0.count)" : $0.name }.joined(separator: ", ")
        let upTo = answers == nil ? "" : "up to "
        let kept =
            plan.kept == .all ? "" : ", \(upTo)\(NumberFormat.count(plan.rowCount)) kept (\(plan.kept.words))"
        let generated = answers.map { ", \(NumberFormat.count($0 * plan.prompts.count)) of them answers" } ?? ""
        return "\(plan.request.name): \(NumberFormat.count(plan.prompts.count, "prompt")), "
            + "\(upTo)\(NumberFormat.count(plan.tokenCount, "token"))\(generated)\(kept); \(sites); "
            + "\(upTo)\(NumberFormat.bytes(plan.byteCount)) in \(NumberFormat.count(plan.columnCount, "column")) "
            + "before encoding"
    }

    /// What it will take.
    static func lines(_ estimate: IngestEstimate, store: String) -> [String] {
        var lines: [String] = []
        if estimate.sampleTokens > 0 {
            let (limit, sample) = (
                estimate.isUpperBound ? "at most " : "", NumberFormat.count(estimate.sampleTokens, "token")
            )
            let answers =
                estimate.answerSeconds > 0
                ? " (\(NumberFormat.duration(estimate.answerSeconds)) of it for the answers)" : ""
            lines.append(
                "\(limit)about \(NumberFormat.duration(estimate.seconds))\(answers) and "
                    + "\(NumberFormat.bytes(estimate.storedBytes)) on disk, measured on the first \(sample); "
                    + "\(NumberFormat.bytes(estimate.freeBytes)) are free")
        }
        if estimate.presentRows > 0 {
            lines.append(
                "\(NumberFormat.count(estimate.presentRows)) of \(NumberFormat.count(estimate.rows)) rows are in \(store) already"
            )
        }
        return lines
    }

    /// Where it would not fit.
    static func lackOfRoom(_ estimate: IngestEstimate, store: String) -> String {
        "error: \(store): no room: up to \(NumberFormat.bytes(estimate.neededBytes)) are needed (with a reserve of 256 MiB), "
            + "\(NumberFormat.bytes(estimate.freeBytes)) are free; keep fewer sites, layers or positions, or use another disk"
    }

    /// After.
    static func summary(
        of part: CaptureSession.Outcome.Part, _ outcome: CaptureSession.Outcome, _ plan: CapturePlan, store: String
    ) -> String {
        let rows = NumberFormat.count(plan.rowCount)
        if part.committedRows < plan.rowCount {
            return
                "\(plan.request.name): interrupted; \(NumberFormat.count(part.committedRows)) of \(rows) rows are in \(store)"
        }
        if part.newRows == 0 { return "\(plan.request.name): all \(rows) rows were in \(store) already" }
        let seconds = seconds(outcome.elapsed)
        let rate = seconds > 0 ? Int(Double(outcome.tokens) / seconds) : 0
        return
            "\(plan.request.name): \(NumberFormat.count(part.newRows, "row")), \(NumberFormat.bytes(part.newBytes)) into "
            + "\(store) in \(NumberFormat.duration(seconds)) (\(NumberFormat.count(rate)) tokens/s)"
    }

    /// What a lossy type cost; nil where nothing was lost.
    static func loss(of part: CaptureSession.Outcome.Part, _ plan: CapturePlan) -> String? {
        guard part.maximumError > 0 else { return nil }
        return "\(plan.request.name): stored as \(plan.request.elementType.rawValue), off by "
            + "\(NumberFormat.short(part.maximumError)) at most; `varve info` shows it by column"
    }

    /// Once a run has shown its speed: how long the rest will take. Nil where that is soon.
    static func outlook(_ progress: CaptureProgress) -> String? {
        guard let remaining = progress.remaining, let rate = progress.rate, remaining > 20 else { return nil }
        return
            "about \(NumberFormat.duration(remaining)) at \(NumberFormat.count(Int(rate))) tokens/s, measured on the first "
            + NumberFormat.count(progress.ownTokens, "token")
    }

    static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }
}

/// The bar of a running capture on stderr; without a terminal one line about the time it will take.
final class IngestProgress {
    private let label: String
    private var line: ProgressLine?
    private var saidOutlook = false
    private let terminal = TTYInfo.of(descriptor: 2)

    init(label: String) { self.label = label }

    /// Draws the state, at most ten times a second.
    func show(_ progress: CaptureProgress) {
        let elapsed = IngestReport.seconds(progress.elapsed)
        if !saidOutlook, elapsed > 2 {
            saidOutlook = true
            if let outlook = IngestReport.outlook(progress) {
                clear()
                Output.complain("\(label): \(outlook)")
            }
        }
        guard terminal.isTerminal else { return }
        var line = line ?? ProgressLine(label, total: progress.totalTokens, unit: .count("tokens"))
        let text = line.update(
            done: progress.tokens, before: progress.tokens - progress.ownTokens, bytes: progress.bytes,
            elapsed: elapsed,
            width: terminal.width ?? 80)
        self.line = line
        if let text { draw("\r" + text + "\u{1B}[K") }
    }

    /// Wipes the bar.
    func clear() {
        if line?.isShown == true { draw("\r\u{1B}[K") }
    }

    private func draw(_ text: String) { try? Output.write(text, to: 2) }
}

/// The bar while a model answers; nothing where stderr is no terminal.
final class CompletionProgress {
    private var line: ProgressLine
    private var answered: Int?
    private var state = (prompts: 0, tokens: 0)
    private let start = ContinuousClock.now
    private let terminal = TTYInfo.of(descriptor: 2)

    init(label: String, total: Int) { line = ProgressLine(label + " answers", total: total, unit: .count("prompts")) }

    func show(_ prompts: Int, _ tokens: Int) {
        let before = answered ?? prompts
        answered = before
        state = (prompts, tokens)
        guard terminal.isTerminal else { return }
        let elapsed = IngestReport.seconds(ContinuousClock.now - start)
        let text = line.update(done: prompts, before: before, elapsed: elapsed, width: terminal.width ?? 80)
        if let text { try? Output.write("\r" + text + "\u{1B}[K", to: 2) }
    }

    /// `40 answers, 2,104 tokens in 1.2 s`, or that they were there.
    var summary: String {
        let new = state.prompts - (answered ?? 0)
        guard new > 0 else { return "\(NumberFormat.count(state.prompts, "answer")) from before" }
        let old = answered.map { $0 > 0 ? " and \(NumberFormat.count($0)) from before" : "" } ?? ""
        return "\(NumberFormat.count(new, "answer"))\(old), \(NumberFormat.count(state.tokens, "token")) in "
            + NumberFormat.duration(IngestReport.seconds(ContinuousClock.now - start))
    }

    /// Wipes the bar.
    func clear() {
        if line.isShown { try? Output.write("\r\u{1B}[K", to: 2) }
    }
}
