extension VerbTable {
    /// Verbs of the language that this version names and does not run.
    static let laterVerbs: [Verb] = [
        .later("active", "Latents above a threshold."),
        .later("freq", "How often each latent is active."),
        .later("intersect", "Latents of both sets."),
        .later("union", "Latents of either set."),
        .later("minus", "Latents of the left set only."),
        .later("examples", "Texts where a latent is most active."),
        .later("context", "Tokens with what stands around them."),
        .later("scaled", "LoRA scalars with their scale."),
        .later("bootstrap", "Resamples of the prompts."),
        .later("ci", "A confidence interval."),
        .later("permutation_test", "A permutation test."),
        .later("correlate", "Rank correlation with a column."),
        .later("verdict", "Which model of each pair, over all pairs."),
        .later("hist", "A histogram."),
        .later("heatmap", "A heat map."),
        .later("scatter", "A scatter plot."),
        .later("spark", "Sparklines."),
    ]
}
