/// From which layer on a sequence has settled. All read the layers in order and return an index into them.
public enum Converge {
    /// The first index from which the prediction never changes again; nil for no predictions.
    public static func index<Class: Equatable>(of predictions: [Class]) -> Int? {
        guard let last = predictions.last else { return nil }
        return (predictions.lastIndex { $0 != last } ?? -1) + 1
    }

    /// The first index from which the value stays ≥ `level`; nil where the last value is below it or NaN.
    public static func index(of values: [Double], staysAtLeast level: Double) -> Int? {
        guard let last = values.last, last >= level else { return nil }
        return (values.lastIndex { !($0 >= level) } ?? -1) + 1
    }

    /// The first index from which the value stays within `distance` of the last; nil where the last is NaN.
    public static func index(of values: [Double], staysWithin distance: Double) -> Int? {
        guard let last = values.last, !last.isNaN else { return nil }
        return (values.lastIndex { !(abs($0 - last) <= distance) } ?? -1) + 1
    }
}
