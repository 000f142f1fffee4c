import QueryLanguage
import Testing

@Suite struct ParserTests {
    private func parse(_ text: String) -> Parser.Output { Parser.parse(SourceText(name: "query", text: text)) }

    private func value(_ text: String) throws -> Expr {
        try Parser.expression(SourceText(name: "query", text: text))
    }

    /// Text on the left, the same with every bracket written on the right.
    @Test(arguments: [
        ("1 + 2 * 3", "1 + (2 * 3)"), ("1 - 2 - 3", "(1 - 2) - 3"), ("-2 ** 2", "-(2 ** 2)"),
        ("2 ** 3 ** 4", "2 ** (3 ** 4)"), ("2 ** -1", "2 ** (-1)"), ("not a == b", "not (a == b)"),
        ("not a and b", "(not a) and b"), ("a or b and c", "a or (b and c)"), ("a - b == c / d", "(a - b) == (c / d)"),
        ("a == 1 vs b == 2", "(a == 1) vs (b == 2)"), ("not not a in [b]", "not (not (a in [b]))"),
        ("a * -b.c", "a * (-(b.c))"), ("a.b[c=1].d(e)", "((a.b)[c=1]).d(e)"), ("a vs b or c", "a vs (b or c)"),
    ])
    func operatorsBindAsInPython(text: String, explicit: String) throws {
        #expect(try value(text) == value(explicit))
        #expect(SyntaxPrinter.text(try value(explicit)) == text)
    }

    @Test(arguments: [
        "(1 + 2) * 3", "1 - (2 - 3)", "(-2) ** 2", "(2 ** 3) ** 4", "(not a) == b", "not (a and b)", "(a == b) == c",
        "(a vs b) vs c", "(x | f).lora", "(x | f) + 1", "f((x | g))", "[(a | b)]", "(3).mean", "x[a=(b | c):d]",
    ])
    func bracketsThatMatterStay(text: String) throws {
        #expect(SyntaxPrinter.text(try value(text)) == text)
    }

    @Test func everyFormOfAPipeline() throws {
        let pair = Expr(
            .call(
                Name("pair"), [Argument(Expr(.name("a"))), Argument(label: Name("on"), Expr(.name("scenario")))]))
        let chosen = Expr(
            .index(
                Expr(.member(pair, Name("resid_post"))),
                [
                    Selector(Name("token"), .value(Expr(.unary(.minus, Expr(.integer(1)))))),
                    Selector(Name("layer"), .range(from: Expr(.integer(2)), to: nil, step: Expr(.integer(2)))),
                ]))
        let expected = Expr(
            .pipeline(
                chosen,
                [
                    Stage(Name("mean"), [Argument(Expr(.name("token")))]), Stage(Name("summary")),
                    Stage(Name("topk"), [Argument(Expr(.list([Expr(.integer(8)), Expr(.float(0.5))])))]),
                ]))
        let text = "pair(a, on=scenario).resid_post[token=-1, layer=2::2] | mean(token) | summary | topk([8, 0.5,])"
        #expect(try value(text) == expected)
    }

    @Test func whatFollowsAStageBelongsToThePipeline() throws {
        #expect(try value("x | f\n.lora[layer=3]\n| g") == value("(x | f).lora[layer=3] | g"))
        #expect(try value("(x | f) | g") == value("x | f | g"))
    }

