extension VerbTable {
    /// Verbs of the language that this version names and does not run.
    static let laterVerbs: [Verb] = [
        .later("ridge", "Ridge regression."),
        .later("lda", "Linear discriminant analysis."),
        .later("roc", "The ROC curve of fits."),
        .later("confusion", "The confusion matrix of fits."),
        .later("calibration", "Predicted against observed frequency."),
        .later("apply", "A saved probe on other rows."),
        .later("auroc", "Area under the ROC curve of a score."),
        .later("accuracy", "Share of right predictions."),
        .later("bootstrap", "Resamples of the prompts."),
        .later("ci", "A confidence interval."),
        .later("permutation_test", "A permutation test."),
        .later("correlate", "Rank correlation with a column."),
        .later("verdict", "Which model of each pair, over all pairs."),
    ]
}
