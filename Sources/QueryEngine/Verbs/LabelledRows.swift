import Analysis
import QueryLanguage
import Store

/// Rows on their way to a classifier: what gives them classes, and how they are balanced, scaled and split.
struct LabelledRows: Sendable {
    /// Where the rows come from.
    enum Base: Sendable {
        case stream(RowStream)
        case frame(Frame)
    }

    /// How features are scaled.
    enum Scaling: Sendable { case none, all, training }

    struct SplitRule: Sendable {
        var testShare: Double
        /// nil for shuffled splits.
        var folds: Int?
        var repeats: Int
        var splits: Splits

        /// Splits of one labelled set.
        var count: Int { folds ?? repeats }
    }

    var base: Base
    /// The column that classes are values of.
    var column: String?
    var contrasts: [Contrast] = []
    var isBalanced = false
    var scaling = Scaling.none
    var split: SplitRule?

    /// Class 0, 1 or −1 (neither) of every prompt of a cell, for each contrast.
    static func classes(of table: PromptTable, column: String, _ contrast: Contrast) -> [Int8] {
        let columns = PromptColumns(table)
        return table.keys.indices.map { prompt in
            switch columns.text(column, prompt: prompt) {
            case contrast.negative?: 0
            case contrast.positive?: 1
            default: -1
            }
        }
    }
}
