import Foundation
import QueryLanguage
import Testing

@Suite struct QueryFormatterTests {
    private func format(_ text: String) throws -> String {
        try QueryFormatter.format(SourceText(name: "query", text: text))
    }

    @Test(
        arguments: [
            ("captures", "captures\n"),
            ("", ""),
            ("# only a comment", "# only a comment\n"),
            ("#:what it does\ncaptures  ", "#: what it does\ncaptures\n"),
            (
                "let   x=capture( 'a' , \"b\" ) .sae|topk( [8 ,16] )|overlap",
                "let x = capture('a', \"b\").sae | topk([8, 16]) | overlap\n"
            ),
            ("param C :float=1e-3 # strength", "param C: float = 1e-3  # strength\n"),
            ("x[layer=-1,token = 1 : 5]*- 2**- 1", "x[layer=-1, token=1:5] * -2 ** -1\n"),
            ("x|where( role==\"a\"and not(n in[1,2]) )", "x | where(role == \"a\" and not (n in [1, 2]))\n"),
            ("x | contrast(g, \"a\"vs\"b\")", "x | contrast(g, \"a\" vs \"b\")\n"),
            ("let x = a\n|b\n   | c( 1,\n2 ,\n)\n", "let x = a\n    | b\n    | c(1,\n        2,\n    )\n"),
            ("a\n\n\n\n# kept\n\n\n| b\r\n\t| c", "a\n\n# kept\n| b\n| c\n"),
            ("a\n\n\n# about b\nb\n\n\n", "a\n\n# about b\nb\n"),
            ("assert(x|mean)>0.5,'low'", "assert (x | mean) > 0.5, 'low'\n"),
            ("use\"s\"\ninclude 'a.vq'\n@x", "use \"s\"\ninclude 'a.vq'\n@x\n"),
            ("_2|norm\n.lora\n_", "_2 | norm\n.lora\n_\n"),
            ("def f(x,y)=x\n|g(y , k=[1,\n2])", "def f(x, y) = x\n    | g(y, k=[1,\n        2])\n"),
        ])
    func layout(text: String, expected: String) throws {
        #expect(try format(text) == expected)
        #expect(try format(expected) == expected)
    }

    @Test func longLinesAreBrokenAtTheirPipes() throws {
        let stages = (0..<8).map { "where(some_column_name == \($0))" }.joined(separator: " | ")
        let text = try format("let x = captures | \(stages)")
        #expect(text.split(separator: "\n").count == 9)
        #expect(text.split(separator: "\n").dropFirst().allSatisfy { $0.hasPrefix("    | where(") })
        #expect(try format(text) == text)
    }

    @Test func whatDoesNotParseIsLeftAlone() {
        #expect(throws: Diagnostic.self) { try format("let x = (") }
        #expect(throws: Diagnostic.self) { try format("captures | ") }
    }

    /// Texts made of odd pieces: the layout is stable, means the same, and no word or comment is lost.
    @Test(arguments: 0..<200)
    func stableOnAnything(seed: Int) throws {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        func pick<T>(_ items: [T]) -> T {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return items[Int(state >> 33) % items.count]
        }
        let gaps = ["", " ", "  ", "\t", "\n", "\n\n\n", " # a  comment \n", "\n# two\n# lines\n"]
        let heads = ["a", "captures", "_3", "(a | b)", "[1, 2]", "-x", "not y", "\"text # no comment\"", "1e-5"]
        let stages = [
            "| norm", "| mean( layer)", ".sae", "[layer = 1 : 2]", "+ 2", "| topk([1,\n2])", "* -x", "| f(a=b,\n)",
        ]
        var text = ""
        for _ in 0..<4 {
            text += pick(["", "let x =", "param y =", "def f(q)=", "# before\n"]) + pick(heads)
            for _ in 0..<3 { text += pick(gaps) + pick(stages) }
            text += "\n" + pick(gaps)
        }
        let source = SourceText(name: "query", text: text)
        guard Parser.parse(source).diagnostics.isEmpty else { return }
        let formatted = try QueryFormatter.format(source)
        #expect(try format(formatted) == formatted, "\(text)")
        let words = { (text: String) in text.filter { !$0.isWhitespace } }
        #expect(words(formatted) == words(text))
    }
}
