import ArgumentParser
import Store
import Tensor
import Terminal

/// What a store holds.
struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Say what a store holds and what it takes on disk.",
        discussion: """
            Without more it reads the catalogue alone. With a capture's name or --columns it reads every chunk's directory and \
            shows each column: rows, bytes before and after encoding, how its blocks are encoded, and what i8 lost.
            """)

    /// How the answer is written.
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

    @Argument(help: "Directory of the store.")
    var store: String

    @Argument(help: ArgumentHelp("Captures as model/dataset; * stands for any characters.", valueName: "capture"))
    var captures: [String] = []

    @Flag(help: "Column by column, for all captures.")
    var columns = false

    @Option(help: ArgumentHelp("How it is written: table or json.", valueName: "format"))
    var format = Format.table

    func run() throws {
        let snapshot = try Snapshot.open(store)
        let chosen =
            captures.isEmpty
            ? snapshot.captures : try CapturePatterns(texts: captures).choose(from: snapshot.captures, of: store)
        let isDetailed = columns || !captures.isEmpty
        if format == .json {
            let summary = isDetailed ? try snapshot.summary(of: chosen) : nil
            return try Output.writeData(try InfoJSON.text(snapshot, chosen, summary))
        }
        if isDetailed {
            for capture in try snapshot.summary(of: chosen).captures { try Output.write(ColumnTable.text(capture)) }
        } else {
            try Output.write(try overview(snapshot))
        }
    }

    private func overview(_ snapshot: Snapshot) throws -> String {
        let stored = snapshot.captures.reduce(0) { $0 + $1.storedBytes }
        let raw = snapshot.captures.reduce(0) { $0 + $1.rawBytes }
        let version = try snapshot.formatVersion()
        var out = "\(Escape.visible(snapshot.path))\n"
        out += "store \(Escape.visible(snapshot.storeID)), format \(version), generation \(snapshot.generation); "
        out += "\(NumberFormat.bytes(stored)) in chunks (\(NumberFormat.bytes(raw)) before encoding)\n\n"
        out += models(snapshot) + "\n" + datasets(snapshot) + "\n" + captures(snapshot)
        let removed = try snapshot.removedPieces()
        if !removed.isEmpty { out += "\n" + dead(removed, snapshot) }
        let kept = try snapshot.quarantined()
        if kept.files > 0 {
            out += "\nput aside: \(NumberFormat.count(kept.files, "file")), "
            out += "\(NumberFormat.bytes(kept.bytes)); varve gc --quarantine deletes them\n"
        }
        return out
    }

    private func models(_ snapshot: Snapshot) -> String {
        InfoTable.text(
            [("model", false), ("architecture", false), ("layers", true), ("width", true), ("adapter", false)],
            snapshot.models.map { model in
                [
                    model.name, model.architecture, String(model.layerCount), String(model.hiddenSize),
                    model.adapterDigest.map { String($0.prefix(12)) } ?? "–",
                ]
            })
    }

    private func datasets(_ snapshot: Snapshot) -> String {
        InfoTable.text(
            [("data set", false), ("prompts", true), ("columns", false)],
            snapshot.datasets.map { dataset in
                [
                    dataset.name, NumberFormat.count(dataset.promptCount),
                    dataset.columns.map(\.name).joined(separator: " "),
                ]
            }, wrapping: "columns")
    }

    private func captures(_ snapshot: Snapshot) -> String {
        InfoTable.text(
            [
                ("capture", false), ("prompts", true), ("tokens", true), ("sites", false), ("chunks", true),
                ("stored", true), ("state", false),
            ],
            snapshot.captures.map { capture in
                [
                    capture.name, NumberFormat.count(capture.promptCount), NumberFormat.count(capture.rowCount),
                    InfoCommand.sites(capture), String(capture.groups.reduce(0) { $0 + $1.chunks.count }),
                    NumberFormat.bytes(capture.storedBytes), InfoCommand.state(capture),
                ]
            }, wrapping: "sites")
    }

    private func dead(_ removed: [RemovedPiece], _ snapshot: Snapshot) -> String {
        InfoTable.text(
            [("removed", false), ("what", false), ("chunks", true), ("stored", true)],
            removed.map { piece in
                [
                    piece.name, piece.kind == .chunks ? "replaced chunks" : piece.kind.rawValue,
                    String(piece.chunkCount), NumberFormat.bytes(piece.storedBytes),
                ]
            })
            + "varve gc gives \(NumberFormat.bytes(snapshot.purgeableBytes)) back\n"
    }

    /// `complete`, `unfinished`, or which columns are still being added.
    static func state(_ capture: CaptureRecord) -> String {
        guard capture.isComplete else { return "unfinished" }
        let added = capture.groups.filter { !$0.isComplete }.map { group in
            let first = group.columns.first?.id.canonicalName ?? ""
            let more = group.columns.count > 1 ? " and \(group.columns.count - 1) more" : ""
            return "adding \(first)\(more): \(group.rowCount * 100 / max(1, capture.rowCount)) %"
        }
        return added.isEmpty ? "complete" : added.joined(separator: ", ")
    }

    /// `resid_post f32[0–5], lora[0–5], lora.tuned[3], sae[3], entropy; the assistant's tokens`.
    static func sites(_ capture: CaptureRecord) -> String {
        let severalSAEs = Set(capture.latentSpaces.map(\.site.part)).count > 1
        var order: [String] = []
        var layers: [String: [Int]] = [:]
        var kept = ""
        for column in capture.columns {
            let site: Site
            switch column.id {
            case .site(let dense): site = dense
            case .latentIndex(let latent): site = latent
            case .perToken(let name):
                order.append(name)
                continue
            case .keptPosition(let tokens):
                kept = "; " + tokens.words
                continue
            default: continue
            }
            let isDense = site.point != .lora && site.point != .sae
            // As queries choose it where the point's own word doesn't say which is meant.
            let chosen = site.adapterName ?? (severalSAEs && site.point == .sae ? site.part : nil)
            let name =
                site.point.rawValue + (chosen.map { "." + $0 } ?? "")
                + (isDense ? " " + column.elementType.rawValue : "")
            if layers[name] == nil { order.append(name) }
            layers[name, default: []] += site.layer.map { [$0] } ?? []
        }
        let places = order.map { name in
            let numbers = layers[name] ?? []
            return numbers.isEmpty ? name : "\(name)[\(ranges(numbers))]"
        }
        return places.joined(separator: ", ") + kept
    }

    /// `0–5`, `3, 7, 11`: neighbours joined.
    private static func ranges(_ numbers: [Int]) -> String {
        var stretches: [ClosedRange<Int>] = []
        for number in Set(numbers).sorted() {
            if let last = stretches.last, last.upperBound + 1 == number {
                stretches[stretches.count - 1] = last.lowerBound...number
            } else {
                stretches.append(number...number)
            }
        }
        return stretches.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)" }
            .joined(separator: ", ")
    }
}

