import QueryLanguage
import Store

/// Two computed arrays side by side: shared dimensions joined by label, the others broadcast.
///
/// Rows meet where they have the same prompt (by id) and token position, as far as both sides have those; a side without
/// them meets every row of the other.
struct FrameJoin {
    let a: Frame
    let b: Frame
    let outer: [Axis]
    let inner: [Axis]
    /// Rows of the result: the row of each side, cell by cell.
    private(set) var rows: [(a: Int, b: Int)] = []
    private var offsets = [0]
    private let outerA: [Int?]
    private let outerB: [Int?]
    private let innerA: [Int]
    private let innerB: [Int]

    init(_ a: Frame, _ b: Frame) {
        self.a = a
        self.b = b
        outer = FrameJoin.union(a.outer, b.outer)
        inner = FrameJoin.union(a.inner, b.inner)
        outerA = outer.cellMap(into: a.outer)
        outerB = outer.cellMap(into: b.outer)
        innerA = inner.cellMap(into: a.inner).map { $0 ?? 0 }
        innerB = inner.cellMap(into: b.inner).map { $0 ?? 0 }
        for cell in 0..<outer.cells {
            if let ca = outerA[cell], let cb = outerB[cell] { rows += meet(ca, cb) }
            offsets.append(rows.count)
        }
    }

    /// Number of cells of the result.
    var count: Int { rows.count * inner.cells }

    /// For each cell of the result, inner-major, its place in the payload of each side.
    var places: [(a: Int, b: Int)] {
        var places: [(a: Int, b: Int)] = []
        places.reserveCapacity(count)
        for (ia, ib) in zip(innerA, innerB) {
            for row in rows { places.append((ia * a.rows + row.a, ib * b.rows + row.b)) }
        }
        return places
    }

    /// Rows of every outer cell of the result.
    var rowRanges: [Range<Int>] { zip(offsets, offsets.dropFirst()).map { $0..<$1 } }

    /// The places in both payloads of some rows of one inner cell.
    func places(ofInner inner: Int, rows range: Range<Int>) -> [(a: Int, b: Int)] {
        rows[range].map { (innerA[inner] * a.rows + $0.a, innerB[inner] * b.rows + $0.b) }
    }

    /// A payload in the order of `places` with the joined dimensions.
    func frame(_ payload: Payload) -> Frame {
        var result = Frame(outer: outer, inner: inner, payload: payload)
        result.offsets = offsets
        if let prompts = a.prompts {
            result.prompts = rows.map { prompts[$0.a] }
            result.tables = tables(a, outerA)
        } else if let prompts = b.prompts {
            result.prompts = rows.map { prompts[$0.b] }
            result.tables = tables(b, outerB)
        }
        if let tokens = a.tokens {
            result.tokens = rows.map { tokens[$0.a] }
        } else if let tokens = b.tokens {
            result.tokens = rows.map { tokens[$0.b] }
        }
        return result
    }

    private func tables(_ frame: Frame, _ cells: [Int?]) -> [PromptTable] {
        cells.compactMap { cell in cell.flatMap { $0 < frame.tables.count ? frame.tables[$0] : nil } }
    }

    private static func union(_ a: [Axis], _ b: [Axis]) -> [Axis] {
        var axes: [Axis] = a.map { axis in
            guard let place = b.index(of: axis.name) else { return axis }
            let others = Set(b[place].labels)
            return Axis(axis.name, axis.labels.filter { others.contains($0) })
        }
        axes += b.filter { axis in !a.contains { $0.name == axis.name } }
        // Model before data set, as in every type.
        func rank(_ axis: Axis) -> Int { axis.name == "model" ? 0 : axis.name == "dataset" ? 1 : 2 }
        return axes.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }.map(\.element)
    }

    /// Pairs of rows of two cells, in the order of the left side.
    private func meet(_ ca: Int, _ cb: Int) -> [(a: Int, b: Int)] {
        let rowsA = a.offsets[ca]..<a.offsets[ca + 1]
        let rowsB = b.offsets[cb]..<b.offsets[cb + 1]
        let byPrompt = a.prompts != nil && b.prompts != nil
        let byToken = a.tokens != nil && b.tokens != nil
        guard byPrompt || byToken else {
            if rowsB.count == 1 { return rowsA.map { ($0, rowsB.lowerBound) } }
            return rowsA.flatMap { row in rowsB.map { (row, $0) } }
        }
        // Prompts of the right side by id, byte by byte: two ids that only look alike are two ids.
        var ordinals: [[UInt8]: Int32] = [:]
        var translated: [Int32: Int32] = [:]
        if byPrompt, ca < a.tables.count, cb < b.tables.count {
            for (ordinal, key) in b.tables[cb].keys.enumerated() { ordinals[Array(key.utf8)] = Int32(ordinal) }
            for (ordinal, key) in a.tables[ca].keys.enumerated() {
                translated[Int32(ordinal)] = ordinals[Array(key.utf8)]
            }
        }
        func key(_ prompt: Int32, _ token: Int32) -> Int64 { Int64(prompt) << 32 | Int64(token) }
        var places: [Int64: [Int]] = [:]
        for row in rowsB {
            let prompt = byPrompt ? b.prompts?[row] ?? 0 : 0
            places[key(prompt, byToken ? b.tokens?[row] ?? 0 : 0), default: []].append(row)
        }
        var met: [(a: Int, b: Int)] = []
        met.reserveCapacity(rowsA.count)
        for row in rowsA {
            var prompt: Int32 = 0
            if byPrompt {
                guard let ordinal = a.prompts?[row], let same = translated[ordinal] else { continue }
                prompt = same
            }
            for other in places[key(prompt, byToken ? a.tokens?[row] ?? 0 : 0)] ?? [] { met.append((row, other)) }
        }
        return met
    }
}

extension Executor {
    /// Says how many rows of two values side by side have no partner.
    func noteUnmatched(_ join: FrameJoin) {
        guard join.rows.count < max(join.a.rows, join.b.rows) else { return }
        note(
            .unmatchedRows,
            "\(join.rows.count) rows are on both sides, of \(join.a.rows) on the left and \(join.b.rows) on the right: the others are left out"
        )
    }

    /// Two values side by side in memory, or why there is no room for that.
    ///
    /// - Parameter bytes: of one cell of the answer.
    func joined(_ a: Frame, _ b: Frame, cellBytes bytes: Int, _ node: PlanNode) throws -> FrameJoin {
        let join = FrameJoin(a, b)
        try memory.check(join.count * bytes, at: node, help: Executor.fewerRows)
        return join
    }
}
