extension VerbTable {
    /// Verbs of the language that this version names and does not run.
    static let laterVerbs: [Verb] = [
        .later("bootstrap", "Resamples of the prompts."),
        .later("ci", "A confidence interval."),
        .later("permutation_test", "A permutation test."),
        .later("correlate", "Rank correlation with a column."),
        .later("verdict", "Which model of each pair, over all pairs."),
    ]
}
