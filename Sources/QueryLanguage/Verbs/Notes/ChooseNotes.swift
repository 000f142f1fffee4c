extension VerbNotes {
    static let chooseNotes: [String: VerbNote] = [
        "where": VerbNote(
            details: """
                Rows of prompts and tokens by their columns, or rows of a table. Operators: == != < <= > >= in [..] \
                like "%text_" and or not; a column of true and false stands alone. Conditions on prompts are decided \
                in the catalogue, before any activation is read. A missing cell equals only `none`. It stands \
                anywhere before the rows are pooled; of numbers computed already it takes columns of the prompts.
                """,
            example: """
                capture("emergent", "em-prompts").lora
                  | where(role == "assistant" and group in ["aligned", "misaligned"]) | mean(by=group)
                """),
        "head": VerbNote(
            details: """
                Of a value with prompts the first n prompts of each capture with all their tokens, in the order of \
                the data set; `head(n, layer)` the first entries of another dimension.
                """,
            example: """
                capture("base", "general").resid_post[layer=3, token=-1] | norm | head(5)
                """),
        "sample": VerbNote(
            details: """
                Without replacement. The same seed and ids give the same prompts in every model and data set that \
                has them, so both sides of a comparison see the same.
                """,
            example: """
                capture("base", "general").resid_post[layer=3] | sample(20, seed=1) | norm | mean
                """),
        "sort": VerbNote(
            details: """
                A table by a column; a value with prompts by a column of the prompts; numbers along one dimension by \
                their size. Ascending unless `desc=true`; missing values and NaN last; ties keep their order.
                """,
            example: """
                captures | sort(tokens, desc=true) | select(model, dataset, tokens) | head(3)
                """),
        "select": VerbNote(
            details: """
                Columns that are not named are left out.
                """,
            example: """
                prompts("em-prompts") | select(id, group) | head(3)
                """),
    ]
}
