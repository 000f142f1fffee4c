import Foundation
import QueryEngine
import QueryLanguage
import TensorFiles
import TestSupport
import Testing

/// Random pipelines of well-formed stages: each is answered or refused with a diagnostic, none may trap.
///
/// `VARVE_FUZZ=20000 swift test --filter PipelineFuzz` runs more; the seed is fixed, so a failure repeats.
@Suite struct PipelineFuzzTests {
    private static let heads = [
        #"capture("base", "general")"#, #"capture("tuned", "general")"#, #"capture("*", "*")"#,
        #"capture("tuned", ["general", "medical"])"#,
        #"pair(capture("base"), capture("tuned"))"#,
        #"pair(capture("base", "general"), capture("tuned", "general"), tokens="last")"#,
        #"pair(capture("base", "general")[token=-1], capture("tuned", "general")[token=-1])"#,
        #"prompts("general")"#, "captures", "[1, 2, 3]", "2.5",
    ]
    private static let stages = [
        ".resid_post", ".lora", ".sae", ".resid_post", "[layer=1]", "[layer=[0, 2]]", "[layer=1:]", "[token=-1]",
        "[token=0]",
        "[token=-2:]", "[token=\"first_generated\"]", "[k=2]", "[dataset=\"general\"]", "[model=\"tuned\"]",
        "[prompt=\"p1\"]",
        "[contrast=\"a vs b\"]", "[metric=\"auroc\"]", "| where(group == \"a\")", "| where(role == \"assistant\")",
        "| where(turn > 90)", "| where(position < 3 or first)", "| head(2)", "| head(0)", "| sort(turn)", "| sort",
        "| sort(desc=true)", "| select(id)", "| mean", "| mean(token)", "| mean(layer)", "| mean(prompt)",
        "| mean(by=group)",
        "| mean(dataset)", "| mean(k)", "| std", "| sum", "| min(token)", "| max", "| count", "| summary",
        "| summary(layer)",
        "| concat(layer)", "| concat(k)", "| concat(dataset)", "| left", "| right", "| swap", "| diff", "| cosine",
        "| dot",
        "| distance", "| norm", "| normalize", "| topk(2)", "| topk([1, 3])", "| overlap", "| jaccard",
        "| contrast(group, \"a\" vs \"b\")", "| contrast(first, [\"true\" vs \"false\", \"false\" vs \"true\"])",
        "| balance",
        "| split(test=0.4, repeats=2)", "| split(kfold=2)", "| split(kfold=3, group=none, stratify=false)",
        "| standardize",
        "| logreg", "| logreg(y=group)", "| logreg(y=group, penalty=\"l1\", C=[0.01, 1], intercept=\"liblinear\")",
        "| diff_means",
        "| predict", "| score", "| score(metric=\"f1\")", "| weights", "| converge(layer)", "| converge(layer, at=0.5)",
        "| table",
        "| table(rows=layer)", "| bar", "| plot", "| plot(x=layer)", "| explain", "| describe", "| tokens",
        "| save(\"x\")",
        "+ 1", "* 2", "/ 0",
        "| sample(2, seed=3)", "| last", "| last(layer)", "| last(dataset)", "| head(1, layer)", "| head(2, token)",
        "| sort(group)",
        "| angle", "| norm(1)", "| normalize(layer)", "| normalize(prompt)", "| center", "| center(token)",
        "| center(layer)",
        "| median", "| median(token)", "| quantile([0.1, 0.9], prompt)", "| quantile(0.5, by=group)", "| argmax(layer)",
        "| argmin(token)", "| argmax(dataset)", "| argmax(prompt)", "| top(3)", "| bottom(2, token)",
        "| top(2, layer, abs=true)",
        "| active", "| active(freq=0.2)", "| freq", "| minus", "| union", "| top(2, latent)",
        "| examples(2, of=[3, 20])", "| context(1)",
        "| scaled", "| hist(3)", "| spark", "| heatmap", "| scatter",
        "| intersect((capture(\"base\", \"*\").sae | active(freq=0.1)))",
        "| scatter((capture(\"base\", \"general\").resid_post[token=-1] | norm))",
        "| drop_dims(2)", "| delta(layer)", "[C=1]", "[C=[0.01]]", "[fold=0]", "[fold=[0, 1]]", "[rep=1]",
        "[token=\"last_prompt\"]", "[prompt=\"mp1\"]", "| cka", "| ci", "| bootstrap(5)", "| pca(2)", "| roc(points=3)",
        "| confusion", "| calibration(bins=2)", "| ridge(y=score)", "| lda(shrinkage=0.5)", "| accuracy(y=group)",
        "| auroc(y=group)", "| permutation_test(group, n=20)", "| correlate(turn)", "| rename(other=layer)",
        "| rename(other=dataset)", "| export(\"x.npz\")",
        "| nearest((capture(\"base\", \"general\").resid_post[layer=1] | mean), 2)",
        "| cka((capture(\"tuned\", \"general\").resid_post[token=-1] | rename(other=layer)))",
        "| apply((capture(\"base\", \"general\").resid_post[token=-1] | contrast(group, \"a\" vs \"b\") | logreg))",
        "| verdict(\"base\" vs \"tuned\", interval=\"models\")",
        "| cosine((capture(\"base\", [\"general\", \"medical\"]).resid_post | mean))",
        "| project_out((capture(\"tuned\", \"general\").resid_post | mean(token)))",
        "| project((capture(\"tuned\", \"*\").resid_post[layer=[0, 1]] | mean))",
    ]

