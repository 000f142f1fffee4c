import Kernels

/// min over u of gᵀ(u − v) + ½(u − v)ᵀH(u − v) + Σ pⱼ|uⱼ|: one step of proximal Newton, H = C · Gram.
///
/// Coordinate descent finds which coordinates are zero; a Cholesky solve on the others then lands exactly, so that
/// strongly correlated columns (raw data far from the origin) cost no thousands of sweeps.
struct L1Subproblem {
    /// H without its factor C.
    let gram: WeightedGram
    let c: Double
    /// 1 where a coordinate is penalised, 0 where it is free.
    let penalty: [Double]

    /// The minimiser up to `tolerance` in the optimality conditions; exact zeros are exact.
    func solve(gradient: [Double], from v: [Double], tolerance: Double) -> [Double] {
        var u = v
        var s = gradient  // gradient of the quadratic at u
        for _ in 0..<100 {
            for _ in 0..<4 where sweep(&u, &s) <= tolerance { return u }
            for _ in 0..<8 {
                guard let reachedEnd = jump(&u, &s) else { break }
                if reachedEnd { break }
            }
            if violation(u, s) <= tolerance { return u }
        }
        return u
    }

    /// Largest violation of the optimality conditions for gradient s at u.
    func violation(_ u: [Double], _ s: [Double]) -> Double {
        var worst = 0.0
        for j in u.indices {
            let p = penalty[j]
            let off = u[j] > 0 ? abs(s[j] + p) : u[j] < 0 ? abs(s[j] - p) : max(0, abs(s[j]) - p)
            worst = max(worst, off)
        }
        return worst
    }

    /// One pass over the coordinates, each minimised exactly; returns the largest violation met on the way.
    private func sweep(_ u: inout [Double], _ s: inout [Double]) -> Double {
        var worst = 0.0
        let count = u.count
        let h = gram.values.span
        var slopes = s.mutableSpan
        for j in 0..<count {
            let p = penalty[j]
            let current = u[j]
            let slope = slopes[j]
            let off = current > 0 ? abs(slope + p) : current < 0 ? abs(slope - p) : max(0, abs(slope) - p)
            if off == 0 { continue }
            worst = max(worst, off)
            let curvature = c * h[j * gram.stride + j]
            guard curvature > 1e-300 else {
                if p > 0 { u[j] = 0 }
                continue
            }
            let target: Double
            if slope + p <= curvature * current {
                target = current - (slope + p) / curvature
            } else if slope - p >= curvature * current {
                target = current - (slope - p) / curvature
            } else {
                target = 0
            }
            let step = c * (target - current)
            if step == 0 { continue }
            u[j] = target
            let row = j * gram.stride
            for k in 0..<count { slopes[k] += step * h[row + k] }
        }
        return worst
    }

    /// Goes to the minimum over the coordinates that aren't zero, or to the first sign change on the way there.
    ///
    /// - Returns: whether the minimum was reached; nil where there is nothing to solve.
    private func jump(_ u: inout [Double], _ s: inout [Double]) -> Bool? {
        let active = u.indices.filter { u[$0] != 0 || penalty[$0] == 0 }
        guard !active.isEmpty else { return nil }
        let m = active.count
        var square = [Double](repeating: 0, count: m * m)
        var p = [Double](repeating: 0, count: m)
        for (a, i) in active.enumerated() {
            for (b, j) in active.enumerated() { square[a * m + b] = c * gram.values[i * gram.stride + j] }
            p[a] = -(s[i] + (u[i] > 0 ? penalty[i] : u[i] < 0 ? -penalty[i] : 0))
        }
        if m <= 96 {
            SkippingCholesky(square, size: m).solve(&p)
        } else {
            guard let factor = Cholesky(square.span, size: m, stride: m) else { return nil }
            var span = p.mutableSpan
            factor.solve(&span)
        }
        guard p.allSatisfy(\.isFinite) else { return nil }
        var reach = 1.0
        var stopper: Int?
        for (a, i) in active.enumerated() where penalty[i] > 0 {
            let next = u[i] + p[a]
            if (next > 0) != (u[i] > 0) || next == 0 {
                let t = -u[i] / p[a]
                if t < reach {
                    reach = t
                    stopper = i
                }
            }
        }
        for (a, i) in active.enumerated() {
            let before = u[i]
            u[i] = i == stopper ? 0 : before + reach * p[a]
            let step = c * (u[i] - before)
            if step == 0 { continue }
            let row = i * gram.stride
            for k in s.indices { s[k] += step * gram.values[row + k] }
        }
        return stopper == nil
    }
}

/// A small Cholesky factor that leaves out directions without curvature (duplicate or constant columns): their
/// coordinates don't move. O(m³ / 3).
struct SkippingCholesky {
    private var l: [Double]
    private let size: Int
    private var kept: [Bool]

    init(_ matrix: [Double], size: Int) {
        self.size = size
        l = matrix
        kept = [Bool](repeating: true, count: size)
        for j in 0..<size {
            let own = matrix[j * size + j]
            var pivot = own
            for k in 0..<j where kept[k] { pivot -= l[j * size + k] * l[j * size + k] }
            guard pivot > own * 1e-13, pivot > 0 else {
                kept[j] = false
                continue
            }
            let root = pivot.squareRoot()
            l[j * size + j] = root
            for i in (j + 1)..<max(size, j + 1) {
                var sum = l[i * size + j]
                for k in 0..<j where kept[k] { sum -= l[i * size + k] * l[j * size + k] }
                l[i * size + j] = sum / root
            }
        }
    }

    /// Replaces b by the solution; left-out coordinates become 0.
    func solve(_ b: inout [Double]) {
        for i in 0..<size {
            guard kept[i] else {
                b[i] = 0
                continue
            }
            var sum = b[i]
            for k in 0..<i where kept[k] { sum -= l[i * size + k] * b[k] }
            b[i] = sum / l[i * size + i]
        }
        for i in (0..<size).reversed() where kept[i] {
            var sum = b[i]
            for k in (i + 1)..<max(size, i + 1) where kept[k] { sum -= l[k * size + i] * b[k] }
            b[i] = sum / l[i * size + i]
        }
    }
}
