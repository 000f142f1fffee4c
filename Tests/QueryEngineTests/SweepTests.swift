import Foundation
import QueryEngine
import QueryLanguage
import TestSupport
import Testing

/// A list where one value is expected: each entry of the new dimension is what the value by itself gives, digit for digit.
@Suite struct SweepTests {
    /// A parameter with a query in which `%` stands for its value.
    struct Swept: Sendable, CustomTestStringConvertible {
        var parameter: String
        var query: String
        var values: [String]

        init(_ parameter: String, _ query: String, _ values: [String]) {
            (self.parameter, self.query, self.values) = (parameter, query, values)
        }

        var name: String { String(parameter.split(separator: ".")[1]) }
        var testDescription: String { parameter }
    }

    private static let base = #"capture("base", "general").resid_post"#
    private static let last = #"capture("base", "general").resid_post[token=-1]"#
    private static let lora = #"capture("tuned", "general").lora | mean(token) | concat(layer)"#
    private static let sides = #"pair(capture("base", "general"), capture("tuned", "general"))"#
    private static let split = lora + #" | contrast(group, "a" vs "b") | split(kfold=3)"#

    static let cases: [Swept] = [
        Swept("head.n", base + " | head(%) | norm | mean", ["1", "3"]),
        Swept("sample.n", base + " | sample(%) | norm | summary", ["2", "5"]),
        Swept("sample.seed", base + " | sample(2, seed=%) | mean", ["0", "1", "2"]),
        Swept("prompts.dataset", "prompts(%)", [#""general""#, #""medical""#]),
        Swept(
            "load.name", base + #" | mean | save("one")\#n"# + base + " | std | save(\"two\")\nload(%)",
            [#""one""#, #""two""#]),
        Swept("read.file", "read(%)", [#""one.csv""#, #""two.csv""#]),
        Swept("quantile.q", base + " | norm | quantile(%)", ["0.1", "0.5", "0.9"]),
        Swept("top.n", base + " | norm | top(%)", ["2", "3"]),
        Swept("top.abs", base + " | norm | top(3, abs=%)", ["true", "false"]),
        Swept("bottom.n", base + " | norm | bottom(%)", ["2", "3"]),
        Swept("bottom.abs", base + " | norm | bottom(3, abs=%)", ["true", "false"]),
        Swept(
            "pair.on",
            #"pair(capture("base", "general"), capture("tuned", "general"), on=%).resid_post | cosine | mean"#,
            ["id", "turn"]),
        Swept(
            "pair.tokens",
            #"pair(capture("base", "general"), capture("tuned", "general"), tokens=%).resid_post | distance | mean"#,
            [#""suffix""#, #""last""#]),
        Swept("angle.unit", sides + ".resid_post | angle(unit=%) | mean", [#""degrees""#, #""radians""#]),
        Swept("norm.p", base + " | norm(%) | mean", ["1", "2", "3.5"]),
        Swept("drop_dims.n", base + " | drop_dims(%) | norm | mean", ["0", "1", "2"]),
        Swept("nearest.n", "let v = " + base + "[layer=1] | mean\n" + base + "[layer=1] | nearest(v, %)", ["2", "4"]),
        Swept("pca.n", base + #" | pca(%, give="ratio") | sum(pc)"#, ["1", "2", "3"]),
        Swept("pca.give", base + " | pca(2, give=%)", [#""variance""#, #""ratio""#]),
        Swept("topk.k", sides + ".sae | topk(%) | overlap | mean", ["1", "2", "4"]),
        Swept("topk.k", #"capture("base", "general").sae | topk(%) | freq | sum(latent)"#, ["1", "3"]),
        Swept("topk.k", sides + ".sae | topk(%) | active(freq=0.1) | jaccard", ["2", "4"]),
        Swept("active.threshold", sides + ".sae | active(%) | jaccard | mean", ["0", "2"]),
        Swept("active.freq", sides + ".sae | active(freq=%) | count", ["0.1", "0.3"]),
        Swept("freq.threshold", #"capture("base", "general").sae | freq(%) | sum(latent)"#, ["0", "2.5"]),
        Swept("examples.n", #"capture("base", "general").sae | examples(%, of=[1, 3])"#, ["1", "2"]),
        Swept("examples.context", #"capture("base", "general").sae | examples(1, of=[1], context=%)"#, ["1", "2"]),
        Swept("context.n", base + "[layer=1] | norm | top(2) | rename(size=norm) | context(%)", ["1", "2"]),
        Swept("split.test", lora + " | split(test=%, repeats=3) | logreg(y=group) | score | mean", ["0.34", "0.5"]),
        Swept("split.kfold", lora + " | split(kfold=%) | logreg(y=group) | score | mean", ["2", "3"]),
        Swept(
            "split.column",
            #"capture("tuned", "general").lora | mean(token) | concat(layer) | where(turn > 0) | split(column=%) | ridge(y=score) | score | mean"#,
            ["group", "turn"]),
        Swept("split.repeats", lora + " | split(test=0.5, repeats=%) | logreg(y=group) | score | mean", ["2", "3"]),
        Swept(
            "split.stratify", lora + " | split(test=0.5, repeats=3, stratify=%) | ridge(y=turn) | score | mean",
            ["true", "false"]),
        Swept(
            "split.group", lora + " | split(test=0.5, repeats=3, group=%) | ridge(y=score) | score | mean",
            ["prompt", "group"]),
        Swept("split.seed", lora + " | split(test=0.5, seed=%) | logreg(y=group) | score", ["1", "2", "3"]),
        Swept("logreg.y", lora + " | logreg(y=%) | weights", ["group", "first"]),
        Swept("logreg.penalty", split + " | logreg(penalty=%) | score", [#""l1""#, #""l2""#]),
        Swept("logreg.C", split + " | logreg(C=%) | score", ["0.1", "1"]),
        Swept("logreg.intercept", split + " | logreg(intercept=%) | weights", ["free", "liblinear"]),
        Swept("logreg.max_iter", split + " | logreg(max_iter=%) | weights", ["1", "100"]),
        Swept("ridge.y", lora + " | ridge(y=%) | weights", ["score", "turn"]),
        Swept("ridge.alpha", lora + " | ridge(y=score, alpha=%) | weights", ["0.5", "2"]),
        Swept("ridge.task", lora + " | ridge(y=score, task=%) | weights", [#""auto""#, #""numbers""#]),
        Swept("lda.y", lora + " | lda(y=%, shrinkage=0.5) | weights", ["group", "first"]),
        Swept("lda.shrinkage", split + " | lda(shrinkage=%) | score", ["0.1", "0.5", #""auto""#]),
        Swept("diff_means.y", lora + " | diff_means(y=%, whiten=true) | weights", ["group", "first"]),
        Swept("diff_means.whiten", split + " | diff_means(whiten=%) | weights", ["true", "false"]),
        Swept("converge.at", base + "[token=-1] | norm | converge(layer, at=%)", ["28.5", "51"]),
        Swept("converge.within", base + "[token=-1] | norm | converge(layer, within=%)", ["1", "3"]),
        Swept("score.metric", split + " | logreg | score(metric=%)", [#""accuracy""#, #""brier""#]),
        Swept("roc.points", split + " | logreg | roc(points=%) | mean(fpr)", ["3", "5"]),
        Swept("calibration.bins", split + " | logreg | calibration(bins=%) | sum(bin)", ["2", "4"]),
        Swept("auroc.y", base + " | norm | auroc(y=%)", ["group", "first"]),
        Swept("accuracy.y", base + " | norm | accuracy(y=%, at=20)", ["group", "first"]),
        Swept("accuracy.at", base + " | norm | accuracy(y=group, at=%)", ["10", "40"]),
        Swept("bootstrap.n", base + " | norm | bootstrap(%) | ci", ["50", "100"]),
        Swept("bootstrap.seed", base + " | norm | bootstrap(20, seed=%)", ["1", "2"]),
        Swept("ci.level", last + " | norm | ci(%)", ["0.5", "0.95"]),
        Swept("permutation_test.column", last + " | norm | permutation_test(%, n=50)", ["group", "first"]),
        Swept("permutation_test.n", last + " | norm | permutation_test(group, n=%)", ["5", "9"]),
        Swept("permutation_test.seed", last + " | norm | permutation_test(group, n=9, seed=%)", ["1", "2"]),
        Swept("correlate.column", last + " | norm | correlate(%)", ["score", "turn"]),
        Swept("correlate.method", last + " | norm(1) | correlate(score, method=%)", [#""spearman""#, #""pearson""#]),
        Swept("verdict.rule", verdict("rule=%"), [#""higher""#, #""lower""#]),
        Swept("verdict.level", verdict("level=%"), ["0.5", "0.9"]),
        Swept("verdict.interval", verdict("interval=%"), [#""wilson""#, #""exact""#]),
    ]

    private static func verdict(_ argument: String) -> String {
        #"capture("*", "general").resid_post | norm | mean | verdict("base" vs "tuned", \#(argument))"#
    }

    @Test("every parameter that sweeps has its case here")
    func coverage() {
        let swept = VerbTable.all.flatMap { verb in
            verb.parameters.filter(\.sweeps).map { "\(verb.name).\($0.name)" }
        }
        #expect(Set(swept) == Set(SweepTests.cases.map(\.parameter)))
    }

    @Test("a list gives what each value gives alone", arguments: cases)
    func listAgainstValues(swept: Swept) throws {
        let folder = try TemporaryDirectory()
        try "a,b\n1,x\n2,y\n".write(toFile: folder.path + "/one.csv", atomically: true, encoding: .utf8)
        try "a,b\n3,z\n".write(toFile: folder.path + "/two.csv", atomically: true, encoding: .utf8)
        try EngineFixture.make(at: folder.path + "/store")
        let session = try QuerySession(store: folder.path + "/store")
        func answer(_ value: String) throws -> (ShownValue, data: NSObject) {
            var text = swept.query
            if swept.parameter == "read.file" {
                text = text.replacing(
                    "%",
                    with: value.replacing("\"one", with: "\"\(folder.path)/one").replacing(
                        "\"two", with: "\"\(folder.path)/two"))
            }
            let value = try #require(try session.answers(text.replacing("%", with: value)).last)
            let json = try #require(
                try JSONSerialization.jsonObject(with: Data(value.json().utf8)) as? [String: Any])
            return (value, try #require(json["data"] as? NSObject))
        }
        let (list, all) = try answer("[\(swept.values.joined(separator: ", "))]")
        for (place, value) in swept.values.enumerated() {
            let (one, data) = try answer(value)
            let entry: NSObject
            if one.type.element.isTable {
                entry = try SweepTests.rows(all, of: place, among: swept.values.count)
            } else {
                let axis = try #require(list.type.dims.firstIndex { $0.name == swept.name })
                #expect(list.type.dims.count == one.type.dims.count + 1)
                var dims = list.type.dims
                dims.remove(at: axis)
                #expect(dims.map(\.name) == one.type.dims.map(\.name))
                entry = try SweepTests.entry(all, axis: axis, place)
            }
            #expect(entry == data, "\(swept.query) at \(value)")
        }
    }

    @Test("rows that all values read are read once")
    func rowsAreReadOnce() throws {
        try EngineFixture.withSession { session in
            let lora = SweepTests.lora + " | contrast(group, \"a\" vs \"b\") | split(kfold=3, seed=%) | logreg"
            for (query, one, several) in [
                (SweepTests.base + " | norm(%) | mean", "2", "[1, 2, 3]"),
                (SweepTests.base + " | norm(%) | mean(token) | mean(prompt)", "2", "[1, 2, 3]"),
                (lora + " | score", "1", "[1, 2]"),
            ] {
                let (first, all) = (query.replacing("%", with: one), query.replacing("%", with: several))
                let single = try #require(try session.answers(first).last)
                let list = try #require(try session.answers(all).last)
                #expect(list.reads == single.reads && list.reads.bytes > 0, "\(all)")
            }
        }
    }

    @Test("rows of a sweep stay lazy where nobody pools them")
    func largeSweepsAreNotShown() throws {
        try EngineFixture.withSession { session in
            func shown(_ count: Int) throws -> ShownValue {
                let values = (1...count).map { "\(Double($0) / 4 + 1)" }.joined(separator: ", ")
                return try #require(try session.answers(SweepTests.base + " | norm([\(values)])").last)
            }
            // 28 rows of 3 layers: 10,000 numbers are shown at most.
            let (few, many) = (try shown(20), try shown(150))
            #expect(few.type.description == "float[prompt 6, token ≤7, layer 3, p 20]" && few.reads.bytes > 0)
            #expect(many.type.description == "float[prompt 6, token ≤7, layer 3, p 150]" && many.reads.bytes == 0)
            #expect(Plain.text(many).contains("nothing is computed yet"))
        }
    }

    @Test("after a list whose values differ in shape the next verb is still known")
    func completionAfterUnevenSweeps() throws {
        try EngineFixture.withSession { session in
            let completer = try session.completer
            let found = completer.answer(SweepTests.base + " | pca([1, 2], give=\"ratio\") | su").candidates.map(\.text)
            #expect(found == ["sum", "summary"])
            #expect(
                completer.answer(SweepTests.base + " | pca([1, 2], give=\"ratio\") | sum(p").candidates.map(\.text)
                    .contains("pc"))
            #expect(
                completer.answer(SweepTests.base + " | norm(").candidates.contains {
                    $0.text == "p=" && $0.note.contains("a list sweeps")
                })
        }
    }

    @Test("two plans that differ in a value of a list are two plans")
    func digestsDiffer() throws {
        try EngineFixture.withSession { session in
            let queries = ["[1, 2]", "[2, 1]", "[1, 3]"].map { SweepTests.base + "[layer=0] | norm(\($0)) | mean" }
            let answers = try queries.map { try #require(try session.answers($0).last) }
            #expect(answers.allSatisfy { !$0.isCached })
            #expect(Set(answers.map { $0.json() }).count == 3)
            #expect(try session.answers(queries[0]).last?.isCached == true)
        }
    }

    /// One entry of nested lists along an axis.
    private static func entry(_ data: NSObject, axis: Int, _ place: Int) throws -> NSObject {
        let list = try #require(data as? [NSObject])
        guard axis > 0 else { return list[place] }
        return try list.map { try entry($0, axis: axis - 1, place) } as NSArray
    }

    /// The rows of one value of a sweep of tables, without the first column.
    private static func rows(_ data: NSObject, of place: Int, among count: Int) throws -> NSObject {
        let rows = try #require(data as? [[NSObject]])
        var labels: [NSObject] = []
        for row in rows where !labels.contains(row[0]) { labels.append(row[0]) }
        try #require(labels.count == count)
        return rows.filter { $0[0] == labels[place] }.map { Array($0.dropFirst()) } as NSArray
    }
}
