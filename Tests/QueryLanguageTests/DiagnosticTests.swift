import QueryLanguage
import Testing

@Suite struct DiagnosticTests {
    /// A wrong text, the code, the text under the caret, and the replacement if one is certain.
    @Test(arguments: [
        ("where(a and role = \"x\")", "assign-for-equal", "=", "=="),
        ("assert x = 3", "assign-for-equal", "=", "=="),
        ("x[a == 3]", "equal-for-assign", "==", "="),
        ("let x == 3", "equal-for-assign", "==", "="),
        ("x = capture(\"a\")", "missing-let", "x", "let x"),
        ("f(a", "unclosed-bracket", "(", nil),
        ("let a = f([1, 2)\nlet b = 3", "unclosed-bracket", "[", nil),
        ("let a = f(1,\nlet b = 3", "unclosed-bracket", "(", nil),
        ("f(1]", "mismatched-bracket", "]", ")"),
        ("f(1))", "stray-bracket", ")", ""),
        ("f(a b)", "missing-comma", "", ","),
        ("[1 2]", "missing-comma", "", ","),
        ("f(x | mean)", "pipe-needs-brackets", "|", nil),
        ("assert x | mean > 1", "pipe-needs-brackets", "|", nil),
        ("x | .lora", "dot-after-pipe", ".", nil),
        ("x |", "unexpected-end", "", nil),
        ("x | mean(", "unclosed-bracket", "(", nil),
        ("x | 3", "unexpected-value", "3", nil),
        ("x mean", "unexpected-name", "mean", nil),
        ("x[3]", "unnamed-selector", "3", nil),
        ("x[]", "empty-selector", "[]", nil),
        ("x.3", "number-member", "3", nil),
        ("a vs b vs c", "chained-vs", "vs", nil),
        ("1 < x < 3", "chained-comparison", "<", nil),
        ("role not in [1]", "not-in", "not in", nil),
        ("a == not b", "misplaced-not", "not", nil),
        ("(1, 2)", "tuple", ",", nil),
        ("for x in y", "foreign-statement", "for", nil),
        ("[x for x in y]", "comprehension", "for", nil),
        ("where(lambda r: r)", "lambda", "lambda", nil),
        ("import numpy", "foreign-statement", "import", nil),
        ("SELECT * FROM prompts", "foreign-statement", "SELECT", nil),
        ("f(True)", "foreign-literal", "True", "true"),
        ("f(penalty=None)", "foreign-literal", "None", "none"),
        ("f(a=1, a=2)", "duplicate-argument", "a", nil),
        ("f(*xs)", "unpacking", "*", nil),
        ("def f(a, a) = a", "duplicate-parameter", "a", nil),
        ("def f(a): a", "missing-assign", ":", " ="),
        ("let vs = 3", "reserved-word", "vs", nil),
        ("f(let x = 3)", "misplaced-statement", "let", nil),
        ("(f)(x)", "not-callable", "(", nil),
        ("use store", "unexpected-name", "store", nil),
        ("x == +1", "unary-plus", "+", ""),
        ("x | mean }", "foreign-operator", "}", nil),
        ("“role”", "typographic-character", "“role”", "\"role\""),
        ("f(a); b", "foreign-operator", ";", "\n"),
    ])
    func oneErrorUnderTheExactSpan(text: String, code: String, under: String, replacement: String?) throws {
        let source = SourceText(name: "query", text: text)
        let diagnostics = Parser.parse(source).diagnostics
        #expect(diagnostics.map(\.code) == [code])
        let first = try #require(diagnostics.first)
        #expect(source[first.span] == under)
        #expect(first.replacement == replacement)
        #expect(first.help != nil)
    }

