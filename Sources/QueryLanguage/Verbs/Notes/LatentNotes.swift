extension VerbNotes {
    static let latentNotes: [String: VerbNote] = [
        "topk": VerbNote(
            details: """
                Latents are stored by falling value, ties by the lower index, so the k largest are the first k. k is \
                at most what was stored. A list gives the dimension `k`; after it stand `overlap`, `jaccard`, or \
                `[k=8]`.
                """,
            example: """
                pair(capture("base", "medical"), capture("narrow", "medical")).sae | topk([1, 8, 32]) | overlap
                  | mean
                """),
        "overlap": VerbNote(
            details: """
                A and B are the k largest latents of the two sides of a token, 1 for the same sets and 0 for \
                disjoint ones. Places without an active latent count as differing, and a note tells how many there \
                are. 1 − overlap is the share that changed.
                """,
            example: """
                pair(capture("base", "general"), capture("narrow", "general")).sae | topk([4, 16]) | overlap | mean
                """),
        "jaccard": VerbNote(
            details: """
                A and B hold at most k latents each, only those that are active: with m latents in common and a and \
                b of them active it is m / (a + b − m). Of a pair of sets (`active`) the same, and NaN where both are empty.
                """,
            example: """
                pair(capture("base", "general"), capture("narrow", "general")).sae | topk(8) | jaccard | mean
                """),
    ]
}
