import ArgumentParser
import Store
import Terminal

/// Some captures as a store of their own.
struct ExportSubsetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export-subset", abstract: "Copy some captures into a new store, to share them.",
        discussion: """
            Chunk files are copied and checked, and the new catalogue is made from the copies: their prompts, their tokenizers and \
            nothing else of the store comes along.

              varve export-subset STORE shared.varve base/general 'poser/*'
            """)

    @Argument(help: "Directory of the store.")
    var store: String

    @Argument(help: ArgumentHelp("Directory of the new store; missing or empty.", valueName: "new-store"))
    var target: String

    @Argument(help: ArgumentHelp("Captures as model/dataset; * stands for any characters.", valueName: "capture"))
    var captures: [String]

    func run() throws {
        let snapshot = try Snapshot.open(store)
        let chosen = try CapturePatterns(texts: captures).choose(from: snapshot.captures, of: store)
        var bar = ByteProgress("export")
        defer { bar.clear() }
        Interruption.watch()
        defer { Interruption.release() }
        let report: ExportReport
        do throws(StoreError) {
            report = try SubsetExport.run(
                snapshot, captures: chosen, to: target, progress: { bar.show($0, of: $1) },
                isInterrupted: { Interruption.wasAsked })
        } catch {
            guard error.kind == .interrupted else { throw error }
            bar.clear()
            Output.complain(error.description)
            throw Interruption.exitCode
        }
        bar.clear()
        for name in report.captures { try Output.write(Escape.visible(name) + "\n") }
        try Output.write(
            "\(NumberFormat.count(report.chunkFiles, "chunk file")), \(NumberFormat.bytes(report.bytes)) in \(Escape.visible(target))\n"
        )
    }
}
