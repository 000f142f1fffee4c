import Foundation
import QueryEngine
import QueryLanguage
import Store
import TestSupport
import Testing

@Suite struct FigureExportTests {
    private func export(_ query: String, _ name: String) throws -> String {
        let folder = try TemporaryDirectory()
        try EngineFixture.make(at: folder.file("store"))
        let session = try QuerySession(
            store: folder.file("store"), options: QuerySession.Options(exportRoot: folder.path, overwritesExports: true)
        )
        _ = try session.answers(query + " | export(\"\(name)\")")
        return try String(contentsOfFile: folder.file(name), encoding: .utf8)
    }

    private let norms = "capture([\"base\", \"tuned\"], \"general\").resid_post | norm"

    @Test func theChartOfTheQueryIsThePicture() throws {
        let svg = try export(norms + " | summary | plot(x=layer, title=\"how long\")", "a.svg")
        for text in ["how long", "layer", "norm", "base", "tuned", "mean ± one standard deviation"] {
            #expect(svg.contains(">\(text)</text>"), "\(text)")
        }
        // A band around each line.
        #expect(svg.components(separatedBy: "fill-opacity=\"0.16\"").count == 3)
        #expect(try export(norms + " | summary | bar", "a.svg").contains("base · layer 0"))
        #expect(try export(norms + " | mean | heatmap(x=layer, y=model)", "a.svg").contains(">tuned</text>"))
        #expect(try export(norms + " | hist(5)", "a.svg").contains(">count</text>"))
        let points = try export(norms + " | scatter((\(norms)(1)))".replacing("norm(1)", with: "norm(1)"), "a.svg")
        #expect(points.contains(">norm</text>") && points.contains(">norm(1)</text>"))
    }

    @Test func aValueWithoutAChartHasTheOneThatSuitsIt() throws {
        #expect(try export(norms + " | mean", "a.svg").contains("<polyline"))
        #expect(try export(norms + " | mean(by=group) | mean(layer)", "a.svg").contains("<rect"))
        #expect(try export(norms + " | bootstrap(20) | ci(0.9)", "a.svg").contains("estimate with its interval"))
    }

    @Test func aPageHoldsTheNumbersAndTheQuery() throws {
        let page = try export("let x = \(norms)\nx | mean | plot(x=layer)", "a.html")
        #expect(page.contains("<svg") && page.contains("<td>base</td>"))
        #expect(page.contains("let x = capture([&quot;base&quot;, &quot;tuned&quot;]"))
        #expect(try export("captures", "a.html").contains("<td>tuned</td>"))
    }

    @Test func specifications() throws {
        let spec = try export(norms + " | mean | plot(x=layer)", "a.vl.json")
        #expect(spec.contains("\"$schema\": \"https://vega.github.io/schema/vega-lite/v5.json\""))
        #expect(try export(norms + " | mean | plot(x=layer)", "a.csv").hasPrefix("model,layer,norm\n"))
    }

    @Test(
        arguments: [
            ("captures", "a.svg", "wrong-type"), ("capture(\"base\", \"general\").resid_post", "a.svg", "wrong-type"),
            ("capture(\"base\", \"general\").resid_post | norm", "a.svg", "too-many-to-draw"),
            ("capture(\"base\", \"general\").resid_post | norm | mean", "a.pdf", "wrong-argument"),
            ("capture(\"base\", \"general\").resid_post | norm | mean | bar", "a.npz", "wrong-type"),
        ])
    func whatHasNoPicture(query: String, name: String, code: String) throws {
        try EngineFixture.withSession { session in
            let errors = session.check(SourceText(name: "test", text: query + " | export(\"\(name)\")"))
            #expect(errors.diagnostics.map(\.code) == [code])
        }
    }

    /// A picture depends on the values alone.
    @Test func sameBytesOnAnyNumberOfThreads() throws {
        var texts: Set<String> = []
        for threads in [1, 2, 8] {
            let folder = try TemporaryDirectory()
            try EngineFixture.make(at: folder.file("store"))
            let session = try QuerySession(
                store: folder.file("store"), options: QuerySession.Options(threads: threads, exportRoot: folder.path))
            _ = try session.answers(norms + " | summary | plot(x=layer) | export(\"a.svg\")")
            texts.insert(try String(contentsOfFile: folder.file("a.svg"), encoding: .utf8))
        }
        #expect(texts.count == 1)
    }
}
