import QueryLanguage
import Tensor

/// Queries that users write.
enum QueryInputs {
    static func query(_ bytes: [UInt8]) throws {
        let source = try SourceText(name: "input", bytes: bytes)
        let output = Parser.parse(source)
        // Drawing takes ten times as long as parsing: now and then is enough.
        if bytes.count % 64 == 0 { _ = DiagnosticRenderer().text(output.diagnostics, in: source) }
        if let first = output.diagnostics.first { throw first }
    }

    static var seeds: [[UInt8]] {
        [
            """
            #: what it asks
            param models = "poser/*"
            param k = 32
            let p = pair(capture(models, "a"), capture(models, "b"), on=scenario, tokens="last").resid_post[token=-1]
            p | left | split(kfold=5) | standardize | logreg(y=decision) | score(metric="accuracy") | summary | table(rows=layer)
            """,
            "let x = capture(\"base\", \"d\").sae | topk(k=[1, 2, 4]) | where(group == \"aligned\" and n >= 1e-3)\nx | mean(token)\n",
            "_7 | export(\"x.npy\")", "1 + 2 * -(3 - 4) / 5", "@saved | plot(x=layer, title=\"é\")",
        ].map { Array($0.utf8) }
    }
}
