import QueryLanguage

/// How the engine runs the verbs: one entry a verb, each family's in the file of the family.
///
/// A verb that works row by row inside a chunk is a step; every other is a computation on whole values. A verb may be both: its step
/// is asked first for lazy rows and may decline, its computation stands for values in memory. The function table of the
/// language says what a verb takes and gives; that each has its entry here is tested.
enum VerbImplementations {
    /// Computes the value of a verb's node.
    typealias Computation = @Sendable (Executor, BoundArguments, PlanNode) throws -> Operand
    /// The map step of a verb; `dry` plans only and reads nothing.
    typealias StepMaker =
        @Sendable (Executor, BoundArguments, _ outer: [Axis], PlanNode, _ dry: Bool) throws -> MapStep?

    static let computations: [String: Computation] = merged([
        catalogue, files, choosing, pooling, labels, fits, inference, convergence, explanations, representations,
        vectorComputations, centering,
        quantiles, rankings, sets, texts, histograms, stacking,
    ])
    static let steps: [String: StepMaker] = merged([
        sides, vectors, vectorOperations, centeringSteps, latents, setSteps, adapters,
    ])

    /// Verbs that keep lazy rows lazy.
    static let lazy: Set<String> = Set(steps.keys).union(["where", "head", "sample", "last"])

    /// Verbs that make lazy rows of captures; the executor knows them by their operations.
    static let captureVerbs: Set<String> = ["capture", "pair"]

    private static func merged<Entry>(_ families: [[String: Entry]]) -> [String: Entry] {
        families.reduce(into: [:]) { all, family in
            all.merge(family) { _, _ in preconditionFailure("a verb is in two families") }
        }
    }
}
