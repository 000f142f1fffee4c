import Analysis
import QueryLanguage

/// Models without the data they were fitted on, over a grid: what is saved, loaded and applied to other rows.
struct ProbeSet: Sendable {
    var outer: [Axis]
    var inner: [Axis]
    /// `models[inner cell · outer cells + outer cell]`, for rows that aren't scaled.
    var models: [LinearModel]
    var features: Int
    /// Names of all classes, each once.
    var classNames: [String]
    /// For every inner cell, the place in `classNames` of classes 0, 1, ….
    var classPlaces: [[Int16]]

    /// The weights as vectors over the features, with an axis `class` where there are more than two.
    var weights: Frame {
        ProbeSet.weights(models, outer: outer, inner: inner, features: features, classes: classNames)
    }

    static func weights(
        _ models: [LinearModel], outer: [Axis], inner: [Axis], features: Int, classes: [String]
    ) -> Frame {
        let outputs = models.first?.outputs ?? 1
        guard outputs > 1 else {
            return Frame(
                outer: outer, inner: inner,
                payload: .vectors(models.flatMap { $0.weights.map { Float($0) } }, width: features))
        }
        let cells = outer.cells
        var values: [Float] = []
        values.reserveCapacity(models.count * outputs * features)
        for cell in 0..<inner.cells {
            for output in 0..<outputs {
                for place in 0..<cells {
                    let model = models[cell * cells + place]
                    values += model.weights[output * features..<(output + 1) * features].map { Float($0) }
                }
            }
        }
        return Frame(
            outer: outer, inner: inner + [Axis("class", classes.map { .string($0) })],
            payload: .vectors(values, width: features))
    }

    /// Keeps the entries of an axis with those labels; `drop` removes the axis.
    func choosing(_ name: String, labels: [Label], drop: Bool) -> ProbeSet {
        var copy = self
        let cells = outer.cells
        if let place = inner.index(of: name) {
            var axes = inner
            axes[place].labels = labels
            let map = axes.cellMap(into: inner).compactMap { $0 }
            copy.models = map.flatMap { models[$0 * cells..<($0 + 1) * cells] }
            copy.classPlaces = map.map { classPlaces[$0] }
            if drop { axes.remove(at: place) }
            copy.inner = axes
        } else if let place = outer.index(of: name) {
            var axes = outer
            axes[place].labels = labels
            let map = axes.cellMap(into: outer).compactMap { $0 }
            copy.models = (0..<inner.cells).flatMap { cell in map.map { models[cell * cells + $0] } }
            if drop { axes.remove(at: place) }
            copy.outer = axes
        }
        return copy
    }
}

extension MapStep {
    /// Every row's class by the probes with its labels; axes that only the probes have are added.
    static func applying(_ probes: ProbeSet, outer: [Axis], isRegression: Bool) -> MapStep {
        let outerMap = outer.cellMap(into: probes.outer)
        let added: @Sendable ([Axis]) -> [Axis] = { axes in
            probes.inner.filter { axis in !axes.contains { $0.name == axis.name } }
        }
        return MapStep(axes: { $0 + added($0) }) { block, cell in
            let axes = block.inner + added(block.inner)
            let toOwn = axes.cellMap(into: block.inner)
            let toProbe = axes.cellMap(into: probes.inner)
            let width = probes.features
            var numbers: [Double] = []
            var values: [Prediction] = []
            for place in 0..<axes.cells {
                guard let own = toOwn[place], let target = toProbe[place], let outerCell = outerMap[cell] else {
                    numbers += [Double](repeating: .nan, count: isRegression ? block.rows : 0)
                    values += [Prediction](repeating: .none, count: isRegression ? 0 : block.rows)
                    continue
                }
                let rows: [Float] =
                    switch block.payload {
                    case .vectors(let all, _): Array(all[own * block.rows * width..<(own + 1) * block.rows * width])
                    case .numbers(let all): all[own * block.rows..<(own + 1) * block.rows].map { Float($0) }
                    default: []
                    }
                let model = probes.models[target * probes.outer.cells + outerCell]
                let decisions = try model.decisions(FeatureMatrix(rows, rows: block.rows, columns: width))
                if isRegression {
                    numbers += decisions
                } else {
                    values += Prediction.of(decisions, model, places: probes.classPlaces[target])
                }
            }
            return Block(
                rows: block.rows, inner: axes, payload: isRegression ? .numbers(numbers) : .predictions(values))
        }
    }
}
