extension VerbNotes {
    static let labelNotes: [String: VerbNote] = [
        "contrast": VerbNote(
            details: """
                Rows of the two classes named are kept, in the order of the data set; the others are left out. A \
                list of comparisons gives the dimension `contrast`. After it stand `balance`, `split`, `standardize` \
                and a fit.
                """,
            example: """
                capture("emergent", "em-prompts").resid_post[token=-1]
                  | contrast(group, ["aligned" vs "misaligned", "aligned" vs "medical aligned"])
                  | split(kfold=5) | logreg | score(metric=accuracy) | mean
                """),
        "balance": VerbNote(
            details: """
                Rows of the larger class are drawn without replacement, by the seed of the split.
                """,
            example: """
                capture("emergent", "em-prompts").resid_post[token=-1]
                  | contrast(group, "aligned" vs "medical aligned") | balance
                  | split(test=0.2, repeats=3, seed=1) | logreg | score | mean
                """),
        "standardize": VerbNote(
            details: """
                (x − mean) / sd for each feature, sd with ddof 0; a feature that never changes becomes 0. Before \
                `split` all rows give the mean and sd, which lets test rows leak into training, and a note says so.
                """,
            example: """
                capture("narrow", "em-prompts").resid_post[token=-1]
                  | contrast(group, "aligned" vs "medical aligned") | split(kfold=5) | standardize | logreg
                  | score(metric=accuracy) | mean
                """),
    ]
}
