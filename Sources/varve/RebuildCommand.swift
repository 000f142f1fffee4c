import ArgumentParser
import Store
import Synchronization
import Terminal

/// The catalogue made again from the chunk files.
struct RebuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Make a store's catalogue again from its chunk files alone.",
        discussion: """
            For a catalogue that is damaged, lost or older than the chunks. Every chunk file is read and checked; the old catalogue \
            and files that are damaged or left over move to quarantine/. Captures, prompts, tokenizers and every column come back as \
            they were. What was removed and not yet purged comes back too; the times and names of earlier commits are lost.
            """)

    @Argument(help: "Directory of the store.")
    var store: String

    @Flag(help: "Give the store a new identity where STORE.json is missing or damaged.")
    var newIdentity = false

    func run() throws {
        let bar = Mutex(ByteProgress("rebuild"))
        let report = try StoreRebuild.run(store, newIdentity: newIdentity) { done, total in
            bar.withLock { $0.show(done, of: total) }
        }
        bar.withLock { $0.clear() }
        if report.hasNewIdentity { Output.complain("note: STORE.json was lost; the store has a new identity") }
        for file in report.quarantined {
            Output.complain("quarantine: \(Escape.visible(file.name)): \(Escape.visible(file.reason))")
        }
        if let old = report.oldCatalog { Output.complain("the old catalogue is \(Escape.visible(old)) now") }
        for capture in report.captures {
            try Output.write(
                "\(Escape.visible(capture.name)): \(NumberFormat.count(capture.rowCount)) tokens, "
                    + "\(capture.isComplete ? "complete" : "unfinished; ingest it again to complete it")\n")
        }
        try Output.write(
            "\(NumberFormat.count(report.captures.count, "capture")) from "
                + "\(NumberFormat.count(report.chunkFiles, "chunk file")), \(NumberFormat.bytes(report.bytes))\n")
    }
}
