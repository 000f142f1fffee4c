import Foundation
import TensorFiles
import Testing

@testable import Models

/// Tokenizers and chat templates as they are published: too large, or not ours, to lie here. `Scripts/tokenizers` records what the
/// library makes of them, runs these tests and writes the rows that they print into `results/published.md`.
@Suite struct PublishedFilesTests {
    private static let tokenizers = ProcessInfo.processInfo.environment["VARVE_TOKENIZERS"]
    private static let templates = ProcessInfo.processInfo.environment["VARVE_TEMPLATES"]

    @Test(.enabled(if: tokenizers != nil, "Scripts/tokenizers FOLDER names the tokenizers"))
    func tokenizersGiveTheSameIDs() throws {
        let folder = try #require(Self.tokenizers)
        let lines = try BoundedJSON.read(path: folder + "/texts.json", limit: 64 << 20).elements().map {
            try $0.string()
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            .filter { FileManager.default.fileExists(atPath: "\(folder)/\($0)/corpus.json") }
        #expect(!names.isEmpty, "\(folder) holds no NAME/tokenizer.json with a corpus.json beside it")
        for name in names {
            let path = "\(folder)/\(name)"
            let file = try Data(contentsOf: URL(fileURLWithPath: path + "/tokenizer.json"))
            let other = try TokenizerCorpusTests.compare(
                Tokenizer(contentsOf: path), recorded: path + "/corpus.json", lines: lines)
            #expect(other.ids.isEmpty && other.texts.isEmpty, "\(name): first \(other.ids.prefix(3))")
            let cells = [file.count, lines.count, other.tokens, other.ids.count, other.texts.count]
            print("tokenizer: | \(name) |" + cells.map { " \($0) |" }.joined())
        }
    }

    /// What is rendered is what transformers renders; what is refused is listed with its reason.
    @Test(.enabled(if: templates != nil, "Scripts/tokenizers FOLDER TEMPLATES names the templates"))
    func templatesGiveTheSameTexts() throws {
        let path = try #require(Self.templates)
        let cases = Dictionary(grouping: try FamilyTemplateTests.recorded(path), by: \.name)
        #expect(!cases.isEmpty)
        for (name, cases) in cases.sorted(by: { $0.key < $1.key }) {
            var (alike, both, different, refused, reason) = (0, 0, 0, 0, "")
            for recorded in cases {
                do {
                    let rendered = try ChatTemplateTests.template(recorded.source).render(
                        recorded.messages, addGenerationPrompt: recorded.generate)
                    #expect(rendered.text == recorded.text, "\(name)")
                    if rendered.text == recorded.text { alike += 1 } else { different += 1 }
                } catch {
                    if recorded.text == nil { both += 1 } else { (refused, reason) = (refused + 1, "\(error)") }
                }
            }
            let why = reason.split(separator: "\n").first.map { $0.replacing("|", with: "\\|") } ?? ""
            print("template: | \(name) | \(alike) | \(both) | \(different) | \(refused) | \(why) |")
        }
    }
}
