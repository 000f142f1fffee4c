public import FuzzTargets

extension FuzzTarget {
    public static let query = FuzzTarget("query", QueryInputs.query, seeds: QueryInputs.seeds)

    /// The parser of queries.
    public static let ofQueries = [query]
}
