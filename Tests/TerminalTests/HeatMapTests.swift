import Terminal
import Testing

@Suite struct HeatMapTests {
    private func map(_ rows: [[Double]], _ change: (inout HeatMap) -> Void = { _ in }) -> String {
        var map = HeatMap(heading: "CKA", rows: rows.enumerated().map { ("layer \($0.offset)", $0.element) })
        change(&map)
        return map.text()
    }

    @Test func withoutColoursARowIsALineOfBlocks() {
        #expect(map([[0, 1], [1, 0]]) == "CKA\nlayer 0  ▁▁██\nlayer 1  ██▁▁\n▁ 0 … █ 1\n")
        #expect(map([[0, 1], [1, .nan]]) { $0.isASCII = true } == "CKA\nlayer 0  __##\nlayer 1  ##  \n_ 0 … # 1\n")
    }

    @Test func inColoursALineHoldsTwoRows() {
        let text = map([[0, 1], [1, 0], [0.5, .nan]]) { $0.colours = .full }
        let lines = text.split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[1].hasPrefix("layer 0  \u{1B}[38;2;68;1;84m\u{1B}[48;2;253;231;37m▀▀"))
        #expect(lines[2].hasPrefix("layer 2  ") && lines[2].hasSuffix("\u{1B}[0m"))
        #expect(lines.dropFirst().allSatisfy { $0.contains("\u{1B}[0m") })
        #expect(map([[0, 1]]) { $0.colours = .indexed }.contains("\u{1B}[38;5;"))
        // ASCII asks for no more than letters.
        #expect(!map([[0, 1]]) { ($0.colours, $0.isASCII) = (.full, true) }.contains("\u{1B}"))
    }

    @Test func numbersOfBothSignsAreAroundZero() {
        let text = map([[-1, 0, 3]]) { $0.colours = .full }
        #expect(text.contains("38;2;247;247;247m"))
        #expect(text.contains("-3 ") && text.contains(" 3\n"))
    }

    @Test func whatDoesNotFitIsSaid() {
        let text = map([Array(repeating: 1.0, count: 200)]) { $0.width = 40 }
        #expect(text.contains("shown: 31 of 200 columns"))
        #expect(map([[.nan]]).contains("no values"))
    }

    @Test func coloursOfTheScale() {
        #expect(ColourScale.sequential.colour(at: 0).hex == "#440154")
        #expect(ColourScale.sequential.colour(at: 1).hex == "#fde725")
        #expect(ColourScale.sequential.colour(at: .nan).hex == "#440154")
        #expect(ColourScale.diverging.colour(at: 0.5).hex == "#f7f7f7")
        #expect(
            ColourScale.diverging.colour(at: 0.5).index256 == 231
                || ColourScale.diverging.colour(at: 0.5).index256 == 255)
        for step in 0...100 {
            #expect((16...255).contains(ColourScale.sequential.colour(at: Double(step) / 100).index256))
        }
        #expect(ColourScale.fitting([-1, 3])?.low == -3)
        #expect(ColourScale.fitting([.nan]) == nil)
    }

    @Test func coloursOfTheTerminal() {
        func depth(_ environment: [String: String], isTerminal: Bool = false) -> ColourDepth {
            TTYInfo.of(descriptor: 99, environment: environment).colours
        }
        #expect(depth([:]) == .none)
        #expect(depth(["FORCE_COLOR": "1"]) == .indexed)
        #expect(depth(["FORCE_COLOR": "1", "COLORTERM": "truecolor"]) == .full)
        #expect(depth(["FORCE_COLOR": "1", "NO_COLOR": "1", "COLORTERM": "truecolor"]) == .none)
    }

    @Test func barsOfAColumn() {
        #expect(Plots.bars([1, 2], width: 4) == ["██  ", "████"])
        #expect(Plots.bars([-1, 1, .nan], width: 4).allSatisfy { TextWidth.columns($0) == 5 })
        #expect(Plots.bars([0, 0], width: 4) == ["    ", "    "])
        #expect(Plots.bars([-1e308, 1e308], width: 4, isASCII: true) == ["##|  ", "  |##"])
    }
}
