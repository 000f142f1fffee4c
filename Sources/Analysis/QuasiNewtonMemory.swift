/// The last steps of L-BFGS: what turns a gradient into a direction by the two-loop recursion (Liu & Nocedal 1989), with a
/// metric's inverse in the middle.
struct QuasiNewtonMemory {
    private struct Pair {
        let s: [Double]
        let y: [Double]
        let rho: Double
        /// sᵀy / yᵀM⁻¹y: the scale of M⁻¹ that fits this step.
        let gamma: Double
    }

    private var pairs: [Pair] = []
    private let limit = 10

    var isEmpty: Bool { pairs.isEmpty }

    /// Keeps a step where the curvature along it is positive.
    mutating func remember(
        from v: [Double], _ g: [Double], to w: [Double], _ h: [Double], inverse: ([Double]) -> [Double]
    ) {
        var (s, y) = (w, h)
        for j in s.indices {
            s[j] -= v[j]
            y[j] -= g[j]
        }
        let product = Self.dot(s, y)
        let scale = Self.dot(y, inverse(y))
        guard product > 1e-12 * scale, scale > 0 else { return }
        if pairs.count == limit { pairs.removeFirst() }
        pairs.append(Pair(s: s, y: y, rho: 1 / product, gamma: product / scale))
    }

    /// H·g: minus the step to take.
    func direction(_ g: [Double], inverse: ([Double]) -> [Double]) -> [Double] {
        var q = g
        var alphas = [Double](repeating: 0, count: pairs.count)
        for (k, pair) in pairs.enumerated().reversed() {
            alphas[k] = pair.rho * Self.dot(pair.s, q)
            for j in q.indices { q[j] -= alphas[k] * pair.y[j] }
        }
        q = inverse(q)
        let gamma = pairs.last?.gamma ?? 1
        for j in q.indices { q[j] *= gamma }
        for (k, pair) in pairs.enumerated() {
            let beta = pair.rho * Self.dot(pair.y, q)
            for j in q.indices { q[j] += (alphas[k] - beta) * pair.s[j] }
        }
        return q
    }

    static func dot(_ a: [Double], _ b: [Double]) -> Double {
        var sum = 0.0
        for j in a.indices { sum += a[j] * b[j] }
        return sum
    }
}
