import Analysis

/// The numbers of a block or frame, **inner-major**: the cell of inner grid cell i and row r is at i · rows + r.
///
/// So the matrix of one layer (rows × width) is contiguous, which is what kernels and solvers want.
indirect enum Payload: Sendable {
    case numbers([Double])
    /// `width` floats a cell.
    case vectors([Float], width: Int)
    case latents(LatentLists)
    /// The members of a set of latents a cell, rising.
    case sets([[UInt32]])
    case pair(Payload, Payload)
    case stats([Stat])
    case predictions([Prediction])
    case intervals([Interval])
    case tests([TestResult])
    /// Labels that are no numbers; nil where there is none.
    case texts([String?])
}

/// Mean, population sd and count: one cell of a `summary`.
public struct Stat: Sendable, Hashable {
    public var mean: Double
    public var sd: Double
    public var count: Int
}

/// A predicted class with its probability.
struct Prediction: Sendable, Hashable {
    /// The place among the frame's class names; −1 where no fit held the row out.
    var label: Int16
    /// Of the predicted class; NaN where the fit has none.
    var probability: Double
    /// The decision: of class 1 where there are two, else of the predicted class.
    var score: Double
}

/// Value-sorted SAE latents: `stored` a cell.
///
/// A sweep over k is not written out: `prefixes` says which k, and the lists stay shared. The axis `k` of the block is
/// then virtual, absent from the layout.
struct LatentLists: Sendable {
    var indices: [UInt32]
    /// Empty where no step asks for them.
    var values: [Float]
    var stored: Int
    var prefixes: [Int]
    var isSwept: Bool
}

extension LatentLists {
    /// The first k of every list.
    func cut(to k: Int) -> LatentLists {
        guard k < stored, stored > 0 else { return self }
        var copy = self
        copy.indices = []
        copy.values = []
        copy.indices.reserveCapacity(indices.count / stored * k)
        for start in stride(from: 0, to: indices.count, by: stored) {
            copy.indices.append(contentsOf: indices[start..<start + k])
        }
        if !values.isEmpty {
            copy.values.reserveCapacity(indices.count / stored * k)
            for start in stride(from: 0, to: indices.count, by: stored) {
                copy.values.append(contentsOf: values[start..<start + k])
            }
        }
        copy.stored = k
        copy.prefixes = [k]
        return copy
    }
}

extension Payload {
    /// How many cells of the axes one list of latents stands for: a sweep over k is not written out.
    var sweep: Int {
        switch self {
        case .latents(let lists): lists.isSwept ? max(1, lists.prefixes.count) : 1
        case .pair(let left, _): left.sweep
        default: 1
        }
    }
}

extension Frame {
    /// Inner cells as they lie in the payload.
    var storedCells: Int { inner.cells / payload.sweep }

    /// The same array with every k of a sweep written out, for whoever reads cell by cell: the cells of a smaller k are shorter.
    var spelledOut: Frame {
        var copy = self
        copy.payload = payload.mappingSides { side in
            guard case .latents(let lists) = side, lists.isSwept else { return side }
            var out = LatentLists(
                indices: [], values: [], stored: lists.stored, prefixes: [lists.stored], isSwept: false)
            let stored = lists.stored
            for cell in 0..<(rows * stored == 0 ? 0 : lists.indices.count / stored / rows) {
                for k in lists.prefixes {
                    for place in cell * rows..<(cell + 1) * rows {
                        let kept = place * stored..<place * stored + min(k, stored)
                        out.indices += lists.indices[kept]
                        out.indices += [UInt32](repeating: .max, count: stored - kept.count)
                        out.values += lists.values[kept]
                        out.values += [Float](repeating: 0, count: stored - kept.count)
                    }
                }
            }
            return .latents(out)
        }
        return copy
    }
}

