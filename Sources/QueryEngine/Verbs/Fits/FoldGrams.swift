import Analysis
import QueryLanguage
import Scan

/// The scatters of folds: each row is added once, and the training rows of a fold are all rows without it.
///
/// Every fold's rows are few beside those that train: for k folds this is one pass over the rows instead of k − 1.
struct FoldGrams: Sendable {
    /// Of every (inner cell, outer cell, comparison, split) the held-out rows, and of every repeat all rows.
    private var held: [[GramState]]
    private var all: [[GramState]]
    private let folds: Int
    private let cells: Int
    private let comparisons: Int

    /// - Parameter held: for every (inner, cell, comparison) the states of the splits' test rows, `folds` after one another for
    ///   each repeat.
    init(held: [[GramState]], folds: Int, cells: Int, comparisons: Int) {
        self.held = held
        self.folds = folds
        self.cells = cells
        self.comparisons = comparisons
        all = held.map { states in
            stride(from: 0, to: states.count, by: folds).map { first in
                var whole = states[first]
                for state in states[first + 1..<first + folds] { whole.merge(state) }
                return whole
            }
        }
    }

    /// The scatter of the rows that a split trains on. O(d²).
    func training(_ inner: Int, _ cell: Int, _ comparison: Int, split: Int) -> GramState {
        let place = (inner * cells + cell) * comparisons + comparison
        return all[place][split / folds].without(held[place][split])
    }
}

extension Fitting {
    /// Bytes that the states of folds may take together.
    private static let foldLimit = 512 << 20

    /// The scatters of the folds; nil where a fit makes its own: for another estimator, few rows, or one split.
    func trainingGrams(_ frame: Frame, _ plan: Plan) throws -> FoldGrams? {
        guard case .ridge = estimator, case .folds(let folds)? = rows.split?.kind, folds > 1,
            case .vectors(_, let width) = frame.payload
        else { return nil }
        let (cells, comparisons) = (frame.outer.cells, plan.comparisons.count)
        let splits = plan.divisions.first?.first?.count ?? 0
        let tasks = frame.inner.cells * cells * comparisons * splits
        guard tasks > 0, tasks * width * width * 8 <= Self.foldLimit else { return nil }
        for divisions in plan.divisions.joined() {
            guard divisions.count == splits, splits % folds == 0 else { return nil }
            for first in stride(from: 0, to: splits, by: folds) {
                let repeated = divisions[first..<first + folds]
                let tested = repeated.reduce(0) { $0 + $1.test.count }
                let isWhole = repeated.allSatisfy {
                    $0.train.count + $0.test.count == tested && !$0.test.isEmpty
                        && (!readers.isEmpty || Ridge.fitsInPlace(rows: $0.train.count, columns: width))
                }
                guard isWhole else { return nil }
            }
        }
        var held: [[GramState]] = Array(repeating: [], count: frame.inner.cells * cells * comparisons)
        try ParallelScan.run(count: tasks, threads: threads) { task -> GramState in
            let place = task / splits
            let (inner, rest) = (place / (cells * comparisons), place % (cells * comparisons))
            let division = plan.divisions[rest / comparisons][rest % comparisons][task % splits]
            return picked(frame, inner: inner, division.test)?.gram() ?? GramState(columns: width)
        } merge: { task, state in
            held[task / splits].append(state)
        }
        for reader in readers { try reader.check() }
        return FoldGrams(held: held, folds: folds, cells: cells, comparisons: comparisons)
    }
}

extension Frame {
    /// Numbers of a cell: the features of a fit.
    var features: Int { if case .vectors(_, let width) = payload { width } else { 1 } }
}
