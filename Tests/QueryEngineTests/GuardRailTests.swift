import Foundation
import QueryEngine
import QueryLanguage
import Store
import Tensor
import TensorFiles
import TestSupport
import Testing

/// "The shell speaks up": what an answer must say about itself, each with a query that brings it and one that must not.
@Suite struct GuardRailTests {
    struct Rail: Sendable, CustomTestStringConvertible {
        var code: String
        /// What the note says, in part.
        var says: String
        var brings: String
        var silent: String

        var testDescription: String { "\(code): \(brings)" }

        init(_ code: String, _ says: String, brings: String, silent: String) {
            self.code = code
            self.says = says
            self.brings = brings
            self.silent = silent
        }
    }

    private static let rows = #"capture("even", "many").resid_post[token=-1] | contrast(group, "a" vs "b")"#
    private static let split = "split(test=0.4, repeats=3, seed=1)"
    private static let probes =
        #"capture("even", "many").resid_post[token=-1] | \#(split) | logreg(y=group, C=[0.1, 1, 10])"#
    private static let numbers =
        #"capture("even", "many").resid_post[token=-1, layer=0] | split(test=0.4, repeats=3) | ridge(y=score, alpha=[0.1, 1, 10])"#
    /// The third topic is of neither class.
    private static let topics =
        #"capture("even", "topics").resid_post[token=-1, layer=0] | contrast(group, "a" vs "b")"#
    private static let models =
        #"capture(["even", "other", "short"], "many").resid_post[layer=0] | norm | mean"#

