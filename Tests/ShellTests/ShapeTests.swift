import QueryEngine
import QueryLanguage
import Shell
import Store
import Tensor
import Terminal
import TestSupport
import Testing

/// Answers look like what they are.
@Suite struct ShapeTests {
    /// 20 layers of norms 2, 4, … and a head of 16 prompts, so that dimensions are large.
    private func answer(_ query: String, _ change: (inout AnswerText) -> Void = { _ in }) throws -> String {
        let folder = try TemporaryDirectory()
        let path = folder.file("store")
        for model in ["base", "tuned"] {
            try SyntheticCapture(
                model: model, dataset: "general", prompts: SyntheticCapture.prompts(4), layers: 20, hiddenSize: 4
            ) { column, prompt, position, _ in
                switch column {
                case .prompt: Double(prompt)
                case .position: Double(position)
                case .site(let site): Double(1 + (site.layer ?? 0))
                default: 0
                }
            }.write(to: StoreWriter(path: path))
        }
        var answers = AnswerText()
        change(&answers)
        let session = try QuerySession(store: path)
        var text = ""
        try session.run(SourceText(name: "query", text: query)) { text += answers.text($0) }
        return text
    }

    private let norms = "capture(\"base\", \"general\").resid_post | norm"

    @Test func aNumberIsALine() throws {
        #expect(try answer(norms + " | mean | max(layer)").hasPrefix("norm  40\n"))
        #expect(try answer(norms + "[layer=0] | summary").hasPrefix("norm  2.00 ± 0.00\n"))
    }

    @Test func oneDimensionHasBars() throws {
        let text = try answer(norms + " | mean | head(3)".replacing("| head(3)", with: ""))
        let lines = text.split(separator: "\n")
        #expect(lines.contains { $0.contains("█") })
        // The longest bar is beside the largest number.
        let longest = lines.max { $0.count { $0 == "█" } < $1.count { $0 == "█" } }
        #expect(longest?.contains("40") == true, "\(text)")
        #expect(try !answer(norms + " | mean") { $0.format = .md }.contains("█"))
        #expect(
            try !answer(norms + " | mean") { $0.isASCII = true }.unicodeScalars.contains {
                $0.value > 0x7E && $0 != "≤"
            })
        #expect(try answer(norms + " | mean") { $0.width = 30 }.contains("█"))
        #expect(try !answer(norms + " | mean") { $0.width = 12 }.contains("█"))
    }

    @Test func aLargeDimensionIsALineOfBlocksForEachRow() throws {
        let text = try answer("capture([\"base\", \"tuned\"], \"general\").resid_post | norm | mean")
        #expect(text.contains("base   ▁"), "\(text)")
        #expect(text.contains("2 … 40"))
        #expect(text.contains("`table` shows the numbers"))
        let table = try answer(
            "capture([\"base\", \"tuned\"], \"general\").resid_post | norm | mean | table(rows=layer)")
        #expect(!table.contains("▁") && table.contains("tuned"))
    }

    @Test func aLineWiderThanTheScreenIsOfMeans() throws {
        let text = try answer("capture([\"base\", \"tuned\"], \"general\").resid_post | norm | mean") { $0.width = 30 }
        #expect(text.contains(", the mean of 2 a bar\n"), "\(text)")
        #expect(
            text.split(separator: "\n").filter { $0.contains(" … ") }.dropFirst().allSatisfy { $0.count <= 30 },
            "\(text)")
    }

    @Test func twoLargeDimensionsAreCells() throws {
        let shares = (1...13).map { "\(Double($0) / 20)" }.joined(separator: ", ")
        let cells = "capture(\"base\", \"general\").resid_post | norm | quantile([\(shares)])"
        let text = try answer(cells) { $0.colours = .full }
        #expect(text.contains("▀"), "\(text)")
        #expect(try !answer(cells) { $0.colours = .none }.contains("▀"))
    }

    @Test func aSmallSecondDimensionIsAMatrix() throws {
        let text = try answer(
            "capture([\"base\", \"tuned\"], \"general\").resid_post | norm | mean | table(rows=layer, cols=model)")
        #expect(text.contains("base") && text.contains("tuned") && text.split(separator: "\n").count >= 24)
    }
}