    /// What only the data can say: everything else that is wrong with a query has to be found before it runs.
    private static let dataCodes: Set<String> = [
        "no-rows", "tokens-differ", "nothing-paired", "ambiguous-pair", "cannot-fit", "cannot-split",
        "cannot-standardize",
        "not-two-classes", "one-class", "all-different", "no-token-text", "token-not-kept", "too-large",
        "no-components",
        "no-scale", "not-finite",
    ]

    @Test func noPipelineTraps() throws {
        let count = ProcessInfo.processInfo.environment["VARVE_FUZZ"].flatMap(Int.init) ?? 500
        var generator = SeededGenerator(seed: 20_261_121)
        var answered = 0
        try EngineFixture.withSession { session in
            for index in 0..<count {
                var query = pick(Self.heads, &generator)
                // Grow a pipeline while it checks, so that most of them reach the engine.
                for _ in 0..<1 + Int(generator.next() % 9) {
                    let longer = grown(query, by: pick(Self.stages, &generator))
                    if session.check(SourceText(name: "fuzz", text: longer)).isEmpty || generator.next() % 8 == 0 {
                        query = longer
                    }
                }
                // What trapped is the last line of the log.
                if ProcessInfo.processInfo.environment["VARVE_FUZZ"] != nil { print(index, query) }
                #expect(!session.reply(query).isEmpty, "\(index): \(query)")
                let shown: [ShownValue]
                do {
                    shown = try session.answers(query)
                } catch let failure as QueryFailure {
                    #expect(Self.dataCodes.contains(failure.diagnostic.code), "\(index): \(query): \(failure)")
                    continue
                } catch {
                    #expect(error is QueryErrors, "\(index): \(query): \(error)")
                    continue
                }
                answered += 1
                for value in shown {
                    let isAsPromised = try dimensionsAgree(value)
                    #expect(isAsPromised, "\(index): \(query): \(value.type)")
                }
            }
        }
        #expect(answered > count / 3)
    }

    /// The dimensions of the answer are those that its type promised.
    private func dimensionsAgree(_ value: ShownValue) throws -> Bool {
        let json = try BoundedJSON.parse(Array(value.json().utf8), path: "answer")
        guard let dims = json["dims"] else { return true }
        var found: [String] = []
        for (name, _) in try dims.members() { found.append(try name.string()) }
        if let rows = json["rows"] {
            for (name, _) in try rows.members() { found.append(try name.string()) }
        }
        return Set(found) == Set(value.type.dims.map(\.name)) && found.count == value.type.dims.count
    }

    private func grown(_ query: String, by stage: String) -> String {
        if stage.hasPrefix("[") || stage.hasPrefix(".") {
            return query.contains("|") ? "(\(query))\(stage)" : query + stage
        }
        return stage.hasPrefix("|") ? "\(query) \(stage)" : "(\(query)) \(stage)"
    }

    private func pick(_ choices: [String], _ generator: inout SeededGenerator) -> String {
        choices[Int(generator.next() % UInt64(choices.count))]
    }
}
