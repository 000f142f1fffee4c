internal import QueryEngine
internal import Terminal

/// The cells of a grid as text: a column shares its decimals, so that digits stand under digits.
enum CellText {
    static func rows(_ grid: Presentation.Grid) -> [[String]] {
        let decimals = grid.columns.indices.map { column in
            CellText.decimals(grid.rows.compactMap { column < $0.count ? $0[column] : nil })
        }
        return grid.rows.map { row in
            row.enumerated().map { place, cell in text(cell, place < decimals.count ? decimals[place] : .own) }
        }
    }

    /// How the numbers of one column are written.
    enum Decimals: Equatable {
        /// All are whole.
        case none
        case shared(Int)
        /// Three significant digits each: the column spans too many magnitudes.
        case own
    }

    static func decimals(_ cells: [Presentation.Cell]) -> Decimals {
        var means: [Double] = []
        var spreads: [Double] = []
        for cell in cells {
            switch cell {
            case .number(let value): means.append(value)
            case .stat(let stat):
                means.append(stat.mean)
                spreads.append(stat.sd)
            default: break
            }
        }
        let finite = means.filter(\.isFinite)
        if spreads.isEmpty, finite.allSatisfy({ $0 == $0.rounded() && abs($0) < 1e6 }) { return .none }
        guard let places = NumberFormat.commonDecimals(means: means, spreads: spreads) else { return .own }
        // Sharing must leave the smallest value a digit.
        var unit = 1.0
        for _ in 0..<places { unit /= 10 }
        let smallest = finite.map(abs).filter { $0 > 0 }.min() ?? 0
        return smallest == 0 || smallest >= unit * 0.95 ? .shared(places) : .own
    }

    static func text(_ cell: Presentation.Cell, _ decimals: Decimals) -> String {
        switch cell {
        case .text(let text): return Escape.visible(text)
        case .int(let value): return String(value)
        case .bool(let value): return value ? "true" : "false"
        case .missing: return "–"
        case .number(let value):
            guard value.isFinite, case .shared(let places) = decimals else { return NumberFormat.short(value) }
            return NumberFormat.fixed(value, decimals: places)
        case .stat(let stat):
            guard case .shared(let places) = decimals else {
                return NumberFormat.short(stat.mean) + " ± " + NumberFormat.short(stat.sd)
            }
            return NumberFormat.mean(stat.mean, plusMinus: stat.sd, decimals: places)
        }
    }
}
