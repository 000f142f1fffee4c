import ArgumentParser
import Store
import Tensor
import Terminal

/// Captures marked dead.
struct RemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove captures from a store, or columns that were added to one.",
        discussion: """
            Nothing is deleted yet: whoever reads the store now reads on, and --undo brings a capture back. The room comes \
            back with `varve gc`, and from then on it is gone for good.

              varve rm STORE base/general
              varve rm STORE 'poser/*' --dry-run
              varve rm STORE base/general --column sae.3.demo.index
              varve rm STORE base/general --undo
            """)

    @Argument(help: "Directory of the store.")
    var store: String

    @Argument(help: ArgumentHelp("Captures as model/dataset; * stands for any characters.", valueName: "capture"))
    var captures: [String]

    @Option(
        help: ArgumentHelp(
            "Only the columns that were added to the captures together with this one, by its name in `varve info`.",
            valueName: "name"))
    var column: String?

    @Flag(help: "Say what would go, and remove nothing.")
    var dryRun = false

    @Flag(help: "Bring removed captures back; possible until `varve gc`.")
    var undo = false

    func validate() throws {
        if undo, column != nil { throw ValidationError("--undo brings whole captures back, not a --column") }
        if let column, ColumnID(canonical: column) == nil {
            throw ValidationError(
                "\(Escape.visible(column)) is no column's name; `varve info STORE CAPTURE` shows them")
        }
    }

    func run() throws {
        if undo { try restore() } else { try remove() }
    }

    private func remove() throws {
        // A mistaken name must not cost a half-done removal: everything is looked up before anything is marked.
        let snapshot = try Snapshot.open(store)
        let chosen = try CapturePatterns(texts: captures).choose(from: snapshot.captures, of: store)
        let column = column.flatMap { ColumnID(canonical: $0) }
        let groups = try column.map { try addedGroups($0, chosen) }
        guard !dryRun else { return try announce(chosen, groups) }
        let writer = try StoreWriter(path: store)
        var bytes = 0
        for capture in chosen {
            let report: RemovalReport
            if let column {
                report = try writer.remove(column: column, of: capture.model, dataset: capture.dataset)
            } else {
                report = try writer.remove(captureOf: capture.model, dataset: capture.dataset)
            }
            bytes += report.storedBytes
            try Output.write(line("removed", capture, chunks: report.chunkCount, bytes: report.storedBytes))
        }
        let store = ShellWord.quoted(store)
        Output.complain("varve gc \(store) gives \(NumberFormat.bytes(bytes)) back" + undoHint(chosen, store))
    }

    private func undoHint(_ chosen: [CaptureRecord], _ store: String) -> String {
        guard column == nil else { return "" }
        return "; until then: varve rm --undo \(store) "
            + chosen.map { ShellWord.quoted($0.name) }.joined(separator: " ")
    }

    private func addedGroups(_ column: ColumnID, _ captures: [CaptureRecord]) throws -> [ColumnGroupRecord] {
        try captures.map { capture in
            guard let group = capture.groups.first(where: { $0.columns.contains { $0.id == column } }) else {
                throw StoreError(.unknown, "\(store): capture \(capture.name) has no column \(column.canonicalName)")
            }
            guard group.ordinal > 0 else {
                throw StoreError(
                    .conflict,
                    "\(store): \(column.canonicalName) came with capture \(capture.name) and goes only with it")
            }
            return group
        }
    }

    private func announce(_ captures: [CaptureRecord], _ groups: [ColumnGroupRecord]?) throws {
        for (place, capture) in captures.enumerated() {
            let chunks = groups.map { $0[place].chunks } ?? capture.groups.flatMap(\.chunks)
            try Output.write(
                line(
                    "would remove", capture, chunks: chunks.count, bytes: chunks.reduce(0) { $0 + $1.storedBytes }))
        }
    }

    private func line(_ verb: String, _ capture: CaptureRecord, chunks: Int, bytes: Int) -> String {
        let what = column.map { " (\($0) and what was added with it)" } ?? ""
        let tokens = NumberFormat.count(capture.rowCount)
        return "\(verb) \(Escape.visible(capture.name))\(Escape.visible(what)): \(tokens) tokens, "
            + "\(NumberFormat.bytes(bytes)) in \(NumberFormat.count(chunks, "chunk"))\n"
    }

    private func restore() throws {
        let removed = try Snapshot.open(store).removedPieces().filter { $0.kind == .capture }
        let names = removed.map(\.name)
        let places = try CapturePatterns(texts: captures).places(in: names, of: store, what: "removed capture")
        // Of several that had one name, the last.
        let last = Set(places.compactMap { names.lastIndex(of: names[$0]) }).sorted()
        let writer = dryRun ? nil : try StoreWriter(path: store)
        for place in last {
            try writer?.restore(captureOf: removed[place].model, dataset: removed[place].dataset)
            try Output.write("\(dryRun ? "would bring" : "brought") \(Escape.visible(names[place])) back\n")
        }
    }
}

/// Text as one word of a shell.
enum ShellWord {
    static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "/._-:,=+@%".utf8.contains(byte)
        }
        return Escape.visible(isPlain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'")
    }
}
