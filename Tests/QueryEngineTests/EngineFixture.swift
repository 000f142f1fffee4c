import Foundation
import QueryEngine
import QueryLanguage
import Store
import Tensor
import TestSupport

/// A small store whose numbers are simple functions of their place, so that answers can be worked out by hand.
///
/// Captures: base and tuned on general (6 prompts) and medical (4 prompts), 3 layers of width 4, LoRA scalars on tuned, an
/// SAE with top-4 of 40 latents at layer 1.
enum EngineFixture {
    /// 6 prompts of 3…7 tokens, group a or b by turns.
    static let general = SyntheticCapture.prompts(6)
    static let medical = SyntheticCapture.prompts(4).map {
        PromptRecord(key: "m" + $0.key, source: $0.source, metadata: $0.metadata, tokenCount: $0.tokenCount)
    }

    /// resid_post.L of prompt p, position t, place i: base is L + 10p + t + i/10; tuned adds 1 to layer 2.
    static func values(_ tuned: Bool) -> SyntheticCapture.Values {
        { column, prompt, position, place in
            switch column {
            case .tokenID: return Double((prompt * 7 + position) % 50)
            case .prompt: return Double(prompt)
            case .position: return Double(position)
            // The first two tokens are the user's, the others the assistant's.
            case .role: return Double((position < 2 ? TokenRole.user : TokenRole.assistant).rawValue)
            case .latentIndex: return Double((prompt + position + place * 10 + (tuned && place > 1 ? 5 : 0)) % 40)
            case .latentValue: return Double(4 - place)
            case .site(let site) where site.point == .lora:
                let sign = prompt % 2 == 0 ? -1.0 : 1.0
                return sign * Double(1 + (site.layer ?? 0)) + Double(position) / 100
            case .site(let site):
                let layer = Double(site.layer ?? 0)
                return layer + 10 * Double(prompt) + Double(position) + Double(place) / 10
                    + (tuned && layer == 2 ? 1 : 0)
            default: return 0
            }
        }
    }

    static func make(at path: String) throws {
        let writer = try StoreWriter(path: path)
        for (model, tuned) in [("base", false), ("tuned", true)] {
            for (dataset, prompts) in [("general", general), ("medical", medical)] {
                try SyntheticCapture(
                    model: model, dataset: dataset, prompts: prompts, layers: 3, hiddenSize: 4,
                    loraRank: tuned ? 1 : 0, latents: 40, values: values(tuned)
                ).write(to: writer, chunkBytes: 600)
            }
        }
    }

    /// Changes something in every block of every chunk, so that whatever a query reads is hit.
    static func damageChunks(of store: String) throws {
        let folder = store + "/chunks"
        for file in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            let url = URL(fileURLWithPath: folder + "/" + file)
            guard try url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == false else { continue }
            var bytes = try Data(contentsOf: url)
            for place in stride(from: bytes.count / 8, to: bytes.count * 3 / 4, by: 5) { bytes[place] ^= 0x40 }
            try FileManager.default.removeItem(at: url)
            try bytes.write(to: url)
        }
    }

    /// Opens a session on a store of its own and runs a body on it.
    static func withSession<T>(threads: Int = 2, _ body: (QuerySession) throws -> T) throws -> T {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/store"
        try make(at: path)
        return try body(
            QuerySession(store: path, options: QuerySession.Options(threads: threads, exportRoot: folder.path)))
    }
}

extension QuerySession {
    /// All answers of a text.
    func answers(_ text: String, parameters: [String: Constant] = [:]) throws -> [ShownValue] {
        var shown: [ShownValue] = []
        try run(SourceText(name: "test", text: text), parameters: parameters) { shown.append($0) }
        return shown
    }

    /// The text of the last answer, or of the errors.
    func reply(_ text: String) -> String {
        do {
            return try answers(text).map { Plain.text($0) }.joined(separator: "\n")
        } catch let errors as QueryErrors {
            // The files separate cases by blank lines.
            return DiagnosticRenderer().text(errors.diagnostics, in: errors.source).replacing("\n\n", with: "\n")
        } catch let failure as QueryFailure {
            return "failure[\(failure.diagnostic.code)]: \(failure)"
        } catch {
            return "failure: \(error)"
        }
    }
}

/// Presentations as lines without a terminal.
enum Plain {
    static func text(_ value: ShownValue) -> String {
        let shown = value.presentation
        var lines = [value.type.description]
        switch shown.body {
        case .text(let text): lines.append(text)
        case .grid(let grid):
            lines.append(grid.columns.map(\.title).joined(separator: " | "))
            lines += grid.rows.map { $0.map(cell).joined(separator: " | ") }
        case .bars(let bars, let quantity):
            lines.append("bars of \(quantity)")
            lines += bars.map { "\($0.label) | \(number($0.value))" + ($0.sd.map { " ± " + number($0) } ?? "") }
        case .sparks(let x, let series, let xName, let quantity), .heat(let x, let series, let xName, let quantity):
            lines.append("blocks of \(quantity) over \(xName): " + x.joined(separator: " "))
            lines += series.map { "\($0.name) | " + $0.values.map(number).joined(separator: " ") }
        case .points(let clouds):
            for cloud in clouds {
                let points = zip(cloud.x, cloud.y).map { "(\(number($0)), \(number($1)))" }
                lines.append("\(cloud.name) | " + points.joined(separator: " "))
            }
        case .lines(let x, _, let series, let xName, let quantity):
            lines.append("\(quantity) over \(xName): " + x.joined(separator: " "))
            lines += series.map { "\($0.name) | " + $0.values.map(number).joined(separator: " ") }
        }
        lines += shown.footer + value.notes.map { "note[\($0.code)]: \($0.text)" }
        return lines.joined(separator: "\n")
    }

    static func cell(_ cell: Presentation.Cell) -> String {
        switch cell {
        case .text(let text): text
        case .int(let value): String(value)
        case .number(let value): number(value)
        case .stat(let stat): "\(number(stat.mean)) ± \(number(stat.sd))"
        case .bool(let value): String(value)
        case .missing: "–"
        }
    }

    static func number(_ value: Double) -> String {
        value.isNaN ? "nan" : String(format: "%.6g", value)
    }
}
