extension VerbNotes {
    static let probeNotes: [String: VerbNote] = [
        "logreg": VerbNote(
            details: """
                l2: ½|w|² + C Σ log(1 + exp(−y (w·x + b))). l1: |w|₁ + C Σ log(1 + exp(…)); with \
                `intercept="liblinear"` |b| is penalised as liblinear does. y is ±1, class B (or the later value of \
                `y`) is +1. `C=[0.01, 1]` gives the dimension `C`. Fits remember their data: `score`, `predict`, \
                `weights` follow.
                """,
            example: """
                capture("narrow", "em-prompts").resid_post[layer=3, token=-1]
                  | contrast(group, "aligned" vs "medical aligned") | split(test=0.2, repeats=5, seed=1)
                  | standardize | logreg(C=[0.01, 1]) | score | summary
                """),
        "diff_means": VerbNote(
            details: """
                mean(B) − mean(A) of the rows, in the units of the site: a steering direction after `normalize`. \
                After `split` it is a probe: the direction with its threshold halfway between the two means of the \
                training rows.
                """,
            example: """
                capture("narrow", "em-prompts").resid_post[token=-1]
                  | contrast(group, "aligned" vs "medical aligned") | diff_means | normalize
                """),
        "predict": VerbNote(
            details: """
                A `class` for each prompt: the label, and the probability of class B. Only after `split(kfold=)`, \
                where each prompt is held out once.
                """,
            example: """
                capture("narrow", "em-prompts").resid_post[token=-1]
                  | contrast(group, "aligned" vs "medical aligned") | split(kfold=5) | logreg | predict
                  | converge(layer) | summary
                """),
        "score": VerbNote(
            details: """
                On the held-out rows of each fit. Precision, recall and F1 are those of class B; AUROC of the \
                decision values, ties counted half; `nonzero` counts weights. Without `metric` all of them along the \
                dimension `metric`. `summary` or `mean` after it pools over the splits.
                """,
            example: """
                capture("narrow", "em-prompts").resid_post[layer=3, token=-1]
                  | contrast(group, "aligned" vs "medical aligned") | split(kfold=5) | logreg | score | summary
                """),
        "weights": VerbNote(
            details: """
                For every fit; their mean over splits is a direction: `weights | mean | normalize`.
                """,
            example: """
                capture("narrow", "em-prompts").resid_post[layer=3, token=-1]
                  | contrast(group, "aligned" vs "medical aligned") | split(kfold=5) | logreg | weights | mean
                  | norm
                """),
        "converge": VerbNote(
            details: """
                Of classes: the label of the first entry from which the predicted class is the last one and never \
                changes again. Of numbers with `at`: the first from which they stay ≥ `at`; NaN where they never do. \
                `within=x` (where there is one) takes the last value ± x.
                """,
            example: """
                capture("base", "general").resid_post | norm | mean | converge(layer, at=10)
                """),
    ]
}
