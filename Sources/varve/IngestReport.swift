import Capture
import Tensor
import Terminal

/// What `varve ingest` and the demo say about a capture, each in one line.
enum IngestReport {
    /// Before: `base/general: 300 prompts, 12,345 tokens; resid_post × 6, sae × 1; 37.9 MiB in 12 columns before encoding`.
    static func announcement(_ plan: CapturePlan) -> String {
        let sites = plan.siteCounts.map { "\($0.name) × \($0.count)" }.joined(separator: ", ")
        return "\(plan.request.name): \(NumberFormat.count(plan.prompts.count)) prompts, "
            + "\(NumberFormat.count(plan.rowCount)) tokens; \(sites); "
            + "\(NumberFormat.bytes(plan.byteCount)) in \(plan.columnCount) columns before encoding"
    }

    /// After.
    static func summary(of outcome: CaptureSession.Outcome, _ plan: CapturePlan, store: String) -> String {
        let tokens = NumberFormat.count(plan.rowCount)
        if outcome.isInterrupted {
            return
                "\(plan.request.name): interrupted; \(NumberFormat.count(outcome.committedRows)) of \(tokens) tokens are in \(store)"
        }
        if outcome.newRows == 0 { return "\(plan.request.name): all \(tokens) tokens were in \(store) already" }
        let seconds = seconds(outcome.elapsed)
        let rate = seconds > 0 ? Int(Double(outcome.newRows) / seconds) : 0
        return
            "\(plan.request.name): \(NumberFormat.count(outcome.newRows)) tokens, \(NumberFormat.bytes(outcome.newBytes)) into "
            + "\(store) in \(NumberFormat.duration(seconds)) (\(NumberFormat.count(rate)) tokens/s)"
    }

    /// What a lossy type cost; nil where nothing was lost.
    static func loss(of outcome: CaptureSession.Outcome, _ plan: CapturePlan) -> String? {
        guard outcome.maximumError > 0 else { return nil }
        return "\(plan.request.name): stored as \(plan.request.elementType.rawValue), off by "
            + "\(NumberFormat.short(outcome.maximumError)) at most; `varve info` shows it by column"
    }

    static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }
}

/// The bar of a running capture on stderr; nothing where stderr is no terminal.
final class IngestProgress {
    private var line: ProgressLine
    private let terminal = TTYInfo.of(descriptor: 2)

    init(label: String, total: Int) { line = ProgressLine(label, total: total, unit: .count("tokens")) }

    /// Draws the state, at most ten times a second.
    func show(_ progress: CaptureProgress) {
        guard terminal.isTerminal else { return }
        let elapsed = IngestReport.seconds(progress.elapsed)
        if let text = line.update(done: progress.rows, elapsed: elapsed, width: terminal.width ?? 80) {
            draw("\r" + text + "\u{1B}[K")
        }
    }

    /// Wipes the bar.
    func clear() {
        if line.isShown { draw("\r\u{1B}[K") }
    }

    private func draw(_ text: String) { try? Output.write(text, to: 2) }
}
