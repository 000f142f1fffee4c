#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// e to the power x.
func exponential(_ x: Double) -> Double { exp(x) }

/// Natural logarithm.
func logarithm(_ x: Double) -> Double { log(x) }

/// log Γ(x) for x > 0.
func logGamma(_ x: Double) -> Double {
    // The reentrant form: plain lgamma writes the sign to a global.
    var sign: Int32 = 0
    return unsafe lgamma_r(x, &sign)
}

/// 1 − erf(x).
func complementaryError(_ x: Double) -> Double { erfc(x) }
