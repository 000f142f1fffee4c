/// The distributions that intervals and tests need, in double precision.
public enum Distributions {
    /// I_x(a, b), the regularised incomplete beta function: a continued fraction by Lentz's method (Press et al., "Numerical
    /// Recipes", §6.4), good to about 1e-14.
    ///
    /// - Precondition: a, b > 0; x is held within 0 … 1.
    public static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
        precondition(a > 0 && b > 0, "a beta distribution has two positive shapes")
        guard x > 0 else { return 0 }
        guard x < 1 else { return 1 }
        let front = exponential(
            logGamma(a + b) - logGamma(a) - logGamma(b) + a * logarithm(x) + b * logarithm(1 - x))
        // The fraction converges fast below the mean; above, by symmetry.
        if x < (a + 1) / (a + b + 2) { return front * fraction(x, a, b) / a }
        return 1 - front * fraction(1 - x, b, a) / b
    }

    private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
        let tiny = 1e-300
        func held(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
        var c = 1.0
        var d = 1 / held(1 - (a + b) * x / (a + 1))
        var h = d
        for step in 1...10_000 {
            let m = Double(step)
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            d = 1 / held(1 + even * d)
            c = held(1 + even / c)
            h *= d * c
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            d = 1 / held(1 + odd * d)
            c = held(1 + odd / c)
            let change = d * c
            h *= change
            if abs(change - 1) < 1e-16 { break }
        }
        return h
    }

    /// P(|T| ≥ |t|) for Student's t with that many degrees of freedom.
    ///
    /// - Precondition: freedom > 0.
    public static func studentTwoSided(_ t: Double, freedom: Double) -> Double {
        guard t.isFinite else { return t.isNaN ? .nan : 0 }
        let square = t * t
        // The smaller of both tails of the beta distribution keeps its digits.
        if square < freedom { return 1 - incompleteBeta(square / (freedom + square), 0.5, freedom / 2) }
        return incompleteBeta(freedom / (freedom + square), freedom / 2, 0.5)
    }

    /// The t that P(|T| ≥ t) = tail. By bisection.
    public static func studentQuantile(tail: Double, freedom: Double) -> Double {
        var high = 1.0
        while studentTwoSided(high, freedom: freedom) > tail, high < 1e300 { high *= 2 }
        return bisect(0, high) { studentTwoSided($0, freedom: freedom) < tail }
    }

    /// The x that I_x(a, b) = p. By bisection.
    public static func betaQuantile(_ p: Double, _ a: Double, _ b: Double) -> Double {
        if p <= 0 { return 0 }
        if p >= 1 { return 1 }
        return bisect(0, 1) { incompleteBeta($0, a, b) > p }
    }

    /// The z that a standard normal number is below with probability p. By bisection on erfc.
    public static func normalQuantile(_ p: Double) -> Double {
        guard p > 0 else { return -.infinity }
        guard p < 1 else { return .infinity }
        // From the tail, where the probability has all its digits.
        let tail = min(p, 1 - p)
        let z = bisect(0, 40) { complementaryError($0 / 2.0.squareRoot()) / 2 < tail }
        return p < 0.5 ? -z : z
    }

    /// The place where `isAbove` becomes true between two ends.
    private static func bisect(_ low: Double, _ high: Double, _ isAbove: (Double) -> Bool) -> Double {
        var (low, high) = (low, high)
        for _ in 0..<200 {
            let middle = low + (high - low) / 2
            if middle <= low || middle >= high { break }
            if isAbove(middle) { high = middle } else { low = middle }
        }
        return low + (high - low) / 2
    }
}
