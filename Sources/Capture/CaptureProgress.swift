/// How far a capture is. A value that whoever shows it may read; nothing here prints.
public struct CaptureProgress: Sendable, Hashable {
    /// Rows captured, those of chunks found committed included.
    public var rows: Int
    /// Rows of the whole capture.
    public var totalRows: Int
    /// Rows captured by this run.
    public var ownRows: Int
    /// Since this run began.
    public var elapsed: Duration

    /// Tokens per second of this run; nil before there is a measurement.
    public var rate: Double? {
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
        return ownRows > 0 && seconds > 0 ? Double(ownRows) / seconds : nil
    }

    /// Seconds that remain at this rate.
    public var remaining: Double? { rate.map { Double(totalRows - rows) / $0 } }

    /// From 0 to 1.
    public var fraction: Double { totalRows > 0 ? Double(rows) / Double(totalRows) : 1 }
}
