import Analysis
import QueryLanguage

extension Executor {
    /// `verdict`: every model of one group against every model of the other, by their scores.
    func verdict(_ arguments: BoundArguments, _ node: PlanNode) throws -> Operand {
        let input = try frame(node.inputs[0])
        let judging = Judging(
            frame: input, pairs: arguments.contrasts("pairs"), isHigher: arguments.string("rule") != "lower",
            vote: arguments.dims("vote").first)
        if arguments.string("show") == "pairs" {
            let columns: [TableColumn] = if case .table(let columns) = node.type.element { columns } else { [] }
            return .table(judging.table(columns))
        }
        let ties = judging.cells.map { $0.reduce(0) { $0 + $1.verdict.ties } }
        if let most = ties.max(), most > 0 {
            let all = judging.cells.first?.reduce(0) { $0 + $1.verdict.pairs } ?? 0
            note(.ties, "\(most) of \(all) pairs are ties: no choice, counted as half a hit")
        }
        let kind = arguments.string("interval") ?? "wilson"
        let isShared = judging.cells.first?.contains { $0.wanted.count > 1 || $0.other.count > 1 } ?? false
        if kind != "models", isShared {
            note(
                .pairsShareModels,
                "pairs share models: the \(kind) interval takes them as independent and is too narrow; interval=\"models\" does not"
            )
        }
        return .frame(judging.accuracy(level: arguments.double("level") ?? 0.95, kind: kind))
    }
}

/// The pairs of models under every remaining cell of the grid.
private struct Judging {
    /// One comparison of two groups: its pairs in order, other models running fastest.
    struct Group {
        var wanted: [Int]
        var other: [Int]
        /// +1, 0 or −1 of every pair, wanted × other.
        var choices: [[Int]]

        var comparison: Verdict.Comparison {
            Verdict.Comparison(
                wanted: wanted, other: other, outcomes: choices.map { $0.map { Double($0 + 1) / 2 } })
        }

        var verdict: Verdict {
            let all = choices.joined()
            return Verdict(
                right: all.count { $0 > 0 }, wrong: all.count { $0 < 0 }, ties: all.count { $0 == 0 })
        }
    }

    let isHigher: Bool
    let outer: [Axis]
    let inner: [Axis]
    let models: [Label]
    /// Scores of a model, vote by vote, under (inner cell, outer cell).
    private let scores: [[[Double]]]
    /// Groups of every cell: inner cell · outer cells + outer cell.
    let cells: [[Group]]

    init(frame: Frame, pairs: [Contrast], isHigher: Bool, vote: String?) {
        self.isHigher = isHigher
        models = frame.outer.first { $0.name == "model" }?.labels ?? []
        outer = frame.outer.filter { $0.name != "model" && $0.name != vote }
        inner = frame.inner.filter { $0.name != vote }
        let outerTarget = frame.outer.cellMap(into: outer).map { $0 ?? 0 }
        let innerTarget = frame.inner.cellMap(into: inner).map { $0 ?? 0 }
        let modelOf = frame.outer.cellMap(into: frame.outer.filter { $0.name == "model" }).map { $0 ?? 0 }
        var scores = [[[Double]]](
            repeating: Array(repeating: [], count: models.count), count: inner.cells * outer.cells)
        let values: [Double] = if case .numbers(let values) = frame.payload { values } else { [] }
        for innerCell in 0..<frame.inner.cells {
            for outerCell in 0..<frame.outer.cells {
                let target = innerTarget[innerCell] * outer.cells + outerTarget[outerCell]
                scores[target][modelOf[outerCell]].append(values[innerCell * frame.rows + outerCell])
            }
        }
        self.scores = scores
        let models = models
        func members(_ pattern: String) -> [Int] {
            models.indices.filter { VerbTable.matches(pattern, models[$0].description) }
        }
        let groups = pairs.map { (wanted: members($0.positive), other: members($0.negative)) }
        cells = scores.map { own in
            groups.map { group in
                Group(
                    wanted: group.wanted, other: group.other,
                    choices: group.wanted.map { a in
                        group.other.map { b in Verdict.choice(wanted: own[a], other: own[b], higher: isHigher) }
                    })
            }
        }
    }

    /// The share of right pairs of every cell.
    func accuracy(level: Double, kind: String) -> Frame {
        let intervals = cells.map { groups -> Interval in
            let all = groups.map(\.verdict)
            let hits = all.reduce(0.0) { $0 + $1.hits }
            let pairs = all.reduce(0) { $0 + $1.pairs }
            switch kind {
            case "exact": return .exact(hits: hits, trials: pairs, level: level)
            case "models": return Verdict.modelInterval(groups.map(\.comparison), level: level)
            default: return .wilson(hits: hits, trials: pairs, level: level)
            }
        }
        return Frame(outer: outer, inner: inner, payload: .intervals(intervals))
    }

    /// One row a pair: the models, their scores (the mean of votes) and which was chosen.
    func table(_ columns: [TableColumn]) -> Table {
        var rows: [[Constant]] = []
        for outerCell in 0..<outer.cells {
            for innerCell in 0..<inner.cells {
                let place = innerCell * outer.cells + outerCell
                let labels = labels(outer, outerCell) + labels(inner, innerCell)
                for group in cells[place] {
                    for (i, a) in group.wanted.enumerated() {
                        for (j, b) in group.other.enumerated() {
                            let choice = group.choices[i][j]
                            let (wanted, other) = (models[a].description, models[b].description)
                            rows.append(
                                labels + [
                                    .string(other), .string(wanted), .double(mean(scores[place][b])),
                                    .double(mean(scores[place][a])),
                                    choice == 0 ? .none : .string(choice > 0 ? wanted : other),
                                    .string(choice == 0 ? "tie" : choice > 0 ? "yes" : "no"),
                                ])
                        }
                    }
                }
            }
        }
        return Table(columns: columns, rows: rows)
    }

    private func labels(_ axes: [Axis], _ cell: Int) -> [Constant] {
        zip(axes, axes.coordinates(of: cell)).map { .string($0.labels[$1].description) }
    }

    private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
}