extension Payload {
    /// The cells at those places of the layout, in that order. `width` of a cell is kept.
    func gathered(_ cells: [Int]) -> Payload {
        switch self {
        case .numbers(let values): return .numbers(cells.map { values[$0] })
        case .vectors(let values, let width):
            var out: [Float] = []
            out.reserveCapacity(cells.count * width)
            for cell in cells { out.append(contentsOf: values[cell * width..<(cell + 1) * width]) }
            return .vectors(out, width: width)
        case .latents(var lists):
            let k = lists.stored
            var indices: [UInt32] = []
            var values: [Float] = []
            indices.reserveCapacity(cells.count * k)
            values.reserveCapacity(cells.count * k)
            for cell in cells {
                indices.append(contentsOf: lists.indices[cell * k..<(cell + 1) * k])
                if !lists.values.isEmpty { values.append(contentsOf: lists.values[cell * k..<(cell + 1) * k]) }
            }
            lists.indices = indices
            lists.values = values
            return .latents(lists)
        case .pair(let left, let right): return .pair(left.gathered(cells), right.gathered(cells))
        case .stats(let values): return .stats(cells.map { values[$0] })
        case .predictions(let values): return .predictions(cells.map { values[$0] })
        case .intervals(let values): return .intervals(cells.map { values[$0] })
        case .tests(let values): return .tests(cells.map { values[$0] })
        case .texts(let values): return .texts(cells.map { values[$0] })
        case .sets(let values): return .sets(cells.map { values[$0] })
        }
    }

    /// Payloads with the same number of inner cells and different rows, side by side along the rows.
    static func joined(_ parts: [(payload: Payload, rows: Int)], inner: Int) -> Payload? {
        guard let first = parts.first?.payload else { return nil }
        switch first {
        case .numbers:
            return .numbers(
                interleave(
                    parts.map { part in
                        guard case .numbers(let values) = part.payload else { return ([], 0) }
                        return (values, part.rows)
                    }, inner: inner))
        case .vectors(_, let width):
            return .vectors(
                interleave(
                    parts.map { part in
                        guard case .vectors(let values, _) = part.payload else { return ([], 0) }
                        return (values, part.rows * width)
                    }, inner: inner), width: width)
        case .latents(var lists):
            let k = lists.stored
            lists.indices = interleave(
                parts.map { part in
                    guard case .latents(let one) = part.payload else { return ([], 0) }
                    return (one.indices, part.rows * k)
                }, inner: inner)
            lists.values = interleave(
                parts.map { part in
                    guard case .latents(let one) = part.payload else { return ([], 0) }
                    return (one.values, one.values.isEmpty ? 0 : part.rows * k)
                }, inner: inner)
            return .latents(lists)
        case .pair:
            var lefts: [(Payload, Int)] = []
            var rights: [(Payload, Int)] = []
            for part in parts {
                guard case .pair(let left, let right) = part.payload else { continue }
                lefts.append((left, part.rows))
                rights.append((right, part.rows))
            }
            guard let left = joined(lefts, inner: inner), let right = joined(rights, inner: inner) else { return nil }
            return .pair(left, right)
        case .stats:
            return .stats(
                interleave(
                    parts.map { part in
                        guard case .stats(let values) = part.payload else { return ([], 0) }
                        return (values, part.rows)
                    }, inner: inner))
        case .intervals:
            return .intervals(
                interleave(
                    parts.map { part in
                        guard case .intervals(let values) = part.payload else { return ([], 0) }
                        return (values, part.rows)
                    }, inner: inner))
        case .tests:
            return .tests(
                interleave(
                    parts.map { part in
                        guard case .tests(let values) = part.payload else { return ([], 0) }
                        return (values, part.rows)
                    }, inner: inner))
        case .predictions:
            return .predictions(
                interleave(
                    parts.map { part in
                        guard case .predictions(let values) = part.payload else { return ([], 0) }
                        return (values, part.rows)
                    }, inner: inner))
        case .sets:
            return .sets(
                interleave(
                    parts.map { part in
                        guard case .sets(let values) = part.payload else { return ([], 0) }
                        return (values, part.rows)
                    }, inner: inner))
        case .texts:
            return .texts(
                interleave(
                    parts.map { part in
                        guard case .texts(let values) = part.payload else { return ([], 0) }
                        return (values, part.rows)
                    }, inner: inner))
        }
    }

    private static func interleave<T>(_ parts: [(values: [T], stride: Int)], inner: Int) -> [T] {
        if parts.count == 1 { return parts[0].values }
        var out: [T] = []
        out.reserveCapacity(parts.reduce(0) { $0 + $1.values.count })
        for cell in 0..<inner {
            for part in parts where part.stride > 0 {
                out.append(contentsOf: part.values[cell * part.stride..<(cell + 1) * part.stride])
            }
        }
        return out
    }
}
