import ArgumentParser
import Store
import Terminal

/// The room of what was removed given back.
struct CollectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "Give the room of removed captures back, for good.",
        discussion: """
            Deletes the chunk files of what `varve rm` removed and `varve compact` replaced, and forgets the prompts, tokenizers \
            and names that nothing else uses. Readers that are open hold it up: nothing is deleted then, and the exit code is 1.

            What was put aside (files in quarantine/, the catalogue from before `varve migrate`) stays unless --quarantine is given: \
            such a catalogue still holds the prompts of what is removed.
            """)

    @Argument(help: "Directory of the store.")
    var store: String

    @Flag(help: "Delete what recovery, a rebuild or a migration put aside as well.")
    var quarantine = false

    @Flag(help: "Say what would be given back, and delete nothing.")
    var dryRun = false

    func run() throws {
        if dryRun { return try announce() }
        let writer = try StoreWriter(path: store)
        for name in writer.recovery.quarantined {
            Output.complain("note: no commit knew \(Escape.visible(name)); it is in quarantine/ now")
        }
        let report = try writer.purge()
        var text = CollectCommand.files(report.removedFiles) + ", \(NumberFormat.bytes(report.removedBytes)) deleted"
        if report.catalogBytes > 0 {
            text += "; the catalogue is \(NumberFormat.bytes(report.catalogBytes)) smaller"
        }
        if report.forgottenPrompts > 0 {
            text += "; \(NumberFormat.count(report.forgottenPrompts)) prompts forgotten"
        }
        if report.sharedFiles > 0 {
            text += "; \(CollectCommand.files(report.sharedFiles)) stay, living captures use them too"
        }
        try Output.write(text + "\n")
        try handleQuarantine(writer)
    }

    private func handleQuarantine(_ writer: StoreWriter) throws {
        if quarantine {
            let emptied = try writer.emptyQuarantine()
            try Output.write(
                "put aside: \(CollectCommand.files(emptied.files)), \(NumberFormat.bytes(emptied.bytes)) deleted\n")
        } else {
            hint(try writer.quarantined())
        }
    }

    private func hint(_ kept: QuarantineReport) {
        guard kept.files > 0 else { return }
        Output.complain(
            "put aside: \(CollectCommand.files(kept.files)), \(NumberFormat.bytes(kept.bytes)); "
                + "varve gc --quarantine deletes them")
    }

    private func announce() throws {
        let snapshot = try Snapshot.open(store)
        for piece in try snapshot.removedPieces() {
            let what =
                switch piece.kind {
                case .capture: "capture \(piece.name)"
                case .columns: "columns of \(piece.name)"
                case .chunks: "replaced chunks of \(piece.name)"
                }
            try Output.write(
                "\(Escape.visible(what)): \(NumberFormat.bytes(piece.storedBytes)) in "
                    + "\(NumberFormat.count(piece.chunkCount, "chunk"))\n")
        }
        try Output.write("would give \(NumberFormat.bytes(snapshot.purgeableBytes)) back\n")
        let kept = try snapshot.quarantined()
        if quarantine {
            try Output.write(
                "would delete \(CollectCommand.files(kept.files)), \(NumberFormat.bytes(kept.bytes)) put aside\n")
        } else {
            hint(kept)
        }
    }

    private static func files(_ count: Int) -> String { NumberFormat.count(count, "file") }
}
