/// What a long computation asks of whoever waits for it, and tells them: whether the work is still wanted, and how far it is.
///
/// Whoever waits sets `current` for a call; `ParallelScan` hands it to its threads. Without one nothing is asked and nothing told.
/// Loops that may last longer than a blink read `isCancelled` and stop early with whatever they hold: the answer of work that was
/// cancelled is thrown away before anybody sees it, as the question stays answered with yes until the work is given up.
public struct WorkWatch: Sendable {
    /// Whether the work is no longer wanted. Asked from many threads, up to thousands of times a second.
    let asksToStop: @Sendable () -> Bool
    /// Told how many of how many pieces are done; nil where nobody wants to know.
    let report: (@Sendable (_ done: Int, _ of: Int) -> Void)?

    public init(
        asksToStop: @escaping @Sendable () -> Bool, report: (@Sendable (_ done: Int, _ of: Int) -> Void)? = nil
    ) {
        self.asksToStop = asksToStop
        self.report = report
    }

    /// The watch of the work that this thread does.
    @TaskLocal public static var current: WorkWatch?

    /// Whether the work of this watch is no longer wanted.
    public var wantsToStop: Bool { asksToStop() }

    /// Whether what this thread does is no longer wanted.
    public static var isCancelled: Bool { current?.asksToStop() ?? false }

    /// Throws `WorkCancelled` where what this thread does is no longer wanted.
    public static func check() throws {
        if isCancelled { throw WorkCancelled() }
    }

    /// Tells how many of how many pieces are done.
    public func tell(done: Int, of count: Int) { report?(done, count) }

    /// For the pieces themselves: parts of a piece are nobody's progress.
    public var withoutReports: WorkWatch { WorkWatch(asksToStop: asksToStop) }
}

/// Work was given up because nobody wants it any more; what was finished before is kept.
public struct WorkCancelled: Error, Sendable {
    public init() {}
}
