import ArgumentParser
import Store
import Tensor
import Terminal

/// Small and old chunks written anew.
struct CompactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact", abstract: "Write small and old chunks anew, larger and with today's encodings.",
        discussion: """
            The rows stay the same bit by bit: each new chunk is read back and compared before it takes the place of the old ones. \
            It may be stopped at any time and started again. The old files stay until `varve gc`, so that many bytes \
            must be free meanwhile. i8 columns stay as they are.
            """)

    @Argument(help: "Directory of the store.")
    var store: String

    @Argument(
        help: ArgumentHelp(
            "Captures as model/dataset; * stands for any characters. (default: all)", valueName: "capture"))
    var captures: [String] = []

    @Option(
        help: ArgumentHelp(
            "Put chunks together up to so many bytes before encoding; memory is taken for one such chunk.",
            valueName: "bytes"))
    var chunkBytes = 256 << 20

    @Flag(help: "Write chunks anew as well that are neither small nor old.")
    var all = false

    func validate() throws {
        guard (1...(1 << 30)).contains(chunkBytes) else {
            throw ValidationError("--chunk-bytes takes a number from 1 to \(1 << 30)")
        }
    }

    func run() throws {
        let chosen = try chooseCaptures()
        Interruption.watch()
        defer { Interruption.release() }
        let writer = try StoreWriter(path: store)
        var replaced = 0
        for (model, dataset) in chosen {
            let name = Escape.visible("\(model)/\(dataset)")
            var line = ByteProgress(name)
            let report = try writer.compact(
                captureOf: model, dataset: dataset, chunkBytes: chunkBytes, everything: all,
                progress: { line.show($0, of: $1) }, isInterrupted: { Interruption.wasAsked })
            line.clear()
            replaced += report.replacedBytes
            for skipped in report.skipped {
                Output.complain(
                    "note: \(name): \(Escape.visible(skipped.column.canonicalName)) … stay: \(skipped.reason)")
            }
            try Output.write("\(name): \(CompactCommand.summary(report))\n")
            if report.isInterrupted {
                CompactCommand.sayWhatCanGo(replaced, of: store)
                throw Interruption.sayHowToGoOn()
            }
        }
        CompactCommand.sayWhatCanGo(replaced, of: store)
    }

    /// Looked up before anything is written, and the snapshot closed again.
    private func chooseCaptures() throws -> [(model: String, dataset: String)] {
        let all = try Snapshot.open(store).captures
        let chosen = captures.isEmpty ? all : try CapturePatterns(texts: captures).choose(from: all, of: store)
        return chosen.map { ($0.model, $0.dataset) }
    }

    private static func sayWhatCanGo(_ replacedBytes: Int, of store: String) {
        guard replacedBytes > 0 else { return }
        Output.complain("varve gc \(ShellWord.quoted(store)) gives \(NumberFormat.bytes(replacedBytes)) back")
    }

    private static func summary(_ report: CompactionReport) -> String {
        var parts: [String] = []
        if report.newChunks > 0 {
            parts.append(
                "\(NumberFormat.count(report.replacedChunks, "chunk")) → \(report.newChunks), "
                    + "\(NumberFormat.bytes(report.replacedBytes)) → \(NumberFormat.bytes(report.newBytes))")
        }
        if report.unchangedChunks > 0 {
            parts.append("\(NumberFormat.count(report.unchangedChunks, "chunk")) written anew, the same bytes")
        }
        if report.isInterrupted { parts.append("stopped before the rest") }
        return parts.isEmpty ? "nothing to do" : parts.joined(separator: "; ")
    }
}

/// A bar of bytes on stderr; nothing where stderr is no terminal.
struct ByteProgress {
    private let label: String
    private let terminal = TTYInfo.of(descriptor: 2)
    private let start = ContinuousClock.now
    private var line: ProgressLine?

    init(_ label: String) { self.label = label }

    /// Draws the state, at most ten times a second.
    mutating func show(_ done: Int, of total: Int) {
        guard terminal.isTerminal else { return }
        var line = line ?? ProgressLine(label, total: total, unit: .bytes)
        defer { self.line = line }
        let parts = (ContinuousClock.now - start).components
        let elapsed = Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
        if let text = line.update(done: done, elapsed: elapsed, width: terminal.width ?? 80) {
            try? Output.write("\r" + text + "\u{1B}[K", to: 2)
        }
    }

    /// Wipes the bar.
    func clear() {
        if line?.isShown ?? false { try? Output.write("\r\u{1B}[K", to: 2) }
    }
}
