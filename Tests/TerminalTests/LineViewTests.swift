import Testing

@testable import Terminal

@Suite struct LineViewTests {
    private static func view(
        _ before: String, _ after: String = "", width: Int = 20, height: Int = 24, ghost: String? = nil,
        below: [String] = []
    ) -> LineView {
        LineView(
            buffer: LineBuffer(before, after: after), ghost: ghost, below: below, width: width, height: height,
            allowsColour: false)
    }

    @Test(arguments: [
        ("", "", ["varve> "], 0, 7), ("abc", "", ["varve> abc"], 0, 10), ("a", "bc", ["varve> abc"], 0, 8),
        ("a\n", "b", ["varve> a", "   ...> b"], 1, 8),
        ("0123456789012", "", ["varve> 0123456789012", ""], 1, 0),
        ("0123456789012", "3", ["varve> 0123456789012", "3"], 1, 0),
        ("01234567890漢", "字", ["varve> 01234567890漢", "字"], 1, 0),
        ("012345678901漢", "", ["varve> 012345678901", "漢"], 1, 2),
        ("👩‍🔬", "x", ["varve> 👩‍🔬x"], 0, 9), ("e\u{301}", "", ["varve> e\u{301}"], 0, 8),
        ("0123456789012", "\nx", ["varve> 0123456789012", "   ...> x"], 0, 19),
    ])
    func layout(before: String, after: String, rows: [String], row: Int, column: Int) {
        let view = Self.view(before, after)
        #expect(view.rows == rows)
        #expect(view.cursorRow == row)
        #expect(view.cursorColumn == column)
    }

    @Test("no row is wider than the terminal, and the cursor is on one of them")
    func bounds() {
        let texts = [
            "", "plain", "漢字漢字漢字漢字漢字漢字", "👩‍🔬👩‍🔬👩‍🔬👩‍🔬👩‍🔬👩‍🔬👩‍🔬👩‍🔬\nsecond line that is long\n\n", "e\u{301}\u{301}x\u{202E}\u{1B}[2J",
        ]
        for text in texts {
            for width in 10...40 {
                for cursor in 0...text.count {
                    let view = Self.view(
                        String(text.prefix(cursor)), String(text.dropFirst(cursor)), width: width, height: 5,
                        below: ["hint \u{1B}[31m", "more"])
                    #expect(view.rows.allSatisfy { TextWidth.columns($0) <= width })
                    #expect(view.rows.count <= 5)
                    #expect(view.rows.indices.contains(view.cursorRow))
                    #expect((0..<width).contains(view.cursorColumn))
                    #expect(!view.rows.joined().unicodeScalars.contains(where: Escape.isControl))
                }
            }
        }
    }

    @Test("colours wrap with the text and end with their row")
    func colours() {
        let view = LineView(
            buffer: LineBuffer("abcdef"), prompt: .init(first: "> ", next: ". "), colours: [.init(1..<5, "31")],
            width: 5)
        #expect(view.rows == ["> a\u{1B}[31mbc\u{1B}[0m", "\u{1B}[31mde\u{1B}[0mf"])
    }

    @Test("the painter goes back to where the last view began")
    func painting() {
        var painter = LinePainter()
        #expect(painter.paint(Self.view("a\nb")) == "\u{1B}[?25l\r\u{1B}[Jvarve> a\r\n   ...> b\r\u{1B}[9C\u{1B}[?25h")
        #expect(painter.paint(Self.view("a\nb")) == "")
        #expect(painter.paint(Self.view("x")) == "\u{1B}[?25l\r\u{1B}[1A\u{1B}[Jvarve> x\r\u{1B}[8C\u{1B}[?25h")
        #expect(painter.leave(Self.view("x")) == "\r\r\n")
    }

    @Test("completions: what is common, and lines that fit")
    func completions() {
        let verbs = Completion(
            replacing: 2, [.init("mean", note: "Arithmetic mean."), .init("median", note: "Middle value.")])
        #expect(verbs.common == "me")
        #expect(verbs.lines(width: 40, limit: 9) == ["mean    Arithmetic mean.", "median  Middle value."])
        let names = Completion(replacing: 0, (0..<30).map { .init("layer\($0)") })
        #expect(names.lines(width: 40, limit: 4).count == 4)
        #expect(names.lines(width: 40, limit: 4).last == "… page 1 of 3: Tab shows the next")
        #expect(names.lines(width: 40, limit: 4, page: 2).count == 3)
        #expect(names.lines(width: 40, limit: 4, page: 3) == names.lines(width: 40, limit: 4))
    }

    @Test("history entries survive their file", arguments: ["a", "two\nlines", "back\\slash\\n", "\r\\", "漢"])
    func historyLines(entry: String) {
        let line = LineHistory.line(of: entry)
        #expect(!line.contains("\n"))
        #expect(LineHistory(lines: Array("x\n\(line)\ny\n".utf8)[...]).entries == ["x", entry, "y"])
    }

    @Test("a history of any bytes gives entries, the newest of too many")
    func historyBytes() {
        #expect(LineHistory(lines: [0xFF, 0x5C, 0xC3, 0xA4, 0x0A, 0x0A, 0x5C]).entries == ["\u{FFFD}ä", ""])
        let lines = (0...LineHistory.limit).map { "\($0)\n" }.joined()
        #expect(LineHistory(lines: Array(lines.utf8)[...]).entries.first == "1")
    }
}
