/// What a result has to say about itself, as data; `text` is how it reads.
public enum FitNote: Sendable, Hashable {
    /// Every weight was zero in `count` of `fits` fits.
    case allWeightsZero(count: Int, of: Int, c: Double, trainRows: Int)
    /// A fit stopped before its tolerance.
    case notConverged(count: Int, of: Int, iterations: Int)
    /// Fewer than 10 test rows of a class.
    case fewTestRows(class: Int, rows: Int)
    /// A test set without one of the classes: no AUROC there.
    case oneClassMissing(class: Int, folds: Int, of: Int)
    /// Test sets without any row: no scores there.
    case noTestRows(splits: [String], of: Int)
    /// Rows of one prompt may be on both sides.
    case ungroupedSplit
    /// The scaler saw the test rows.
    case standardizedBeforeSplit
    /// Columns without variation among the training rows: `count` at most in a fit, some in `fits` of them.
    case constantColumns(count: Int, of: Int, fits: Int, ofFits: Int)
    /// A covariance had no inverse.
    case singularCovariance(count: Int, of: Int, trainRows: Int, features: Int)

    /// One line for people, ending in a full stop.
    public var text: String {
        switch self {
        case .allWeightsZero(let count, let fits, let c, let rows):
            let lead =
                count == fits
                ? "every weight is zero in \(count) of \(fits) fits" : "\(count) of \(fits) fits are empty"
            let consequence =
                count == fits
                ? "Nothing was learned; 0.50 is not a result."
                : "Those fits learned nothing; their 0.50 is not a result."
            return "\(lead): C=\(Self.short(c)) is too strong for \(rows) training rows of this scale. \(consequence)"
        case .notConverged(let count, let fits, let iterations):
            return
                "\(count) of \(fits) fits did not converge in \(iterations) \(iterations == 1 ? "iteration" : "iterations"): raise max_iter or standardize."
        case .fewTestRows(let label, let rows):
            return "only \(rows) test \(rows == 1 ? "row" : "rows") of class \(label): the scores are coarse."
        case .oneClassMissing(let label, let folds, let all):
            return "no test row of class \(label) in \(folds) of \(all) splits: no AUROC there."
        case .noTestRows(let splits, let all):
            let more = splits.count > 5 ? ", and in \(splits.count - 5) more" : ""
            return
                "no row to test on in \(splits.prefix(5).joined(separator: ", "))\(more), of \(all) splits: scores there are "
                + "NaN, and so is a mean over them. Leave it out with `where` before the split, or choose the others by label."
        case .ungroupedSplit:
            return "group=none: rows of one prompt may be on both sides of the split, which flatters the scores."
        case .standardizedBeforeSplit:
            return "standardize before split uses the test rows' mean and deviation: write it after split."
        case .singularCovariance(let count, let all, let rows, let features):
            return
                "the covariance has no inverse in \(count) of \(all) fits (\(rows) training rows, \(features) features): "
                + "directions without variance are left out; a shrinkage such as 0.1 keeps them."
        case .constantColumns(let count, let all, let fits, let allFits):
            return "\(count) of \(all) \(all == 1 ? "feature does" : "features do") not vary among the training rows "
                + "(\(fits) of \(allFits) fits): nothing is learned from what is constant."
        }
    }

    /// The notes on a set of fits of one C.
    ///
    /// - Parameter fits: one per split or repeat, all of the same C.
    public static func notes(on fits: [LogisticRegression.Fit], c: Double) -> [FitNote] {
        var notes: [FitNote] = []
        let empty = fits.filter(\.allWeightsZero)
        if let first = empty.first {
            notes.append(.allWeightsZero(count: empty.count, of: fits.count, c: c, trainRows: first.trainRows))
        }
        let unfinished = fits.filter { !$0.converged }
        if let most = unfinished.map(\.iterations).max() {
            notes.append(.notConverged(count: unfinished.count, of: fits.count, iterations: most))
        }
        return notes
    }

    /// The notes on test sets: a class that is missing somewhere, and the smallest count below 10 of each class where it is not.
    public static func notes(onTestLabels tests: [[Bool]]) -> [FitNote] {
        notes(onTestClasses: tests.map { test in test.map { $0 ? 1 : 0 } }, classes: 2)
    }

    /// The same for classes 0 ..< classes. Test sets without any row are told of by `noTestRows`, not here.
    public static func notes(onTestClasses tests: [[Int32]], classes: Int) -> [FitNote] {
        var notes: [FitNote] = []
        let some = tests.filter { !$0.isEmpty }
        for label in 0..<classes {
            let counts = some.map { test in test.count { $0 == Int32(label) } }
            let missing = counts.count { $0 == 0 }
            if missing > 0 { notes.append(.oneClassMissing(class: label, folds: missing, of: tests.count)) }
            if let least = counts.filter({ $0 > 0 }).min(), least < 10 {
                notes.append(.fewTestRows(class: label, rows: least))
            }
        }
        return notes
    }

    /// 0.01, 1, 10 … without a trailing ".0".
    private static func short(_ value: Double) -> String {
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
