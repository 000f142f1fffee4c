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

    @Test func coversWhatTheLanguagePromises() {
        let codes = Set(Self.rails.map(\.code))
        let promised: Set<String> = [
            "all-weights-zero", "few-test-rows", "one-class-missing", "standardized-before-split",
            "chosen-on-test-rows",
            "dominant-dimension", "unmatched-rows", "few-active-latents", "incomplete-capture", "nan-values",
            "ungrouped-split", "ties",
        ]
        #expect(promised.isSubset(of: codes))
    }
}
