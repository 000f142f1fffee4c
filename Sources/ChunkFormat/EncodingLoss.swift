/// How far decoded numbers lie from the given ones, over any number of blocks.
public struct EncodingLoss: Sendable, Hashable {
    /// Largest |decoded − given|; 0 for lossless encodings.
    public private(set) var maximumError = 0.0
    /// Sum of the squared errors.
    public private(set) var squaredErrors = 0.0
    /// Numbers that were compared.
    public private(set) var count = 0

    /// Nothing lost.
    public init() {}

    /// Root of the mean squared error; 0 where nothing was compared.
    public var rmsError: Double { count > 0 ? (squaredErrors / Double(count)).squareRoot() : 0 }

    /// Takes the losses of other blocks of the same column in. The sum depends on the order in its last bits: merge in
    /// block order.
    public mutating func merge(_ other: EncodingLoss) {
        maximumError = max(maximumError, other.maximumError)
        squaredErrors += other.squaredErrors
        count += other.count
    }

    init(maximumError: Double, squaredErrors: Double, count: Int) {
        self.maximumError = maximumError
        self.squaredErrors = squaredErrors
        self.count = count
    }
}
