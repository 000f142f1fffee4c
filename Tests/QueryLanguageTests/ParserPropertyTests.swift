import QueryLanguage
import Testing

/// Seeded: the same trees and the same broken texts on every machine.
private struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func pick<T>(_ choices: [T]) -> T { choices[Int.random(in: choices.indices, using: &self)] }
}

@Suite struct ParserPropertyTests {
    private func expression(_ dice: inout Dice, _ depth: Int) -> Expr {
        switch Int.random(in: 0..<(depth <= 0 ? 8 : 17), using: &dice) {
        case 0: return Expr(.integer(.random(in: 0...Int.max, using: &dice)))
        case 1: return Expr(.float(Double(bitPattern: UInt64.random(in: 0..<0x7FF0_0000_0000_0000, using: &dice))))
        case 2: return Expr(.string(string(&dice)))
        case 3: return Expr(.boolean(.random(using: &dice)))
        case 4: return Expr(.noneLiteral)
        case 5: return Expr(.name(name(&dice).text))
        case 6: return Expr(.reference(name(&dice).text))
        case 7: return Expr(.lastResult(Bool.random(using: &dice) ? nil : 7))
        case 8: return Expr(.list(many(&dice) { expression(&$0, depth - 1) }))
        case 9: return Expr(.call(name(&dice), arguments(&dice, depth - 1)))
        case 10: return Expr(.member(expression(&dice, depth - 1), name(&dice)))
        case 11: return Expr(.method(expression(&dice, depth - 1), name(&dice), arguments(&dice, depth - 1)))
        case 12:
            let selectors = [selector(&dice, depth - 1)] + many(&dice) { selector(&$0, depth - 1) }
            return Expr(.index(expression(&dice, depth - 1), selectors))
        case 13:
            return Expr(.unary(dice.pick(UnaryOperator.allCases), expression(&dice, depth - 1)))
        case 14:
            let infix = dice.pick(BinaryOperator.allCases)
            return Expr(.binary(infix, expression(&dice, depth - 1), expression(&dice, depth - 1)))
        case 15: return Expr(.versus(expression(&dice, depth - 1), expression(&dice, depth - 1)))
        default:
            var head = expression(&dice, depth - 1)
            if case .pipeline = head.kind { head = Expr(.name("x")) }
            let stages = [Stage(name(&dice))] + many(&dice) { Stage(name(&$0), arguments(&$0, depth - 1)) }
            return Expr(.pipeline(head, stages))
        }
    }

    private func many<T>(_ dice: inout Dice, _ make: (inout Dice) -> T) -> [T] {
        (0..<Int.random(in: 0..<4, using: &dice)).map { _ in make(&dice) }
    }

    private func name(_ dice: inout Dice) -> Name {
        Name(
            dice.pick([
                "mean", "token", "größe", "_x", "C", "layer_2", "my group", "in", "None", "a`b", "1st", "_3", "\u{1B}[",
            ]))
    }

    private func string(_ dice: inout Dice) -> String {
        let pieces = ["a", "\"", "\\", "\n", "\u{1B}", "\u{202E}", "é", "👩‍🔬", "'", "\u{0}", "#", "{", "\t"]
        return many(&dice) { $0.pick(pieces) }.joined()
    }

    private func arguments(_ dice: inout Dice, _ depth: Int) -> [Argument] {
        var used = 0
        return many(&dice) {
            used += 1
            return Argument(label: Bool.random(using: &$0) ? Name("n\(used)") : nil, expression(&$0, depth))
        }
    }

    private func selector(_ dice: inout Dice, _ depth: Int) -> Selector {
        func bound(_ dice: inout Dice) -> Expr? { Bool.random(using: &dice) ? expression(&dice, depth) : nil }
        if Bool.random(using: &dice) { return Selector(name(&dice), .value(expression(&dice, depth))) }
        return Selector(name(&dice), .range(from: bound(&dice), to: bound(&dice), step: bound(&dice)))
    }

    @Test(arguments: UInt64(0)..<20)
    func parsingWhatWasPrintedGivesTheSameTree(seed: UInt64) throws {
        var dice = Dice(state: seed)
        for _ in 0..<50 {
            let tree = expression(&dice, 4)
            let text = SyntaxPrinter.text(tree)
            #expect(!text.contains("\n"))
            let back = try Parser.expression(SourceText(name: "query", text: text))
            #expect(back == tree, "\(text)")
            #expect(SyntaxPrinter.text(back) == text)
        }
    }

    /// Pieces of real queries in any order: always an answer, never a trap, and every span inside the text.
    @Test(arguments: UInt64(0)..<20)
    func brokenTextsGiveErrorsWithSpansInside(seed: UInt64) {
        var dice = Dice(state: seed &+ 1000)
        let pieces = [
            "capture(", ")", "[", "]", "|", ".", "let x =", "=", "==", "not", "-", "vs", "\n", "mean", "1e-3", "\"a\"",
            ",", ":", "_7", "`", "`a b`", "@", "where(role == 1)", "“", "&&", "\u{0}", "é", "in", "assert", "param",
            "**", "#: x\n",
            "def f(",
        ]
        for _ in 0..<100 {
            let text = (0..<Int.random(in: 1..<24, using: &dice)).map { _ in dice.pick(pieces) }
                .joined(separator: Bool.random(using: &dice) ? " " : "")
            let source = SourceText(name: "query", text: text)
            let output = Parser.parse(source)
            for diagnostic in output.diagnostics {
                #expect(diagnostic.span.start >= 0 && diagnostic.span.end <= source.utf8.count)
                #expect(!diagnostic.message.isEmpty)
                #expect(!DiagnosticRenderer().text(diagnostic, in: source).contains("\u{0}"))
            }
            if output.diagnostics.isEmpty {
                let again = Parser.parse(SourceText(name: "", text: SyntaxPrinter.text(output.file)))
                #expect(again.diagnostics.isEmpty, "\(text)")
            }
        }
    }

    @Test(arguments: ["(", "[", "-", "not ", "f(", "x[a=", "a vs (", "2 ** ", "a | f(", "[a=", "- (", "(not "])
    func hostileNestingIsAnError(opener: String) {
        for count in [150, 201, 100_000] {
            let text = String(repeating: opener, count: count) + "x"
            let output = Parser.parse(SourceText(name: "q", text: text))
            if count > 200 { #expect(!output.diagnostics.isEmpty) }
        }
    }

    @Test(arguments: [" + x", ".a", "[a=1]", " and x", " * x"])
    func longChainsAreBoundedToo(link: String) {
        let short = Parser.parse(SourceText(name: "q", text: "x" + String(repeating: link, count: 150)))
        #expect(short.diagnostics.isEmpty)
        let long = Parser.parse(SourceText(name: "q", text: "x" + String(repeating: link, count: 100_000)))
        #expect(long.diagnostics.map(\.code) == ["too-deep"])
    }

    @Test func longPipelinesAndListsAreFine() {
        let stages = "x" + String(repeating: " | f", count: 20_000)
        #expect(Parser.parse(SourceText(name: "q", text: stages)).diagnostics.isEmpty)
        let list = "[" + String(repeating: "1, ", count: 100_000) + "]"
        #expect(Parser.parse(SourceText(name: "q", text: list)).diagnostics.isEmpty)
        let tooLong = String(repeating: "x\n", count: 600_000)
        #expect(Parser.parse(SourceText(name: "q", text: tooLong)).diagnostics.map(\.code) == ["query-too-long"])
    }
}