/// A table of stored text as wide as the screen, or where there is none as a page.
enum InfoTable {
    /// Where nothing is a screen.
    static let pageWidth = 120

    /// - Parameters:
    ///   - titles: with whether the column is right-aligned.
    ///   - list: the title of a column of words, which go on below themselves where the line would be too long.
    static func text(_ titles: [(String, Bool)], _ rows: [[String]], wrapping list: String? = nil) -> String {
        let screen = TTYInfo.of(descriptor: 1)
        let columns = titles.map { TableRenderer.Column($0.0, isRightAligned: $0.1) }
        var rows = rows.map { $0.map { Escape.visible($0) } }
        if let list, let place = titles.firstIndex(where: { $0.0 == list }) {
            let width = screen.isTerminal ? screen.width ?? 80 : pageWidth
            rows = wrapped(rows, column: place, titles: titles.map(\.0), width: width)
        }
        return TableRenderer(width: screen.isTerminal ? screen.width : nil).text(columns: columns, rows: rows)
    }

    private static func wrapped(_ rows: [[String]], column: Int, titles: [String], width: Int) -> [[String]] {
        // What the other columns leave, and two blanks between columns.
        let others = titles.indices.filter { $0 != column }.reduce(0) { sum, index in
            sum + 2 + rows.reduce(TextWidth.columns(titles[index])) { max($0, TextWidth.columns($1[index])) }
        }
        return rows.flatMap { row in
            lines(of: row[column], width: max(24, width - others)).enumerated().map { number, line in
                var shown = number == 0 ? row : [String](repeating: "", count: row.count)
                shown[column] = line
                return shown
            }
        }
    }

    /// The pieces of a list, or the words of one without commas, in lines of at most that width; a longer piece has a line of its own.
    static func lines(of text: String, width: Int) -> [String] {
        let hasCommas = text.contains(", ") || text.contains("; ")
        var pieces = [""]
        for word in text.split(separator: " ") {
            let last = pieces[pieces.count - 1]
            let isWhole = last.isEmpty || hasCommas && last.last != "," && last.last != ";"
            if isWhole {
                pieces[pieces.count - 1] += (last.isEmpty ? "" : " ") + word
            } else {
                pieces.append(String(word))
            }
        }
        var lines = [pieces[0]]
        for piece in pieces.dropFirst() {
            let last = lines[lines.count - 1]
            if TextWidth.columns(last) + 1 + TextWidth.columns(piece) <= width {
                lines[lines.count - 1] += " " + piece
            } else {
                lines.append(piece)
            }
        }
        return lines
    }
}
