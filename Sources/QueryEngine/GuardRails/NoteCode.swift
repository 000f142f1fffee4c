import Analysis

/// What a note can be about: the stable names in answers' JSON. docs/language.md lists them all.
public enum NoteCode: String, Sendable, CaseIterable {
    case allWeightsZero = "all-weights-zero"
    case balanceIgnored = "balance-ignored"
    case chosenOnTestRows = "chosen-on-test-rows"
    case constantColumns = "constant-columns"
    case dependentRepeats = "dependent-repeats"
    case dominantDimension = "dominant-dimension"
    case droppedDims = "dropped-dims"
    case exactTest = "exact-test"
    case exported
    case fewActiveLatents = "few-active-latents"
    case fewPrompts = "few-prompts"
    case fewTestRows = "few-test-rows"
    case incompleteCapture = "incomplete-capture"
    case nanValues = "nan-values"
    case noRows = "no-rows"
    case noTestRows = "no-test-rows"
    case notConverged = "not-converged"
    case oneClassMissing = "one-class-missing"
    case outsideBins = "outside-bins"
    case pair
    case pairsShareModels = "pairs-share-models"
    case penalty
    case saved
    case silentLatents = "silent-latents"
    case singularCovariance = "singular-covariance"
    case standardizedBeforeSplit = "standardized-before-split"
    case statisticsBeforeSplit = "statistics-before-split"
    case ties
    case tokensUnknown = "tokens-unknown"
    case ungroupedSplit = "ungrouped-split"
    case unmatchedPrompts = "unmatched-prompts"
    case unmatchedRows = "unmatched-rows"

    /// The code of what a fit says of itself.
    init(_ note: FitNote) {
        switch note {
        case .allWeightsZero: self = .allWeightsZero
        case .notConverged: self = .notConverged
        case .fewTestRows: self = .fewTestRows
        case .oneClassMissing: self = .oneClassMissing
        case .noTestRows: self = .noTestRows
        case .ungroupedSplit: self = .ungroupedSplit
        case .standardizedBeforeSplit: self = .standardizedBeforeSplit
        case .constantColumns: self = .constantColumns
        case .singularCovariance: self = .singularCovariance
        }
    }
}
