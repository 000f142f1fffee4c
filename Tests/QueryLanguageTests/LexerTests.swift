import QueryLanguage
import Testing

@Suite struct LexerTests {
    private func kinds(_ text: String) -> [Token.Kind] {
        Lexer.read(SourceText(name: "query", text: text)).tokens.map(\.kind)
    }

    private func codes(_ text: String) -> [String] {
        Lexer.read(SourceText(name: "query", text: text)).diagnostics.map(\.code)
    }

    @Test(arguments: [
        ("`my group`", "my group"), ("`a\\`b`", "a`b"), ("`x\\ny`", "x\ny"), ("`in`", "in"),
        ("`\\u{202E}`", "\u{202E}"),
        ("`None`", "None"), ("`_`", "_"), ("plain", "plain"), ("`plain`", "plain"),
    ])
    func namesInBackquotes(text: String, name: String) throws {
        let output = Lexer.read(SourceText(name: "q", text: text))
        #expect(output.diagnostics.isEmpty)
        #expect(output.tokens.first?.kind == .name(name))
        // What is printed reads back as the same name.
        let printed = SyntaxPrinter.name(name)
        #expect(Lexer.read(SourceText(name: "q", text: printed)).tokens.first?.kind == .name(name))
        #expect(printed.hasPrefix("`") == (name != "plain"))
    }

    @Test(arguments: [
        ("`", "unclosed-name"), ("`a", "unclosed-name"), ("`a\nb`", "unclosed-name"), ("``", "empty-name"),
    ])
    func badNamesAreReported(text: String, code: String) {
        #expect(Lexer.read(SourceText(name: "q", text: text)).diagnostics.first?.code == code)
    }

    @Test(arguments: [
        ("0", Token.Kind.integer(0)), ("20", .integer(20)), ("1_000_000", .integer(1_000_000)), ("0.01", .float(0.01)),
        ("1e-3", .float(0.001)), ("2E+2", .float(200)), ("1.5e10", .float(1.5e10)),
        ("9223372036854775807", .integer(.max)), ("1.", .float(1)),
    ])
    func numbersKeepIntegersApart(text: String, expected: Token.Kind) {
        #expect(kinds(text) == [expected, .end])
    }

    @Test(arguments: ["9223372036854775808", "1e999", "12abc", "0x1F", "3é"])
    func badNumbersAreReported(text: String) {
        #expect(codes(text) == ["bad-number"])
        #expect(kinds(text) == [.invalid, .end])
    }

    @Test(arguments: [
        (#""""#, ""), (#""a b""#, "a b"), (#"'it"s'"#, "it\"s"), (#""a\n\t\\\"\'""#, "a\n\t\\\"'"),
        (#""\x41\u00e9\u{1F600}""#, "Aé😀"), ("\"# no comment\"", "# no comment"),
    ])
    func strings(text: String, expected: String) {
        #expect(kinds(text) == [.string(expected), .end])
        #expect(codes(text).isEmpty)
    }

    @Test(arguments: [
        ("\"abc", "unclosed-string"), ("\"abc\ndef", "unclosed-string"), (#""\q""#, "bad-escape"),
        (#""\u{110000}""#, "bad-escape"), (#""\ud800""#, "bad-escape"), (#""\x""#, "bad-escape"),
        ("\"\\", "bad-escape"),
    ])
    func badStringsAreReported(text: String, code: String) {
        #expect(codes(text).first == code)
    }

    @Test func wordsNamesAndResults() {
        #expect(
            kinds("let größe _ _7 _x vs none @role")
                == [
                    .keyword(.let), .name("größe"), .lastResult(nil), .lastResult(7), .name("_x"), .keyword(.vs),
                    .keyword(.none), .mark(.at), .name("role"), .end,
                ])
    }

    @Test(arguments: [
        ("a\nb", 1), ("a\n\n# c\nb", 1), ("a\n| b", 0), ("a\n  # why\n\n| b", 0), ("a\n.b", 0), ("a +\nb", 0),
        ("a =\nb", 0), ("f(\n1,\n2\n)", 0), ("a |\nb", 0), ("a and\nb", 0), ("a vs\nb", 0), ("[1,\n\n2]\nb", 1),
        ("\n\na\n\n", 1), ("a\r\nb\r\n", 2), ("a,\nb", 0),
    ])
    func newlinesThatEndStatements(text: String, expected: Int) {
        #expect(kinds(text).filter { $0 == .newline }.count == expected)
    }

    @Test func descriptionOnlyAtTheTop() {
        let output = Lexer.read(SourceText(name: "a.vq", text: "# plain\n#: One.\n#:   Two. \n\nx\n#: not this\n"))
        #expect(output.description == ["One.", "  Two."])
    }

    @Test(arguments: [
        ("a && b", "and"), ("a || b", "or"), ("a <> b", "!="), ("a => b", ">="), ("x |> f", "|"), ("!a", "not "),
        ("a ^ b", "**"), ("a ≤ b", "<="), ("a − b", "-"), ("“x”", "\"x\""), ("a\u{00A0}b", " "), ("a == b & c", "and"),
        ("‘x", "\""),
    ])
    func foreignMarksCarryTheirMend(text: String, replacement: String) {
        let output = Lexer.read(SourceText(name: "query", text: text))
        #expect(output.diagnostics.count == 1)
        #expect(output.diagnostics.first?.replacement == replacement)
    }

    @Test(arguments: ["a\u{1B} b", "a\u{0}", "a\u{202E}b", "a😀", "{a}", "a % b", "a; b", "$a", "…", "a\u{A7}b"])
    func everyOtherCharacterIsReported(text: String) {
        let found = Set(codes(text))
        #expect(found.count >= 1 && found.isSubset(of: ["unknown-character", "foreign-operator", "bad-number"]))
    }

    @Test func hostileBracketsStayLinear() {
        let open = String(repeating: "(", count: 500_000) + String(repeating: "]", count: 500_000)
        #expect(codes(open).count <= 200)
        let lines = "a" + String(repeating: "\n", count: 900_000) + "| b"
        #expect(kinds(lines).count == 4)
    }
}
