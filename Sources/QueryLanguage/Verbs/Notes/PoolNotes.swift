extension VerbNotes {
    static let poolNotes: [String: VerbNote] = [
        "mean": VerbNote(
            details: """
                The dimensions named are used up; without any, all samples (prompt, token, rep, fold, boot). All \
                cells count alike: `mean` of tokens weighs long prompts more, `mean(token) | mean(prompt)` does not. \
                `by=column` of the prompts gives one entry for each of its values. Of vectors the mean vector. \
                Accumulated in f64; NaN where nothing is left, with a note.
                """,
            example: """
                capture("emergent", "em-prompts").lora | where(role == "assistant") | mean(by=group)
                """),
        "std": VerbNote(
            details: """
                √(Σ(x − mean)² / n) over the dimensions named, else all samples; of vectors for each feature. \
                `by=column` as in `mean`.
                """,
            example: """
                capture("base", "general").resid_post | norm | std
                """),
        "sum": VerbNote(
            details: """
                Over the dimensions named, else all samples, in f64; of vectors for each feature. `by=column` as in \
                `mean`.
                """,
            example: """
                capture("base", "general").resid_post[layer=0] | norm | sum(token) | mean
                """),
        "min": VerbNote(
            details: """
                Of numbers, over the dimensions named, else all samples. `by=column` as in `mean`. A NaN gives NaN.
                """,
            example: """
                capture("base", "general").resid_post | norm | min
                """),
        "max": VerbNote(
            details: """
                Of numbers, over the dimensions named, else all samples. `by=column` as in `mean`. A NaN gives NaN.
                """,
            example: """
                capture("base", "general").resid_post | norm | max
                """),
        "count": VerbNote(
            details: """
                Cells over the dimensions named, else all samples: of `[prompt, token]` the number of tokens. Of a \
                table its rows; of a set of latents (`active`, `minus`) how many each has, and no dimension is used up.
                """,
            example: """
                capture("base", "general").resid_post[layer=0] | where(role == "assistant") | count
                """),
        "summary": VerbNote(
            details: """
                One `stat` for each entry that stays: mean, population sd (ddof 0), and n, the number of cells. \
                Charts draw the sd.
                """,
            example: """
                capture("*", "general").resid_post[token=-1] | norm | summary
                """),
        "last": VerbNote(
            details: """
                Of `token` the last of each prompt that is left, whichever side was padded: the same as \
                `[token=-1]`. Of another dimension its last entry.
                """,
            example: """
                capture("base", "general").resid_post | norm | last(token) | mean
                """),
        "concat": VerbNote(
            details: """
                Numbers along a dimension of L entries become vec(L), vectors of d numbers vec(L · d), in the order \
                of the labels: features for a probe.
                """,
            example: """
                capture("emergent", "em-prompts").lora | where(role == "assistant") | mean(token)
                  | concat(layer) | norm | mean
                """),
    ]
}
