import QueryLanguage
import Store

/// Fits of lazy rows whose layers stand apart: some layers at a time are read and fitted, so that memory holds those alone.
extension Executor {
    /// Decoded bytes that are worth reading in one go.
    private var layersBytes: Int { min(512 << 20, memory.bytes / 4) }

    /// Fits whose layers are large, read again for every look at them: memory does not grow with the rows.
    ///
    /// nil where rows are held: for layers that are small, and estimators that need all rows at once. A part keeps its rows for the
    /// merge, which holds them and looks at them in the same parts.
    func fitRead(_ fitting: Fitting, _ stream: RowStream, _ node: PlanNode) throws -> FitSet? {
        guard case .vector(let width) = node.type.element, stream.source != nil,
            4 * width * stream.rowCount > fitting.estimator.heldBytes(memory),
            stream.steps.allSatisfy({ $0.tally == nil })
        else { return nil }
        var frame = Frame(outer: stream.outer, inner: stream.inner, payload: .vectors([], width: width))
        switch role {
        case .whole: frame.takeRows(of: stream)
        case .part: return nil
        case .merge: frame = try gather(stream, node)
        }
        let plan = try fitting.plan(frame)
        for (comparison, divisions) in plan.divisions.flatMap({ zip(plan.comparisons, $0) }) {
            for division in divisions {
                guard
                    fitting.estimator.fitsRead(
                        rows: division.train.count, columns: width, classes: comparison.names.count),
                    division.train.isRising, division.test.isRising
                else { return nil }
            }
        }
        var fitting = fitting
        // Fits run side by side where there are several, else their look at the rows does.
        let fits = stream.inner.cells * plan.divisions.joined().reduce(0) { $0 + $1.count }
        let each = max(1, threads / max(1, fits))
        let rows = plan.divisions.joined().joined().map(\.train.count).max() ?? 0
        try memory.check(
            min(threads, fits) * fitting.estimator.readBytes(rows: rows, columns: width), at: node,
            help: Executor.fewerRows)
        fitting.readers = try (0..<stream.inner.cells).map {
            try RowReader(stream, inner: $0, width: width, threads: each, held: frame.payload)
        }
        guard case .whole = role else {
            return fitting.set(frame, inner: stream.inner, plan, try fitting.probes(frame, plan))
        }
        let before = reads.bytes
        try count(stream)
        let clock = ContinuousClock()
        let start = clock.now
        let probes = try fitting.probes(frame, plan)
        let looks = fitting.readers.reduce(0) { $0 + $1.looks }
        passes.append(
            PassRecord(
                node: ObjectIdentifier(node), rows: Int((looks * Double(stream.rowCount)).rounded()),
                bytes: Int((looks * Double(reads.bytes - before)).rounded()), seconds: (clock.now - start) / .seconds(1)
            ))
        return fitting.set(frame, inner: stream.inner, plan, probes)
    }

    /// nil where all of it is better read at once: it is little, made of several layers together, or a part's or a merge's.
    func fitLayers(_ fitting: Fitting, _ stream: RowStream, _ node: PlanNode) throws -> FitSet? {
        guard case .whole = role, stream.isCellwise, let source = stream.source, let first = source.axes.first,
            first.name != "rank", first.count > 1
        else { return nil }
        // The layers' cells lie one after the other, whatever axes the steps have added.
        let inner = stream.inner
        guard inner.count >= source.axes.count, inner.prefix(source.axes.count).elementsEqual(source.axes) else {
            return nil
        }
        let cellBytes = if case .vector(let width) = node.type.element { 4 * width } else { 8 }
        let layerBytes = stream.rowCount * inner.cells / first.count * cellBytes
        guard layerBytes * first.count > layersBytes else { return nil }
        // Layers on all threads; which come together changes no number.
        let few = max(1, min(threads, memory.bytes / max(1, layerBytes)))
        let together = max(few, layersBytes / max(1, layerBytes) / threads * threads)
        let before = reads
        try count(stream)
        let counted = reads
        var plan: Fitting.Plan?
        var rows: Frame?
        var probes: [FitSet.Probe] = []
        defer { spareRows = [] }
        for start in stride(from: 0, to: first.count, by: together) {
            let labels = Array(first.labels[start..<min(start + together, first.count)])
            guard let chosen = source.choosing(first.name, labels: labels, drop: false) else { return nil }
            var part = stream
            part.source = chosen
            var frame = try gather(part, node)
            let known = try plan ?? fitting.plan(frame)
            plan = known
            probes += try fitting.probes(frame, known)
            // The rows are the same for all; their numbers are done with.
            if case .vectors(let values, _) = frame.payload { spareRows = values }
            frame.payload = frame.payload.emptied
            if rows == nil { rows = frame }
        }
        // Every layer counted by itself is what all of them together are.
        reads = counted
        guard let plan, let rows else {
            reads = before
            return nil
        }
        return fitting.set(rows, inner: inner, plan, probes)
    }
}

extension Payload {
    /// The same kind without a number.
    fileprivate var emptied: Payload {
        if case .vectors(_, let width) = self { .vectors([], width: width) } else { .numbers([]) }
    }
}

extension [Int] {
    /// Whether each number is larger than the one before it.
    fileprivate var isRising: Bool { zip(self, dropFirst()).allSatisfy { $0 < $1 } }
}