    @Test func severalErrorsAreReportedAtOnce() {
        let text = """
            let a = f(x,, y)
            let b = g(1 2, role = = 3) | h
            c = 3
            let d = ok(1)
            f(x | y, [1 2], z[3])
            """
        let source = SourceText(name: "a.vq", text: text)
        let output = Parser.parse(source)
        let places = output.diagnostics.map { "\(source.position(of: $0.span.start).line) \($0.code)" }
        #expect(
            places == [
                "1 unexpected-mark", "2 missing-comma", "2 assign-for-equal", "3 missing-let", "5 pipe-needs-brackets",
                "5 missing-comma", "5 unnamed-selector",
            ])
        #expect(output.file.statements.map { SyntaxPrinter.text($0) } == ["let d = ok(1)"])
    }

    @Test func anErrorInsideBracketsDoesNotCascade() {
        let first = Parser.parse(SourceText(name: "q", text: "f((a b), 2) | g"))
        #expect(first.diagnostics.map(\.code) == ["unexpected-name"])
        let second = Parser.parse(SourceText(name: "q", text: "f(g((a, b), [1 2]), 2)"))
        #expect(second.diagnostics.map(\.code) == ["tuple", "missing-comma"])
    }

    private func rendered(_ text: String, width: Int = 120) -> String {
        let source = SourceText(name: "a.vq", text: text)
        let renderer = DiagnosticRenderer(width: width) { $0.unicodeScalars.contains { $0.value > 0x2E80 } ? 2 : 1 }
        return renderer.text(Parser.parse(source).diagnostics, in: source)
    }

    @Test func theTextForm() {
        #expect(
            rendered("let a = 1\nx | where(a and role = \"x\")")
                == """
                a.vq:2:22: error: `=` sets a value; to compare write `==`
                  x | where(a and role = "x")
                                       ^
                  help: write `==`
                """)
    }

    @Test func caretsStandUnderTabsWideLettersAndClusters() {
        #expect(
            rendered("f(\"漢👩‍🔬e\u{301}\",\ta b)")
                == """
                a.vq:1:11: error: a comma is missing here
                  f("漢👩‍🔬e\u{301}",  a b)
                               ^
                  help: write `,`
                """)
        #expect(
            rendered("\tx not in [1]")
                .hasSuffix("\n      x not in [1]\n        ^~~~~~\n  help: write `not (x in [a, b])`"))
    }

    @Test func longLinesAreCutAroundTheSpan() {
        let text =
            "f(" + String(repeating: "1, ", count: 5_000) + "a b, " + String(repeating: "2, ", count: 5_000) + ")"
        let lines = rendered(text, width: 40).split(separator: "\n")
        #expect(lines[1].count <= 44)
        #expect(lines[1].contains("a b"))
        let caret = lines[2].firstIndex(of: "^").map { lines[2].distance(from: lines[2].startIndex, to: $0) } ?? 0
        let place = lines[1].firstRange(of: "a b").map {
            lines[1].distance(from: lines[1].startIndex, to: $0.lowerBound)
        }
        #expect(caret == (place ?? 0) + 1)
    }

    @Test(arguments: Array(0x00...0x08) + Array(0x0B...0x1F) + Array(0x7F...0x9F) + [0x202E, 0x2066, 0x200F, 0x061C])
    func nothingOfTheTextReachesTheTerminalRaw(value: Int) throws {
        let scalar = try #require(Unicode.Scalar(UInt32(value)))
        let hostile = String(Character(scalar))
        let source = SourceText(name: hostile, text: "f(\"\(hostile)\" b\(hostile)) \(hostile)")
        let diagnostics = Parser.parse(source).diagnostics
        #expect(!diagnostics.isEmpty)
        for diagnostic in diagnostics {
            #expect(!DiagnosticRenderer().text(diagnostic, in: source).unicodeScalars.contains(scalar))
            #expect(!diagnostic.json(in: source).unicodeScalars.contains(scalar))
        }
    }

    @Test func theJSONForm() throws {
        let source = SourceText(name: "a.vq", text: "let a = 1\nlet é == \"q\"")
        let first = try #require(Parser.parse(source).diagnostics.first)
        #expect(
            first.json(in: source)
                == #"{"code":"equal-for-assign","severity":"error","span":{"file":"a.vq","start":17,"end":19,"#
                + #""line":2,"column":7,"end_line":2,"end_column":9},"#
                + #""message":"`==` compares; to set a value write `=`","help":"write `=`","replacement":"="}"#)
    }

    @Test func filesThatAreNotText() {
        #expect(throws: Diagnostic.self) { try SourceText(name: "a", bytes: [0x61, 0xFF, 0x62]) }
        #expect(throws: Diagnostic.self) { try SourceText(name: "a", bytes: [0xE2, 0x82]) }
        #expect(throws: Diagnostic.self) { try SourceText(name: "a", bytes: Array(repeating: 0x61, count: 2 << 20)) }
        do throws(Diagnostic) {
            _ = try SourceText(name: "a", bytes: [0x61, 0xC3, 0xA9, 0xED, 0xA0, 0x80])
            Issue.record("surrogates are not text")
        } catch {
            #expect(error.message.contains("byte 3"))
        }
    }
}
