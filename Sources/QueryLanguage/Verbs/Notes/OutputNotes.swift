extension VerbNotes {
    static let outputNotes: [String: VerbNote] = [
        "table": VerbNote(
            details: """
                `rows=k, cols=dataset` says which dimensions go down and across; the others go down too. It changes \
                how the value is shown, not the value.
                """,
            example: """
                pair(capture("base", ["general", "medical"]), capture("narrow", ["general", "medical"])).sae
                  | topk([1, 8]) | overlap | mean | table(rows=k, cols=dataset)
                """),
        "bar": VerbNote(
            details: """
                One bar for every entry of a pooled value; the sd of a `stat` is drawn as a spread.
                """,
            example: """
                capture("base", "general").resid_post | norm | summary | bar(title="norm by layer")
                """),
        "plot": VerbNote(
            details: """
                `x` is the dimension to go along (the longest unless named), `color` the one with a line for each \
                entry. In files the numbers behind it are written.
                """,
            example: """
                capture("*", "general").resid_post | norm | mean | plot(x=layer, color=model)
                """),
        "export": VerbNote(
            details: """
                By the ending: .csv (one row a cell with all labels, full precision), .json, .npy (the values), .npz \
                (`values` and one array of labels a dimension; rows of prompts are flat with `offsets`), .safetensors (the same as \
                tensors, vectors f32 and numbers f64; labels that are texts, and the order of the dimensions, stand in the \
                metadata as JSON). The path \
                stays below the current folder; a file that is there is kept unless `--force`. The value goes on to the \
                next verb.

                A picture (.svg, .html, .vl.json) is the chart that the query ends in (`plot bar hist heatmap scatter spark`), else the \
                one that suits the dimensions: bars, lines over numbers, cells where two dimensions are large. SVG keeps text \
                as text; .html is one page with the picture, the values and the lines of the query; .vl.json is Vega-Lite 5. \
                With theme "auto" SVG and HTML follow the reader's screen.
                """,
            example: """
                capture("base", "general").resid_post | mean | export("means.npz")
                capture("base", "general").resid_post | norm | mean | plot(x=layer) | export("norms.svg")
                """),
        "save": VerbNote(
            details: """
                Only pooled values: vectors, numbers, stats, sets, labels, probes. The query, parameters, version and plan are \
                kept with it; see `results`.
                """,
            example: """
                capture("base", "general").resid_post | mean | normalize | save("directions/general")
                """),
        "describe": VerbNote(
            details: """
                A table of the type, each dimension with its labels, and each column with its kind and values: what \
                `where`, `by=` and `[…]` may name.
                """,
            example: """
                capture("emergent", "em-prompts") | describe
                """),
    ]
}