    static let rails: [Rail] = [
        Rail(
            "all-weights-zero", "every weight is zero in 6 of 6 fits: C=0.0001 is too strong for 36 training rows",
            brings: rows + #"| split(test=0.4, repeats=3) | standardize | logreg(penalty="l1", C=0.0001) | score"#,
            silent: rows + #"| split(test=0.4, repeats=3) | standardize | logreg(penalty="l1", C=10) | score"#),
        Rail(
            "few-test-rows", "only 6 test rows of class 0", brings: rows + "| split(test=0.2) | logreg | score",
            silent: rows + "| split(test=0.4) | logreg | score"),
        Rail(
            "one-class-missing", "no test row of class",
            brings: rows + "| split(test=0.04, repeats=30, stratify=false) | logreg | score",
            silent: rows + "| split(test=0.4, repeats=30) | logreg | score"),
        Rail(
            "standardized-before-split", "write it after split",
            brings: rows + "| standardize | \(split) | logreg | score",
            silent: rows + "| \(split) | standardize | logreg | score"),
        Rail(
            "ungrouped-split", "rows of one prompt may be on both sides",
            brings: #"capture("even", "many").resid_post | split(test=0.4, group=none) | logreg(y=group) | score"#,
            silent: #"capture("even", "many").resid_post | split(test=0.4) | logreg(y=group) | score"#),
        Rail(
            "chosen-on-test-rows", "the best of 2 (layer)",
            brings: rows + #"| \#(split) | logreg | score(metric="accuracy") | mean | max(layer)"#,
            silent: rows + #"| \#(split) | logreg | score(metric="accuracy") | mean"#),
        Rail(
            "chosen-on-test-rows", "the best of 6 (seed × C)",
            brings: rows
                + #"| split(test=0.4, seed=[1, 2]) | logreg(C=[0.1, 1, 10]) | score(metric="auroc") | mean | max(seed, C)"#,
            silent: rows + #"| split(test=0.4, seed=[1, 2]) | logreg(C=1) | score(metric="auroc") | mean | mean(seed)"#
        ),
        Rail(
            "chosen-on-test-rows", "the best of 3 (C)",
            brings: rows + #"| \#(split) | logreg(C=[0.1, 1, 10]) | score(metric="auroc") | mean | max(C)"#,
            silent: #"capture("even", "many").resid_post | norm | mean | max(layer)"#),
        Rail(
            "chosen-on-test-rows", "the best of 2 (layer)",
            brings: rows + #"| \#(split) | logreg | score(metric="accuracy") | mean | argmax(layer)"#,
            silent: #"capture("even", "many").resid_post | norm | mean | argmax(layer)"#),
        Rail(
            "chosen-on-test-rows", "the best of 6 (layer × C)",
            brings: rows + #"| \#(split) | logreg(C=[0.1, 1, 10]) | score(metric="auroc") | mean | top(1)"#,
            silent: #"capture("even", "many").resid_post | norm | mean | top(1)"#),
        Rail(
            "chosen-on-test-rows", "the best of 3 (alpha)",
            brings: numbers + #"| score(metric="mse") | mean | min(alpha)"#,
            silent: numbers + #"| score(metric="mse") | mean | max(alpha)"#),
        Rail(
            "chosen-on-test-rows", "the best of 3 (alpha)",
            brings: numbers + #"| score(metric="r2") | mean | quantile(1.0, alpha)"#,
            silent: numbers + #"| score(metric="r2") | mean | quantile([0, 0.5], alpha)"#),
        Rail(
            "chosen-on-test-rows", "the best of 3 (alpha)",
            brings: numbers + #"| score(metric="mae") | mean | quantile(0, alpha)"#,
            silent: numbers + #"| score(metric="mae") | mean | median(alpha)"#),
        // Of scores side by side those that are left decide what is best, whatever was computed with them.
        Rail(
            "chosen-on-test-rows", "the best of 3 (alpha)",
            brings: "(-(" + numbers + #"| score | mean))[metric="mse"] | argmax(alpha)"#,
            silent: "(-(" + numbers + #"| score | mean))[metric="r2"] | argmax(alpha)"#),
        Rail(
            "chosen-on-test-rows", "the best of 6 (layer × C)",
            brings: probes + #"| score(metric="log_loss") | mean | bottom(1)"#,
            silent: probes + #"| score(metric="log_loss") | mean | top(1)"#),
        Rail(
            "chosen-on-test-rows", "the best of 3 (C)",
            brings: "(" + probes + #"| score(metric="auroc") | mean)[layer=1] | sort(desc=true) | head(1)"#,
            silent: "(" + probes + #"| score(metric="auroc") | mean)[layer=1] | sort | head(1)"#),
        Rail(
            "chosen-on-test-rows", "the best of 3 (C)",
            brings: "(" + probes + #"| score(metric="brier") | mean)[layer=1] | sort | head(1)"#,
            silent: "(" + probes + #"| score(metric="brier") | mean)[layer=1] | sort(desc=true) | head(1)"#),
        Rail(
            "chosen-on-test-rows", "the best of 2 (layer)",
            brings: "1 - (" + probes + #"| score(metric="accuracy") | mean)[C=1] | argmin(layer)"#,
            silent: "1 - (" + probes + #"| score(metric="accuracy") | mean)[C=1] | argmax(layer)"#),
        Rail(
            "chosen-on-test-rows", "the best of 3 (strength)",
            brings: "-100 * (" + probes
                + #"| score(metric="f1") | mean)[layer=0] | rename(strength=C) | min(strength)"#,
            silent: "100 * (" + probes + #"| score(metric="f1") | mean)[layer=0] | rename(strength=C) | min(strength)"#),
        Rail(
            "chosen-on-test-rows", "the best of 2 (what)",
            brings: "let s = (" + probes + #"| score(metric="f1") | mean)[layer=0, C=1]"# + "\n"
                + #"stack(s, s * 0.5, dim="what") | max(what)"#,
            silent: "let s = (" + probes + #"| score(metric="f1") | mean)[layer=0, C=1]"# + "\n"
                + #"stack(s, s * 0.5, dim="what") | min(what)"#),
        // A difference of two scores is best at either end.
        Rail(
            "chosen-on-test-rows", "the best of 2 (layer)",
            brings: "let s = " + probes + #"| score(metric="f1") | mean"# + "\ns[C=1] - s[C=10] | argmin(layer)",
            silent: probes + #"| weights | norm | mean | argmin(layer)"#),
        Rail(
            "chosen-on-test-rows", "the best of 2 (layer)",
            brings: "(" + probes + #"| score | mean)[metric="f1", C=1] | max(layer)"#,
            silent: "(" + probes + #"| score | mean)[metric="nonzero", C=1] | max(layer)"#),
        Rail(
            "few-test-rows", "only 1 test row of class",
            brings: rows + "| split(test=0.04, repeats=30, stratify=false) | logreg | score",
            silent: rows + "| split(test=0.4, repeats=30) | logreg | score"),
        Rail(
            "no-test-rows", "no row to test on in fold t2, of 3 splits",
            brings: topics + "| split(column=topic) | logreg | score",
            silent: topics + "| split(kfold=3) | logreg | score"),
        Rail(
            "nan-values", "a test set lacks rows, as said",
            brings: topics + #"| split(column=topic) | logreg | score(metric="accuracy") | mean"#,
            silent: topics + #"| split(kfold=3) | logreg | score(metric="accuracy") | mean"#),
        Rail(
            "statistics-before-split", "`center` before split takes the test rows into its mean",
            brings: #"capture("even", "many").resid_post[token=-1] | center | \#(split) | logreg(y=group) | score"#,
            silent:
                #"capture("even", "many").resid_post | center(token) | mean(token) | \#(split) | logreg(y=group) | score"#
        ),
        Rail(
            "statistics-before-split", "`drop_dims` before split chooses its dimensions by the test rows",
            brings:
                #"capture("even", "many").resid_post[token=-1] | drop_dims(1) | \#(split) | logreg(y=group) | score"#,
            silent: #"capture("even", "many").resid_post[token=-1] | drop_dims(1) | norm | mean"#),
        Rail(
            "statistics-before-split", "a value that `mean` makes of the same rows",
            brings:
                "let x = capture(\"even\", \"many\").resid_post[token=-1]\nx - (x | mean) | \(split) | logreg(y=group) | score",
            silent: "let x = capture(\"even\", \"many\").resid_post[token=-1]\n"
                + "x - (capture(\"even\", \"few\").resid_post[token=-1] | mean) | \(split) | logreg(y=group) | score"),
        Rail(
            "standardized-before-split", "write it after split",
            brings:
                #"capture("even", "many").resid_post[token=-1] | standardize | concat(layer) | \#(split) | logreg(y=group) | score"#,
            silent:
                #"capture("even", "many").resid_post[token=-1] | concat(layer) | \#(split) | standardize | logreg(y=group) | score"#
        ),
        Rail(
            "constant-columns", "2 of 32 features do not vary among the training rows (3 of 6 fits)",
            brings: #"capture("flat", "many").resid_post[token=-1] | \#(split) | logreg(y=group) | score"#,
            silent: #"capture("flat", "many").resid_post[token=-1, layer=0] | \#(split) | logreg(y=group) | score"#),
        Rail(
            "not-converged", "6 of 6 fits did not converge in 1 iteration",
            brings: rows + "| \(split) | logreg(max_iter=1) | score",
            silent: rows + "| \(split) | logreg | score"),
        Rail(
            "balance-ignored", "`balance` has no effect on class means", brings: rows + "| balance | diff_means | norm",
            silent: rows + "| diff_means | norm"),
        Rail(
            "tokens-unknown", "of these rows have no token ids",
            brings: #"pair(capture("nameless", "many"), capture("nameless", "many")).resid_post | cosine | mean"#,
            silent: #"pair(capture("even", "many"), capture("heavy", "many")).resid_post | cosine | mean"#),
        Rail(
            "pairs-share-models", "the wilson interval takes them as independent",
            brings: models + #"| verdict("even" vs "*r*")"#,
            silent: models + #"| verdict("even" vs "*r*", interval="models")"#),
        Rail(
            "dropped-dims", "left out", brings: #"capture("even", "many").resid_post | drop_dims(1) | norm | mean"#,
            silent: #"capture("even", "many").resid_post | norm | mean"#),
        Rail(
            "silent-latents", "never active here: latent", brings: #"capture("even", "few").sae | examples(1, of=39)"#,
            silent: #"capture("even", "many").sae | examples(1, of=0)"#),
        Rail(
            "dependent-repeats", "repeats and folds share training rows",
            brings: rows + #"| \#(split) | logreg | score(metric="auroc") | ci"#,
            silent: #"capture("even", "many").resid_post[token=-1] | norm | ci"#),
        Rail(
            "few-prompts", "only 6 prompts to resample",
            brings: #"capture("even", "few").resid_post | norm | bootstrap(20) | ci"#,
            silent: #"capture("even", "many").resid_post | norm | bootstrap(20) | ci"#),
        Rail(
            "exact-test", "p is exact",
            brings: #"capture("even", "few").resid_post[token=-1] | norm | permutation_test(group, n=50)"#,
            silent: #"capture("even", "many").resid_post[token=-1] | norm | permutation_test(group, n=50)"#),
        Rail(
            "penalty", "λ = 1/(C·n)", brings: rows + "| \(split) | logreg | score",
            silent: rows + "| \(split) | ridge | score"),
        Rail(
            "singular-covariance", "the covariance has no inverse in 6 of 6 fits",
            brings: rows + "| split(test=0.7, repeats=3) | lda | score",
            silent: rows + "| split(test=0.7, repeats=3) | lda(shrinkage=0.1) | score"),
        Rail(
            "no-rows", "no ", brings: #"capture("even", "many").resid_post | where(score > 1000) | norm | mean"#,
            silent: #"capture("even", "many").resid_post | where(score > 1) | norm | mean"#),
        Rail(
            "pair", "token ids match in",
            brings: #"pair(capture("even", "many"), capture("heavy", "many")).resid_post | cosine | mean"#,
            silent: #"capture("even", "many").resid_post | norm | mean"#),
        Rail(
            "outside-bins", "outside of",
            brings: #"capture("even", "many").resid_post | norm | hist(bins=4, low=0, high=1)"#,
            silent: #"capture("even", "many").resid_post | norm | hist(bins=4, low=0, high=100)"#),
        Rail(
            "ties", "1 of 1 best entries is shared with another along `layer`, exactly equal",
            brings: #"capture("even", "many").resid_post | norm | count | argmax(layer)"#,
            silent: #"capture("even", "many").resid_post | norm | mean | argmax(layer)"#),
        Rail(
            "ties", "1 of 1 pairs are ties",
            brings:
                #"capture(["even", "heavy"], "many").resid_post[layer=0] | norm | mean | verdict("even" vs "heavy")"#,
            silent:
                #"capture(["even", "heavy"], "many").resid_post[layer=1] | norm | mean | verdict("even" vs "heavy")"#),
        Rail(
            "dominant-dimension", "dimension 5 of layer 1 holds",
            brings: #"pair(capture("heavy", "many"), capture("even", "many")).resid_post | cosine | mean"#,
            silent: #"pair(capture("heavy", "many"), capture("even", "many")).resid_post[layer=0] | cosine | mean"#),
        Rail(
            "dominant-dimension", "dimension 5 of layer 1 holds",
            brings:
                #"capture("heavy", "many").resid_post | cosine((capture("even", "many").resid_post | mean)) | mean"#,
            silent: #"capture("even", "many").resid_post | cosine((capture("heavy", "many").resid_post | mean)) | mean"#
        ),
        Rail(
            "unmatched-rows", "5 rows are left out: 5 have other token ids, 0 have no partner",
            brings:
                #"pair(capture("even", "many"), capture("other", "many"), missing="drop").resid_post | cosine | mean"#,
            silent: #"pair(capture("even", "many"), capture("heavy", "many")).resid_post | cosine | mean"#),
        Rail(
            "unmatched-prompts", "54 prompts have no partner",
            brings:
                #"pair(capture("even", "many"), capture("even", "few"), missing="drop").resid_post | cosine | mean"#,
            silent: #"pair(capture("even", "many"), capture("heavy", "many")).resid_post | cosine | mean"#),
        Rail(
            "few-active-latents", "fewer than 4 active latents",
            brings: #"pair(capture("heavy", "many"), capture("short", "many")).sae | topk([1, 4]) | overlap | mean"#,
            silent: #"pair(capture("heavy", "many"), capture("short", "many")).sae | topk([1, 2]) | overlap | mean"#),
        Rail(
            "incomplete-capture", "part/many is not complete",
            brings: #"capture("part", "many").resid_post | norm | mean"#,
            silent: #"capture("even", "many").resid_post | norm | mean"#),
        Rail(
            "nan-values", "1 of 2 numbers is NaN", brings: #"capture("nan", "many").resid_post | norm | mean"#,
            silent: #"capture("even", "many").resid_post | norm | mean"#),
        Rail(
            "nan-values", "60 of 60 numbers are NaN: the level is never kept there",
            brings: #"capture("even", "many").resid_post[token=-1] | norm | converge(layer, at=1000)"#,
            silent: #"capture("even", "many").resid_post[token=-1] | norm | converge(layer, at=0)"#),
    ]

    static let store: Result<TemporaryDirectory, any Error> = Result {
        let folder = try TemporaryDirectory()
        let noise = SyntheticCapture.noise(seed: 3, latents: 40)
        func capture(
            _ model: String, prompts: [PromptRecord]? = nil, dataset: String = "many",
            _ values: SyntheticCapture.Values? = nil
        ) -> SyntheticCapture {
            SyntheticCapture(
                model: model, dataset: dataset, prompts: prompts ?? SyntheticCapture.prompts(60), hiddenSize: 32,
                latents: 40,
                values: values ?? noise)
        }
        let captures = [
            capture("even"), capture("even", prompts: SyntheticCapture.prompts(6), dataset: "few"),
            capture("heavy") { column, prompt, position, place in
                if case .site(let site) = column, site.layer == 1, place == 5 { return 30 }
                return noise(column, prompt, position, place)
            },
            capture("other") { column, prompt, position, place in
                let value = noise(column, prompt, position, place)
                return column == .tokenID && prompt < 5 && position == 1 ? 49 - value : value
            },
            capture("short") { column, prompt, position, place in
                switch column {
                case .latentIndex where place > 1: return Double(ColumnID.noLatent)
                case .latentValue where place > 1: return 0
                default: return noise(column, prompt, position, place)
                }
            },
            capture("nan") { column, prompt, position, place in
                if case .site(let site) = column, site.layer == 0, prompt == 7, place == 2 { return .nan }
                return noise(column, prompt, position, place)
            },
            capture("nameless") { column, prompt, position, place in
                column == .tokenID ? Double(UInt32.max) : noise(column, prompt, position, place)
            },
            // Two features of one layer that never vary.
            capture("flat") { column, prompt, position, place in
                if case .site(let site) = column, site.layer == 1, place < 2 { return 0.25 }
                return noise(column, prompt, position, place)
            },
            capture(
                "even",
                prompts: SyntheticCapture.prompts(60).enumerated().map { index, prompt in
                    var prompt = prompt
                    prompt.metadata.append(("topic", .string("t\(index / 20)")))
                    if index >= 40 { prompt.metadata[0] = ("group", .string("c")) }
                    return prompt
                }, dataset: "topics"),
        ]
        try SyntheticStore.build(folder.file("store"), captures)
        try capture("part").write(to: StoreWriter(path: folder.file("store")), chunkBytes: 4000, limit: 1)
        return folder
    }

    private static func notes(_ query: String) throws -> [Note] {
        let session = try QuerySession(store: store.get().file("store"))
        let value = try #require(try session.answers(query).last)
        // A program sees what a person sees.
        let json = try BoundedJSON.parse(Array(value.json().utf8), path: "answer").member("notes").elements()
        #expect(try json.map { try $0.member("code").string() } == value.notes.map(\.code))
        #expect(try json.map { try $0.member("text").string() } == value.notes.map(\.text))
        return value.notes
    }

    @Test(arguments: rails) func speaksUp(_ rail: Rail) throws {
        let found = try Self.notes(rail.brings).filter { $0.code == rail.code }
        #expect(found.contains { $0.text.contains(rail.says) }, "\(found)")
    }

    @Test(arguments: rails) func staysSilent(_ rail: Rail) throws {
        #expect(try !Self.notes(rail.silent).contains { $0.code == rail.code })
    }

    /// What is said of files is tested where files are.
    @Test func everyCodeHasARail() {
        let codes = Set(Self.rails.map(\.code))
        for code in NoteCode.allCases where code != .saved && code != .exported {
            #expect(codes.contains(code.rawValue), "\(code.rawValue)")
        }
    }

    @Test func theGuideListsEveryCode() throws {
        let guide = try String(
            contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/language.md"),
            encoding: .utf8)
        let table = guide.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { $0.split(separator: "|")[0] }
        for code in NoteCode.allCases {
            #expect(table.contains { $0.contains("`\(code.rawValue)`") }, "docs/language.md lacks \(code.rawValue)")
        }
    }
}
