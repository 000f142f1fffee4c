extension VerbNotes {
    static let vectorNotes: [String: VerbNote] = [
        "cosine": VerbNote(
            details: """
                x·y / (|x| |y|). Of a pair its two sides; with `v` each vector and `v`, joined by label: `v` may \
                have dimensions of its own, which become dimensions of the answer. NaN where a vector is zero.
                """,
            example: """
                pair(capture("base", "general"), capture("narrow", "general")).resid_post | cosine | summary
                """),
        "dot": VerbNote(
            details: """
                Σ xᵢ yᵢ. Of a pair its two sides; with `v` each vector and `v`, joined by label: `v` may have \
                dimensions of its own, which become dimensions of the answer. `v` of length 1 makes it the \
                coordinate along a direction.
                """,
            example: """
                let mean = capture("base", "general").resid_post | mean | normalize
                capture("base", "medical").resid_post | dot(mean) | mean
                """),
        "distance": VerbNote(
            details: """
                √Σ (xᵢ − yᵢ)². Of a pair its two sides; with `v` each vector and `v`, joined by label: `v` may have \
                dimensions of its own, which become dimensions of the answer.
                """,
            example: """
                pair(capture("base", "general"), capture("narrow", "general")).resid_post | distance | mean
                """),
        "angle": VerbNote(
            details: """
                From 0 to 180 degrees (or π, `unit="radians"`). Of a pair its two sides; with `v` each vector and \
                `v`, joined by label: `v` may have dimensions of its own, which become dimensions of the answer.
                """,
            example: """
                pair(capture("base", "general"), capture("narrow", "general")).resid_post | angle | mean
                """),
        "norm": VerbNote(
            details: """
                Of each vector, also of both sides of a pair.
                """,
            example: """
                capture("base", "general").resid_post | norm | mean
                """),
        "normalize": VerbNote(
            details: """
                `normalize` makes directions of vectors; `normalize(layer)` divides numbers by the square root of \
                their sum of squares along `layer`.
                """,
            example: """
                pair(capture("base", "general"), capture("narrow", "general")).resid_post | diff | mean | normalize
                """),
        "project": VerbNote(
            details: """
                The parallel part, a vector; its signed length is `dot(v)` with a `v` of length 1. `v` is joined by \
                label as in `cosine`.
                """,
            example: """
                let v = capture("base", "general").resid_post | mean
                capture("narrow", "medical").resid_post | project(v) | norm | mean
                """),
        "project_out": VerbNote(
            details: """
                What is orthogonal to `v`; a zero `v` takes nothing away. `v` is joined by label as in `cosine`.
                """,
            example: """
                let v = capture("base", "general").resid_post | mean
                pair(capture("base", "general"), capture("narrow", "general")).resid_post | project_out(v)
                  | cosine | mean
                """),
        "center": VerbNote(
            details: """
                The dimensions stay; the mean over those named (else all samples) becomes 0. `center(token)` centres \
                within each prompt. Reads the rows twice.
                """,
            example: """
                capture("base", "general").resid_post[layer=3] | center | norm | mean
                """),
        "drop_dims": VerbNote(
            details: """
                A few features of a residual stream often hold most of its squared norm, and cosines see only those. \
                The n with the largest Σ x² over all rows (both sides of a pair together) are set to 0.
                """,
            example: """
                pair(capture("base", "general"), capture("narrow", "general")).resid_post | drop_dims(2)
                  | cosine | mean
                """),
        "delta": VerbNote(
            details: """
                The entry of a label minus the entry before it; the first label has none.
                """,
            example: """
                capture("base", "general").resid_post | norm | mean | delta(layer)
                """),
    ]
}
