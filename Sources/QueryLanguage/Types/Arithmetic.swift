internal import Glibc

/// The infix operators on numbers, shared by constant folding and the engine.
public enum Arithmetic {
    /// x to the power y.
    public static func power(_ x: Double, _ y: Double) -> Double { pow(x, y) }

    /// One operator on two numbers; comparisons give 1 or 0. nil for operators that are not on numbers.
    @inlinable
    public static func apply(_ op: BinaryOperator, _ x: Double, _ y: Double) -> Double? {
        switch op {
        case .add: x + y
        case .subtract: x - y
        case .multiply: x * y
        case .divide: x / y
        case .power: power(x, y)
        case .equal: x == y ? 1 : 0
        case .notEqual: x != y ? 1 : 0
        case .less: x < y ? 1 : 0
        case .lessOrEqual: x <= y ? 1 : 0
        case .greater: x > y ? 1 : 0
        case .greaterOrEqual: x >= y ? 1 : 0
        case .and: x != 0 && y != 0 ? 1 : 0
        case .or: x != 0 || y != 0 ? 1 : 0
        case .in, .like: nil
        }
    }
}
