/// Verbs behind an error: their value has no type, but much of what is written there can be wrong whatever it is.
extension TypeChecker {
    /// Notes what is wrong with stages of which nothing is known but what is written: names, labels, how many arguments there are, and
    /// arguments that hold a value of the wrong kind or a query of their own.
    mutating func checkUntyped(_ stages: ArraySlice<Stage>) {
        guard !lacksNames else { return }
        let names = NameCheck(known: Set(scope.defs.keys).union(scope.broken))
        for stage in stages {
            let errors = names.errors(in: [stage][...])
            others += errors
            guard errors.isEmpty, scope.defs[stage.name.text] == nil, let verb = VerbTable.verb(stage.name.text),
                verb.isBuilt, verb.inputs > 0
            else { continue }
            note { (checker) throws(Diagnostic) in try checker.checkArguments(of: stage, verb) }
        }
    }

    private mutating func checkArguments(of stage: Stage, _ verb: Verb) throws(Diagnostic) {
        // Conditions, new names and classes are about columns and dimensions that nobody knows here.
        guard !verb.takesFreeLabels, verb.name != "contrast" else { return }
        var arguments = stage.arguments
        for _ in 1..<max(1, verb.inputs) where arguments.first?.label == nil && !arguments.isEmpty {
            let other = arguments.removeFirst()
            note { (checker) throws(Diagnostic) in _ = try checker.check(other.value) }
        }
        for (place, parameter, items) in try listedValues(arguments, verb) {
            arguments[place].value = items[0]
            for item in items.dropFirst() {
                note { (checker) throws(Diagnostic) in
                    _ = try checker.value(item, parameter, verb: verb, on: nil)
                }
            }
        }
        _ = try bind(arguments, to: verb, on: nil, span: stage.span)
    }
}
