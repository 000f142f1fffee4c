/// How far a session is. A value that whoever shows it may read; nothing here prints.
public struct CaptureProgress: Sendable, Hashable {
    /// Tokens that need not go through the model any more, those of chunks found committed included.
    public var tokens: Int
    /// Tokens of all prompts.
    public var totalTokens: Int
    /// Tokens that this run has put through the model.
    public var ownTokens: Int
    /// Bytes of all captures given to the store by this run, before encoding.
    public var bytes: Int
    /// Since this run began.
    public var elapsed: Duration

    /// Tokens per second of this run; nil before there is a measurement.
    public var rate: Double? {
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
        return ownTokens > 0 && seconds > 0 ? Double(ownTokens) / seconds : nil
    }

    /// Seconds that remain at this rate.
    public var remaining: Double? { rate.map { Double(totalTokens - tokens) / $0 } }

    /// From 0 to 1.
    public var fraction: Double { totalTokens > 0 ? Double(tokens) / Double(totalTokens) : 1 }
}
