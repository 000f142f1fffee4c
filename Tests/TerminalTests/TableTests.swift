import Terminal
import Testing

@Suite struct TableTests {
    let columns = [
        TableRenderer.Column("group"), TableRenderer.Column("accuracy", isRightAligned: true),
        TableRenderer.Column("n", isRightAligned: true),
    ]
    let rows = [["aligned", "0.621 ± 0.031", "20"], ["漢字", "0.5", "4"], ["short"]]

    @Test func booktabs() {
        #expect(
            TableRenderer().text(columns: columns, rows: rows, header: "scores", footer: "n = 24")
                == """
                scores
                ━━━━━━━━━━━━━━━━━━━━━━━━━━
                group         accuracy   n
                ──────────────────────────
                aligned  0.621 ± 0.031  20
                漢字               0.5   4
                short
                ━━━━━━━━━━━━━━━━━━━━━━━━━━
                n = 24

                """)
    }

    @Test func box() {
        #expect(
            TableRenderer(style: .box).text(columns: columns, rows: rows)
                == """
                ┌─────────┬───────────────┬────┐
                │ group   │      accuracy │  n │
                ├─────────┼───────────────┼────┤
                │ aligned │ 0.621 ± 0.031 │ 20 │
                │ 漢字    │           0.5 │  4 │
                │ short   │               │    │
                └─────────┴───────────────┴────┘

                """)
    }

    @Test func plainASCII() {
        let text = TableRenderer(style: .box, isASCII: true).text(columns: [columns[0]], rows: [["a"]])
        #expect(text == "+-------+\n| group |\n+-------+\n| a     |\n+-------+\n")
        #expect(
            TableRenderer(isASCII: true).text(columns: [columns[0]], rows: [["a"]]) == "=====\ngroup\n-----\na\n=====\n"
        )
    }

    @Test func markdown() {
        #expect(
            TableRenderer(style: .md).text(columns: columns, rows: [["a|b", "1", "2"]])
                == "| group | accuracy |   n |\n| ----- | -------: | --: |\n| a\\|b  |        1 |   2 |\n")
    }

    @Test func commaSeparated() {
        #expect(
            TableRenderer(style: .csv).text(columns: columns, rows: [["a,b", "say \"x\"", "two\nlines"]])
                == "group,accuracy,n\n\"a,b\",\"say \"\"x\"\"\",\"two\nlines\"\n")
    }

    @Test func twoHundredColumnsInEighty() {
        let many = (0..<200).map { TableRenderer.Column("column\($0)", isRightAligned: true) }
        let text = TableRenderer(width: 80).text(columns: many, rows: [(0..<200).map { String($0) }])
        #expect(text.split(separator: "\n").allSatisfy { TextWidth.columns(String($0)) <= 80 })
        #expect(text.contains("(shown: 9 of 200 columns; `--format csv` gives all)"))
    }

    @Test func longTextIsCutBeforeColumnsAreLost() {
        let text = TableRenderer(width: 40).text(
            columns: columns, rows: [[String(repeating: "long ", count: 30), "0.5", "3"]])
        #expect(text.split(separator: "\n").allSatisfy { TextWidth.columns(String($0)) <= 40 })
        #expect(text.contains("…") && text.contains("accuracy") && !text.contains("columns"))
        #expect(text.contains("(shown: the beginnings of long texts;\n `--format csv` gives all)"))
    }

    @Test func longTablesSayWhatIsMissing() {
        let text = TableRenderer(rowLimit: 10).text(columns: [columns[0]], rows: (0..<1234).map { ["r\($0)"] })
        #expect(text.contains("(shown: 10 of 1,234 rows; `--format csv` gives all)"))
        #expect(!text.contains("r10\n"))
    }

    @Test func oneLongTextDoesNotStretchAFile() {
        var renderer = TableRenderer()
        renderer.cellLimit = 20
        let text = renderer.text(columns: columns, rows: [[String(repeating: "x", count: 500), "1", "2"]])
        #expect(text.split(separator: "\n").allSatisfy { TextWidth.columns(String($0)) <= 80 })
        #expect(text.contains("…") && text.contains("(shown: the first 20 letters of long texts;"))
    }

    @Test func anEmptyTable() {
        #expect(TableRenderer().text(columns: [TableRenderer.Column("a")], rows: []) == "━\na\n─\n━\n")
        #expect(TableRenderer(width: 10).text(columns: [], rows: []).isEmpty == false)
    }
}
