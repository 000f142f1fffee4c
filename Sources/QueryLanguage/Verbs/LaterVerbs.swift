extension VerbTable {
    /// Verbs of the language that this version names and does not run.
    static let laterVerbs: [Verb] = []
}
