import Store
import Tensor
import TestSupport

/// A store whose norms are 2, 4 and 6 in layers 0, 1 and 2, with stored text that tries to steer a terminal.
struct ShellFixture {
    /// Erases the screen, turns the text around, ends with the one-byte CSI.
    static let hostile = "\u{1B}[2J\u{202E}evil\u{9B}31m\u{7F}"

    let folder: TemporaryDirectory
    var store: String { folder.file("store") }

    init() throws {
        folder = try TemporaryDirectory()
        let prompts = (0..<4).map { index in
            PromptRecord(
                key: index == 3 ? "p3" + ShellFixture.hostile : "p\(index)", source: "text" + ShellFixture.hostile,
                metadata: [
                    ("group", .string(index % 2 == 0 ? "a" : "b")), ("note", .string(ShellFixture.hostile)),
                ], tokenCount: 2)
        }
        let writer = try StoreWriter(path: store)
        try SyntheticCapture(model: "base", dataset: "general", prompts: prompts, layers: 3, hiddenSize: 4) {
            column, prompt, position, _ in
            switch column {
            case .tokenID: 1
            case .prompt: Double(prompt)
            case .position: Double(position)
            case .site(let site): Double(1 + (site.layer ?? 0))
            default: 0
            }
        }.write(to: writer)
    }

    /// Whether a terminal would do more with a text than show it.
    static func steers(_ text: String) -> Bool {
        text.unicodeScalars.contains { scalar in
            scalar != "\n"
                && (scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                    || (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value))
        }
    }
}
