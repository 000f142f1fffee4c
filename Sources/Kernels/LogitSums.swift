internal import CKernels
internal import Glibc

/// What is kept of one token's logits while the vocabulary goes by in tiles, so that no row of it is ever whole.
public struct LogitSums: Sendable {
    private var row = varve_logit_row(top: -.infinity, place: 0, sum: 0, weighted: 0)

    /// Nothing seen yet.
    public init() {}

    /// Takes the logits of the tokens `first ..< first + logits.count`; capped in place where there is a cap. O(n).
    ///
    /// - Parameter cap: cap · tanh(l / cap) takes the place of l; nil for none.
    public mutating func take(_ logits: inout MutableSpan<Float>, first: Int, cap: Float?) {
        unsafe logits.withUnsafeMutableBufferPointer { logits in
            guard let start = logits.baseAddress else { return }
            unsafe varve_logit_scan(start, logits.count, UInt32(first), cap ?? 0, &row)
        }
    }

    /// The token with the largest logit, of equals the lower.
    public var largestToken: UInt32 { row.place }
    /// The logarithm of Σ e^l.
    public var logSum: Double { Double(row.top) + log(row.sum) }
    /// The probability of `largestToken`.
    public var largestProbability: Double { 1 / row.sum }
    /// −Σ p · log p, in nats.
    public var entropy: Double { log(row.sum) - row.weighted / row.sum }
    /// The log-probability of a token with this logit.
    public func logProbability(ofLogit logit: Float) -> Double { Double(logit) - logSum }
}
