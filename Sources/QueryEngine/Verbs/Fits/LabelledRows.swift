import Analysis
import QueryLanguage
import Store

/// Rows on their way to a fit: what gives them classes, and how they are balanced, scaled and split.
struct LabelledRows: Sendable {
    /// Where the rows come from.
    enum Base: Sendable {
        case stream(RowStream)
        case frame(Frame)
    }

    /// How features are scaled.
    enum Scaling: Sendable { case none, all, training }

    struct SplitRule: Sendable {
        /// What is held out.
        enum Kind: Sendable {
            case share(Double)
            case folds(Int)
            /// Values of a column, each held out in turn.
            case values(column: String, [String])
            /// A column that says train or test.
            case given(column: String)
        }

        var kind: Kind
        var repeats: Int
        var splits: Splits
        /// The column whose values stay together; nil for prompts.
        var groupColumn: String?

        /// The axes of fits, and how many splits they span.
        var axes: [Axis] {
            let rep = Axis("rep", (0..<repeats).map { .int($0) })
            switch kind {
            case .share: return [rep]
            case .folds(let folds): return (repeats > 1 ? [rep] : []) + [Axis("fold", (0..<folds).map { .int($0) })]
            case .values(_, let values): return [Axis("fold", values.map { .string($0) })]
            case .given: return []
            }
        }
    }

    var base: Base
    /// The value that lazy rows are of.
    var origin: ObjectIdentifier?
    /// The rows as they were before `standardize` without a split: what a probe of all rows is fitted on.
    var unscaled: Base?
    /// The column that classes are values of.
    var column: String?
    var contrasts: [Contrast] = []
    var isBalanced = false
    var scaling = Scaling.none
    var split: SplitRule?
}

/// Which class every prompt of a cell has in one comparison, or which number.
struct RowTargets: Sendable {
    /// 0, 1, … of every prompt; −1 for none of the classes.
    var classes: [Int32]
    /// The number of every prompt, for a regression; NaN for none.
    var numbers: [Double]?
    /// Names of the classes.
    var names: [String]

    /// The classes of a column in one contrast, or all values of it.
    init(_ table: PromptTable, column: String, names: [String]) {
        let columns = PromptColumns(table)
        let places = Dictionary(names.enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: { first, _ in first })
        classes = table.keys.indices.map { prompt in
            columns.text(column, prompt: prompt).flatMap { places[$0] } ?? -1
        }
        self.names = names
    }

    /// The numbers of a column; rows with one are of class 0.
    init(_ table: PromptTable, numbers column: String) {
        let columns = PromptColumns(table)
        let found = table.keys.indices.map { prompt -> Double in
            let number = columns.value(column, prompt: prompt).number ?? .nan
            return number.isFinite ? number : .nan
        }
        numbers = found
        classes = found.map { $0.isNaN ? -1 : 0 }
        names = []
    }
}
