import ArgumentParser
import Shell
import Store
import Synchronization
import Terminal

/// A store checked against its checksums.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check a store against its checksums.",
        discussion: """
            Reads the whole catalogue and every chunk's directory; with --deep every byte of every block too.
            """)

    @Argument(help: "Directory of the store.")
    var store: String

    @Flag(help: "Read and decode every block, on all cores.")
    var deep = false

    func run() throws {
        let bar = Mutex(ByteProgress("verify"))
        let report = try StoreVerification.run(store, deep: deep) { done, total in
            bar.withLock { $0.show(done, of: total) }
        }
        bar.withLock { $0.clear() }
        for orphan in report.orphans {
            Output.complain("note: no commit knows \(Escape.visible(orphan)); the next writer moves it away")
        }
        guard report.isSound else {
            for damage in report.damages { try Output.write(Escape.visible(damage.description) + "\n") }
            let count = report.damages.count
            Output.complain("\(count) damaged piece\(count == 1 ? "" : "s")")
            throw Verdict.storeUnusable
        }
        let rows = NumberFormat.count(report.catalogRows)
        let text =
            deep
            ? "\(report.chunkFiles) chunk files, \(NumberFormat.count(report.blocks)) blocks, "
                + "\(NumberFormat.bytes(report.bytes)) and \(rows) catalogue rows are sound"
            : "\(rows) catalogue rows and \(report.chunkFiles) chunk directories are sound; --deep reads every byte"
        try Output.write(text + "\n")
    }
}
