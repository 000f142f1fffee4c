import Foundation
import QueryEngine
import QueryLanguage
import Store
import TensorFiles
import Testing

/// Answers worked out by hand from the fixture's formula, and what must hold for every answer.
@Suite struct EngineTests {
    /// Σ over tokens of base/general's resid_post.L place 0 = L + 10p + t.
    @Test func meanIsTheMeanOfTheFormula() throws {
        var sum = 0.0
        var count = 0
        for (prompt, record) in EngineFixture.general.enumerated() {
            for position in 0..<record.tokenCount {
                sum += 10 * Double(prompt) + Double(position)
                count += 1
            }
        }
        try EngineFixture.withSession { session in
            let json = try session.answers(#"capture("base", "general").resid_post | mean"#)[0].json()
            let data = try BoundedJSON.parse(Array(json.utf8), path: "answer").member("data")
            var layers: [Double] = []
            for layer in try data.elements() {
                for value in try layer.elements() {
                    layers.append(try value.double())
                    break
                }
            }
            for (layer, value) in layers.enumerated() {
                #expect(abs(value - (Double(layer) + sum / Double(count))) < 1e-5)
            }
            #expect(layers.count == 3)
        }
    }

    @Test(arguments: [
        #"capture("base", "*").resid_post | norm | summary"#,
        #"pair(capture("base"), capture("tuned")).sae | topk([1, 2, 3, 4]) | overlap | mean"#,
        #"capture("tuned", "general").lora | concat(layer) | contrast(group, "a" vs "b") | split(test=0.4, repeats=5, seed=3) | standardize | logreg(penalty="l1", C=[0.1, 10]) | score"#,
        #"capture("tuned", "general").resid_post[token=-1] | split(kfold=3) | logreg(y=group) | weights"#,
        #"capture("tuned", "general").resid_post[token=-1] | split(kfold=3, repeats=2) | lda(y=group, shrinkage=0.2) | score"#,
        #"capture("tuned", "general").resid_post[token=-1] | split(kfold=3) | ridge(y=score, alpha=[0.1, 10]) | predict"#,
        #"capture("base", "*").resid_post | norm | bootstrap(50, seed=2) | ci(0.9)"#,
        #"capture("base", "general").resid_post | bootstrap(33, seed=2)"#,
        #"capture("base", "general").resid_post[token=-1] | permutation_test(group, n=15, seed=3)"#,
        #"capture("*", "general").resid_post | norm | mean | verdict("base" vs "tuned")"#,
    ])
    func answersDoNotDependOnThreads(query: String) throws {
        let answers = try [1, 2, 8].map { threads in
            try EngineFixture.withSession(threads: threads) { session in
                // The store's identity is the one thing that differs between two stores of the same bytes.
                try session.answers(query)[0].json().replacing(session.snapshot.storeID, with: "")
            }
        }
        #expect(answers[0] == answers[1])
        #expect(answers[0] == answers[2])
    }

    @Test func explainReadsOnlyTheColumnsAskedFor() throws {
        try EngineFixture.withSession { session in
            let one = try session.answers(#"capture("base", "general").resid_post[layer=2] | norm | mean | explain"#)[0]
            let all = try session.answers(#"capture("base", "general").resid_post | norm | mean | explain"#)[0]
            let sae = try session.answers(#"capture("base", "general").sae | explain"#)[0]
            #expect(Plain.text(one).contains("1 column, "))
            #expect(Plain.text(one).contains("resid_post[2] of base/general"))
            #expect(Plain.text(all).contains("3 columns, "))
            #expect(!Plain.text(sae).contains("resid_post"))
            for shown in [one, all, sae] { #expect(shown.reads == ReadCount()) }
        }
    }

    @Test func readsAreCounted() throws {
        try EngineFixture.withSession { session in
            let one = try session.answers(#"capture("base", "general").resid_post[layer=0] | norm | mean"#)[0]
            let all = try session.answers(#"capture("base", "general").resid_post | norm | mean"#)[0]
            #expect(one.reads.bytes > 0)
            #expect(all.reads.bytes > 2 * one.reads.bytes)
            #expect(one.reads.rows == 28)
        }
    }

    @Test func npzHoldsValuesAndLabels() throws {
        try EngineFixture.withSession { session in
            _ = try session.answers(#"capture("tuned", "general").lora | export("out/x.npz")"#)
            let zip = try ZipReader(path: session.options.exportRoot + "/out/x.npz")
            let values = try zip.array("values.npy")
            #expect(values.shape == [28, 3])
            #expect(try zip.array("prompt.npy").texts() == ["p0", "p1", "p2", "p3", "p4", "p5"])
            #expect(try zip.array("offsets.npy").shape == [7])
            #expect(try zip.array("layer.npy").shape == [3])
            // A second export does not overwrite the first.
            #expect(throws: (any Error).self) {
                _ = try session.answers(#"capture("tuned", "general").lora | export("out/x.npz")"#)
            }
        }
    }

    @Test func exportsStayBelowTheRoot() throws {
        try EngineFixture.withSession { session in
            let root = session.options.exportRoot
            try FileManager.default.createSymbolicLink(atPath: root + "/link", withDestinationPath: "/tmp")
            for path in ["../x.csv", "/tmp/x.csv", "link/x.csv", "a/../../x.csv", "./x.csv"] {
                #expect(throws: (any Error).self, "\(path)") {
                    _ = try session.answers("capture(\"base\", \"general\").resid_post | mean | export(\"\(path)\")")
                }
            }
        }
    }

    @Test func csvHasFullPrecisionAndQuotes() throws {
        try EngineFixture.withSession { session in
            let text = try session.answers(#"sql("select 'a,b' as x, 0.1 as y")"#)[0].csv
            #expect(text == "x,y\n\"a,b\",0.1\n")
            let lora = try session.answers(#"capture("tuned", "general").lora[layer=0] | summary"#)[0].csv
            #expect(lora.hasPrefix("mean,sd,n\n"))
        }
    }

    @Test func parametersSweepAndAreChecked() throws {
        try EngineFixture.withSession { session in
            let text =
                "param model = \"base\"\nparam k = 2\npair(capture(\"base\", \"general\"), capture(model, \"general\")).sae | topk(k) | overlap | mean"
            let plain = try session.answers(text)[0]
            #expect(plain.type.dims.map(\.name) == ["layer"])
            let swept = try session.answers(
                text, parameters: ["k": .list([.int(1), .int(2)]), "model": .string("tuned")])[0]
            #expect(swept.type.dims.map(\.name) == ["layer", "k"])
            #expect(throws: QueryErrors.self) { _ = try session.answers(text, parameters: ["kk": .int(1)]) }
        }
    }

    @Test func resultsAreNumberedAndContinued() throws {
        try EngineFixture.withSession { session in
            let first = try session.answers(#"capture("base", "general").resid_post | norm"#)[0]
            #expect(first.number == 1)
            let second = try session.answers("| mean")[0]
            #expect(second.number == 2)
            let again = try session.answers("_1 | mean")[0]
            #expect(again.json().contains("\"data\":[") && second.csv == again.csv)
        }
    }

    /// A chain that would overflow the stack of what runs it is refused before it runs.
    @Test func endlessPipelinesAreRefused() throws {
        try EngineFixture.withSession { session in
            let long = "captures" + String(repeating: " | head(1)", count: 5000)
            #expect(session.reply(long).contains("at most 200 steps"))
            let lets = (1...5000).map { "let x\($0) = x\($0 - 1) | head(1)" }.joined(separator: "\n")
            #expect(session.reply("let x0 = captures\n\(lets)\nx5000").contains("at most 200 steps"))
            let fine = "captures" + String(repeating: " | head(1)", count: 150)
            #expect(session.reply(fine).hasPrefix("table"))
        }
    }

    @Test func aFailedStatementKeepsWhatWasShown() throws {
        try EngineFixture.withSession { session in
            var shown: [ShownValue] = []
            #expect(throws: AssertionFailure.self) {
                try session.run(SourceText(name: "t", text: "1 + 1\nassert 1 > 2, \"no\"\n3")) { shown.append($0) }
            }
            #expect(shown.count == 1)
        }
    }

    @Test func aDamagedChunkIsAnErrorThatNamesIt() throws {
        let folder = NSTemporaryDirectory() + "varve-damage-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try EngineFixture.make(at: folder)
        try EngineFixture.damageChunks(of: folder)
        let session = try QuerySession(store: folder)
        #expect {
            _ = try session.answers(#"capture("*", "*").resid_post | norm | mean"#)
            _ = try session.answers(#"capture("*", "*").sae | head(1)"#)
        } throws: { error in
            "\(error)".contains("chunks/")
        }
    }
}
