import QueryEngine
import QueryLanguage
import Testing

/// What Tab offers, by the types of what stands before the cursor.
@Suite struct CompletionTests {
    private static func words(_ before: String, session: QuerySession) throws -> Set<String> {
        Set(try session.completer.answer(before).candidates.map(\.text))
    }

    @Test("verbs that accept the value on the left, and no others")
    func verbs() throws {
        try EngineFixture.withSession { session in
            let vectors = try Self.words("capture(\"base\", \"general\").resid_post | ", session: session)
            #expect(vectors.isSuperset(of: ["mean", "norm", "normalize", "concat", "contrast", "head"]))
            #expect(vectors.isDisjoint(with: ["overlap", "topk", "score", "capture", "converge"]))
            let latents = try Self.words("capture(\"base\", \"general\").sae | ", session: session)
            #expect(latents.contains("topk") && !latents.contains("norm") && !latents.contains("overlap"))
            let pair = try Self.words(
                "pair(capture(\"base\", \"general\"), capture(\"tuned\", \"general\")).sae | ", session: session)
            #expect(pair.contains("overlap") && pair.contains("left") && !pair.contains("norm"))
            #expect(
                try Self.words("capture(\"base\", \"general\").resid_post | norma", session: session) == ["normalize"])
            // The statements before count.
            let named = try Self.words("let x = capture(\"base\", \"general\").sae\nx | to", session: session)
            #expect(named.contains("topk"))
        }
    }

    @Test(
        "sites, dimensions, columns, names in strings",
        arguments: [
            ("capture(\"base\", \"general\").", ["resid_post", "sae"], ["lora"]),
            ("capture(\"tuned\", \"general\").res", ["resid_post"], ["sae"]),
            ("capture(\"", ["base", "tuned"], ["general"]), ("capture(\"base\", \"", ["general", "medical"], ["base"]),
            ("capture(dataset=\"me", ["medical"], ["general"]), ("capture([\"base\", \"tu", ["tuned"], ["base"]),
            ("capture(\"base\", \"general\").resid_post[", ["prompt=", "token=", "layer="], ["model="]),
            ("capture(\"base\", \"general\").resid_post | mean(", ["prompt", "token", "layer"], ["group"]),
            ("capture(\"base\", \"general\").resid_post | mean(by=", ["group", "turn"], ["layer"]),
            ("capture(\"base\", \"general\").resid_post | where(gr", ["group"], ["layer"]),
            ("capture(\"base\", \"general\").resid_post | where(group == \"", ["a", "b"], ["base", "assistant"]),
            ("capture(\"base\", \"general\").resid_post | where(group in [\"a\", \"", ["a", "b"], ["assistant"]),
            ("capture(\"base\", \"general\").resid_post | where(role == \"as", ["assistant"], ["user"]),
            ("prompts(\"", ["general", "medical"], ["base"]), ("cap", ["capture", "captures"], ["pair"]),
            ("let x = cap", ["capture"], ["mean"]),
            ("capture(\"base\", \"general\").resid_post | contrast(group, \"a\" vs \"", ["b"], ["assistant"]),
        ] as [(String, [String], [String])])
    func words(before: String, offered: [String], withheld: [String]) throws {
        try EngineFixture.withSession { session in
            let words = try Self.words(before, session: session)
            #expect(words.isSuperset(of: offered), "\(words)")
            #expect(words.isDisjoint(with: withheld), "\(words)")
        }
    }

    @Test(
        "nothing fits in comments and after a number",
        arguments: ["# cap", "capture(\"base\") # ", "1 ", ""])
    func nothing(before: String) throws {
        try EngineFixture.withSession { session in
            let answer = try session.completer.answer(before)
            #expect(
                before.isEmpty ? !answer.candidates.isEmpty : answer.candidates.isEmpty,
                "\(answer.candidates.map(\.text))")
        }
    }

    @Test("the signature shows while arguments are typed")
    func signature() throws {
        try EngineFixture.withSession { session in
            let completer = try session.completer
            #expect(completer.signature("x | topk(")?.hasPrefix("topk(k") == true)
            #expect(completer.signature("x | topk(8) | ") == nil)
        }
    }

    @Test("any beginning of a query is answered, within 20 milliseconds each when optimised")
    func anyBeginning() throws {
        try EngineFixture.withSession { session in
            let text =
                "let a = pair(capture(\"base\", [\"general\", 'medical']), capture(\"tuned\"), on=id).sae # x\na | topk([1, 2]) | overlap | mean(token) | where(group in [\"a\"]) | table(rows=k)\nassert 1 < 2, \"y\""
            for length in 0...text.count { _ = try session.completer.answer(String(text.prefix(length))) }
        }
    }
}
