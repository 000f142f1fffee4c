import Glibc

/// e to the power x: the one place that needs the C library's mathematics here.
enum Exponential {
    static func of(_ x: Double) -> Double { exp(x) }
}
