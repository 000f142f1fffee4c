import ArgumentParser
import ChunkFormat
import Shell
import Store
import Tensor
import Terminal

/// What a store holds.
struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Say what a store holds, from its catalogue alone.")

    @Argument(help: "Directory of the store.")
    var store: String

    func run() throws {
        let snapshot = try Snapshot.open(store)
        let stored = snapshot.captures.reduce(0) { $0 + $1.storedBytes }
        let raw = snapshot.captures.reduce(0) { $0 + $1.rawBytes }
        var out = "\(Escape.visible(snapshot.path))\n"
        out += "store \(Escape.visible(snapshot.storeID)), generation \(snapshot.generation); "
        out += "\(NumberFormat.bytes(stored)) in chunks (\(NumberFormat.bytes(raw)) before encoding)\n\n"
        out += models(snapshot) + "\n" + datasets(snapshot) + "\n" + captures(snapshot)
        try Output.write(out)
    }

    private func table(_ titles: [(String, Bool)], _ rows: [[String]]) -> String {
        let screen = TTYInfo.of(descriptor: 1)
        let columns = titles.map { TableRenderer.Column($0.0, isRightAligned: $0.1) }
        return TableRenderer(width: screen.isTerminal ? screen.width : nil).text(
            columns: columns, rows: rows.map { $0.map { Escape.visible($0) } })
    }

    private func models(_ snapshot: Snapshot) -> String {
        table(
            [("model", false), ("architecture", false), ("layers", true), ("width", true), ("adapter", false)],
            snapshot.models.map { model in
                [
                    model.name, model.architecture, String(model.layerCount), String(model.hiddenSize),
                    model.adapterDigest.map { String($0.prefix(12)) } ?? "–",
                ]
            })
    }

    private func datasets(_ snapshot: Snapshot) -> String {
        table(
            [("data set", false), ("prompts", true), ("columns", false)],
            snapshot.datasets.map { dataset in
                [
                    dataset.name, NumberFormat.count(dataset.promptCount),
                    dataset.columns.map(\.name).joined(separator: " "),
                ]
            })
    }

    private func captures(_ snapshot: Snapshot) -> String {
        table(
            [
                ("capture", false), ("prompts", true), ("tokens", true), ("sites", false), ("chunks", true),
                ("stored", true), ("state", false),
            ],
            snapshot.captures.map { capture in
                [
                    capture.name, NumberFormat.count(capture.promptCount), NumberFormat.count(capture.rowCount),
                    InfoCommand.sites(capture), String(capture.groups.reduce(0) { $0 + $1.chunks.count }),
                    NumberFormat.bytes(capture.storedBytes),
                    capture.isComplete ? "complete" : "unfinished",
                ]
            })
    }

    /// `resid_post 0–5 f32, lora 0–5, sae 3`.
    static func sites(_ capture: CaptureRecord) -> String {
        var order: [String] = []
        var layers: [String: [Int]] = [:]
        for column in capture.columns {
            let site: Site
            switch column.id {
            case .site(let dense): site = dense
            case .latentIndex(let latent): site = latent
            default: continue
            }
            let isDense = site.point != .lora && site.point != .sae
            let name = site.point.rawValue + (isDense ? " " + column.elementType.rawValue : "")
            if layers[name] == nil { order.append(name) }
            layers[name, default: []] += site.layer.map { [$0] } ?? []
        }
        return order.map { name in
            guard let first = layers[name]?.min(), let last = layers[name]?.max() else { return name }
            return first == last ? "\(name)[\(first)]" : "\(name)[\(first)–\(last)]"
        }.joined(separator: ", ")
    }
}
