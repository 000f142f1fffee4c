import ArgumentParser
import Shell
import Store
import Synchronization
import Terminal

/// A store checked against its checksums, or summed up in one digest.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check a store against its checksums.",
        discussion: """
            Reads the whole catalogue and every chunk's directory; with --deep every byte of every block too.

            --root prints a SHA-256 over the chunk files, to be published with a store. After `varve gc`, shell tools give the same:

              cd STORE && sha256sum chunks/??/* | LC_ALL=C sort | sha256sum
            """)

    @Argument(help: "Directory of the store.")
    var store: String

    @Flag(help: "Read and decode every block, on all cores.")
    var deep = false

    @Flag(help: "Print the SHA-256 of the store's chunk files; with --deep only if all is sound.")
    var root = false

    func run() throws {
        if deep || !root { try verify() }
        if root { try printRoot() }
    }

    private func verify() throws {
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
            Output.complain(NumberFormat.count(count, "damaged piece"))
            throw Verdict.storeUnusable
        }
        let rows = NumberFormat.count(report.catalogRows)
        let text =
            deep
            ? "\(NumberFormat.count(report.chunkFiles, "chunk file")), \(NumberFormat.count(report.blocks)) blocks, "
                + "\(NumberFormat.bytes(report.bytes)) and \(rows) catalogue rows are sound"
            : "\(rows) catalogue rows and the directories of \(NumberFormat.count(report.chunkFiles, "chunk file")) are sound; --deep reads every byte"
        // What --root prints is to be compared: nothing else goes to the same place.
        if root { Output.complain(text) } else { try Output.write(text + "\n") }
    }

    private func printRoot() throws {
        let bar = Mutex(ByteProgress("root"))
        let root = try StoreRoot.compute(store) { done, total in bar.withLock { $0.show(done, of: total) } }
        bar.withLock { $0.clear() }
        try Output.write(root.root + "\n")
        Output.complain("over \(NumberFormat.count(root.chunkFiles, "chunk file")), \(NumberFormat.bytes(root.bytes))")
    }
}