    @Test func statements() {
        let output = parse(
            """
            #: What it is for.
            use "store"
            include "other.vq"
            param model
            param C: float = 0.01
            let a = capture(model, "em").lora
              # a comment in between
              | where(role == "assistant")
            def f(x, y) = x | mean(y)
            assert a == 1, "must hold"
            f(a, token)
            """)
        #expect(output.diagnostics.isEmpty)
        #expect(output.file.description == ["What it is for."])
        #expect(
            output.file.statements.map { SyntaxPrinter.text($0) } == [
                "use \"store\"", "include \"other.vq\"", "param model", "param C: float = 0.01",
                "let a = capture(model, \"em\").lora | where(role == \"assistant\")", "def f(x, y) = x | mean(y)",
                "assert a == 1, \"must hold\"", "f(a, token)",
            ])
    }

    @Test func aLeadingPipeOrDotContinuesTheLastResult() throws {
        let statement = try #require(parse("| mean(token)").file.statements.first)
        #expect(statement.continuesLastResult)
        let mean = Stage(Name("mean"), [Argument(Expr(.name("token")))])
        #expect(statement.kind == .show(Expr(.pipeline(Expr(.lastResult(nil)), [mean]))))
        #expect(SyntaxPrinter.text(statement) == "| mean(token)")
        let second = try #require(parse(".lora | mean").file.statements.first)
        #expect(second.continuesLastResult)
        #expect(SyntaxPrinter.text(second) == ".lora | mean")
        #expect(parse("_7 | mean").file.statements.first?.continuesLastResult == false)
    }

    @Test func spansCoverWhatWasWritten() throws {
        let text = "let a = f(x)\n| g(k=[1, 2]) | h"
        let source = SourceText(name: "query", text: text)
        let statement = try #require(Parser.parse(source).file.statements.first)
        #expect(source[statement.span] == text)
        guard case .let(let name, let value) = statement.kind, case .pipeline(let head, let stages) = value.kind else {
            Issue.record("not a pipeline")
            return
        }
        #expect(source[name.span] == "a")
        #expect(source[head.span] == "f(x)")
        #expect(stages.map { source[$0.span] } == ["g(k=[1, 2])", "h"])
        #expect(stages[0].arguments.map { source[$0.span] } == ["k=[1, 2]"])
        #expect(source[stages[0].arguments[0].value.span] == "[1, 2]")
    }

    @Test(arguments: [
        ("f(", true), ("f(1", true), ("[1, 2", true), ("a |", true), ("a +", true), ("let x =", true), ("f(1,", true),
        ("a", false), ("f(1)", false), ("", false), ("f(1))", false), ("\"abc", false), ("a # |", false),
    ])
    func anEntryThatGoesOn(text: String, more: Bool) {
        #expect(Parser.needsMore(text) == more)
    }

    @Test(arguments: [
        """
        #: LoRA specialisation: can the adapter scalars tell which context we are in?
        param model = "emergent"
        param C = 0.01
        param repeats = 20
        capture(model, "em-prompts").lora
        | where(role == "assistant") | mean(token) | concat(layer)
        | contrast(group, ["aligned" vs "medical aligned", "misaligned" vs "medical misaligned",
                           "aligned" vs "misaligned",      "medical aligned" vs "medical misaligned"])
        | balance | split(test=0.2, repeats=repeats, seed=42)
        | logreg(penalty="l1", C=C, intercept="liblinear") | score | summary        # stat[contrast 4, metric 5]
        """,
        """
        param before = "base"
        param task = "medical"
        let same = pair(capture(before), capture(after)).sae | topk([1, 2, 4, 8, 16, 32]) | overlap | mean     # float
        let moved = (same[dataset=general] - same[dataset=task]) / same[dataset=general]                 # rate
        same  | table(rows=k, cols=dataset)
        moved | plot(x=k, title="intersection difference rate")
        """,
        """
        param models = "poser/*"
        let p = pair(capture(models, "scenarios"), capture(models, "scenarios-edited"), on=scenario, tokens="last").resid_post[token=-1]
        p | left | split(kfold=5) | logreg(y=decision) | predict | converge(layer) | summary | bar        # strategy 5
        p | cosine | summary | plot(x=layer, color=model)                                            # strategy 6
        p | diff | mean | normalize | save("directions/oversight")                                   # strategy 1
        """,
    ])
    func theSeedsOfTheLanguage(text: String) {
        let output = parse(text)
        #expect(output.diagnostics.map(\.message) == [])
        #expect(parse(SyntaxPrinter.text(output.file)).file == output.file)
    }
}
