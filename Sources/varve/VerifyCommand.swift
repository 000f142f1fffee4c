import ArgumentParser
import Glibc
import Shell
import Store
import Terminal

/// Every byte of a store read and checked.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check a store against its checksums.",
        discussion: "Reads the catalogue and every chunk's directory; with --deep every byte of every block too.")

    @Argument(help: "Directory of the store.")
    var store: String

    @Flag(help: "Read and decode every block.")
    var deep = false

    func run() throws {
        if deep { try runDeep() } else { try runQuick() }
    }

    private func runQuick() throws {
        let snapshot = try Snapshot.open(store)
        var damages: [StoreError] = []
        var chunks = 0
        for capture in snapshot.captures {
            for chunk in capture.groups.flatMap(\.chunks) {
                do throws(StoreError) {
                    _ = try snapshot.reader(for: chunk)
                } catch {
                    damages.append(error)
                }
                chunks += 1
            }
        }
        try end(damages, sound: "catalogue and \(chunks) chunk directories are sound; --deep reads every byte")
    }

    private func runDeep() throws {
        let terminal = TTYInfo.of(descriptor: 2)
        var line: ProgressLine?
        let clock = ContinuousClock()
        let start = clock.now
        let report = try StoreVerification.run(store) { done, total in
            guard terminal.isTerminal else { return }
            if line == nil { line = ProgressLine("verify", total: total, unit: .bytes) }
            let parts = (clock.now - start).components
            let elapsed = Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
            if let text = line?.update(done: done, elapsed: elapsed, width: terminal.width ?? 80) {
                try? Output.write("\r" + text + "\u{1B}[K", to: 2)
            }
        }
        if line?.isShown ?? false { try? Output.write("\r\u{1B}[K", to: 2) }
        for orphan in report.orphans {
            Output.complain("note: no commit knows \(Escape.visible(orphan)); the next writer moves it away")
        }
        try end(
            report.damages,
            sound:
                "\(report.chunkFiles) chunk files, \(report.blocks) blocks, \(NumberFormat.bytes(report.bytes)) are sound"
        )
    }

    private func end(_ damages: [StoreError], sound: String) throws {
        guard damages.isEmpty else {
            for damage in damages { try Output.write(Escape.visible(damage.description) + "\n") }
            Output.complain("\(damages.count) damaged piece\(damages.count == 1 ? "" : "s")")
            throw Verdict.storeUnusable
        }
        try Output.write(sound + "\n")
    }
}
