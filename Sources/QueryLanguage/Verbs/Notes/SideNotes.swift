extension VerbNotes {
    static let sideNotes: [String: VerbNote] = [
        "pair": VerbNote(
            details: """
                Written `pair(a, b)`. Prompts are joined by id, or by the values of `on=column`, which must be \
                different for each prompt; tokens by their position from the start, from the end \
                (`tokens="suffix"`), or the last of each (`tokens="last"`). Rows whose token ids differ are not \
                paired: more than 1 % of them is an error, and `missing="drop"` leaves them out; a note gives the \
                share that match. A dimension that both sides have is joined by label, one that only one side has \
                stays. Choose the site after: `pair(a, b).resid_post`.
                """,
            example: """
                pair(capture("base", ["general", "medical"]), capture("narrow", ["general", "medical"])).resid_post
                  | cosine | mean
                """),
        "left": VerbNote(
            details: """
                What `pair(a, b)` was given first, on the rows that have a partner.
                """,
            example: """
                pair(capture("base", "general"), capture("narrow", "general")).resid_post | left | norm | mean
                """),
        "right": VerbNote(
            details: """
                What `pair(a, b)` was given second, on the rows that have a partner.
                """,
            example: """
                pair(capture("base", "general"), capture("narrow", "general")).resid_post | right | norm | mean
                """),
        "swap": VerbNote(
            details: """
                After it `diff` is left − right of the pair as it was written.
                """,
            example: """
                pair(capture("base", "general"), capture("narrow", "general")).resid_post | swap | diff | mean
                  | norm
                """),
        "diff": VerbNote(
            details: """
                Cell by cell, of vectors or numbers: what the second of `pair(a, b)` has more than the first.
                """,
            example: """
                pair(capture("base", "general"), capture("narrow", "general")).resid_post | diff | norm | mean
                """),
    ]
}
