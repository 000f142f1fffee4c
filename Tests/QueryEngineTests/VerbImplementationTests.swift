import QueryLanguage
import Testing

@testable import QueryEngine

/// The function table of the language and the engine's entries say the same.
struct VerbImplementationTests {
    @Test(
        "every verb that the language offers is run by something, and nothing else is",
        arguments: VerbTable.all.map(\.name))
    func everyVerbRuns(_ name: String) {
        let isRun =
            VerbImplementations.computations[name] != nil || VerbImplementations.steps[name] != nil
            || VerbImplementations.outputs.contains(name) || VerbImplementations.captureVerbs.contains(name)
        #expect(VerbTable.verb(name)?.isBuilt == isRun)
    }

    @Test("every entry of the engine is a verb of the language")
    func everyEntryIsAVerb() {
        for name in Array(VerbImplementations.computations.keys) + Array(VerbImplementations.steps.keys) {
            #expect(VerbTable.verb(name) != nil, "\(name)")
        }
    }
}
