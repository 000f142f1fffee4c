import Testing

@testable import QueryLanguage

/// The function table is complete: what the language promises is there, and each verb explains itself.
@Suite struct VerbTableTests {
    /// The built-in verbs by family, as the design of the language lists them.
    private static let promised = """
        captures models datasets prompts tokens capture load results sql read
        where head sample sort select rename
        mean sum min max std median quantile count summary last concat normalize center standardize
        pair left right swap diff
        cosine dot norm distance angle project project_out nearest pca cka drop_dims
        topk active freq intersect union minus jaccard overlap top bottom examples context scaled
        contrast balance split
        logreg ridge lda diff_means predict score roc confusion calibration weights apply auroc accuracy
        bootstrap ci permutation_test correlate
        converge argmax argmin delta verdict
        table plot bar hist heatmap scatter spark export save explain describe
        """

    @Test(arguments: promised.split { $0 == " " || $0 == "\n" }.map(String.init))
    func everyPromisedVerbIsThere(name: String) {
        #expect(VerbTable.verb(name) != nil)
    }

    @Test("a note is there only for a verb whose entry has no words of its own", arguments: VerbNotes.all.keys.sorted())
    func notesAreUsed(name: String) {
        #expect(VerbTable.verb(name)?.details == VerbNotes.all[name]?.details)
    }

    @Test func namesAreDifferent() {
        #expect(Set(VerbTable.all.map(\.name)).count == VerbTable.all.count)
    }

    @Test("a verb says what it does, what its line leaves open, and shows it", arguments: VerbTable.all.map(\.name))
    func everyVerbExplainsItself(name: String) throws {
        let verb = try #require(VerbTable.verb(name))
        guard verb.isBuilt else { return }
        #expect(verb.summary.hasSuffix(".") && verb.summary.utf8.count < 200)
        #expect(verb.details.utf8.count > 20)
        let parsed = Parser.parse(SourceText(name: name, text: verb.example))
        #expect(parsed.diagnostics.isEmpty && !parsed.file.statements.isEmpty)
        #expect(NameCheck.errors(in: parsed).isEmpty)
        #expect(verb.example.firstRange(of: name) != nil)
        // Parameters come by place only before those that take all that is left.
        #expect(verb.parameters.filter(\.isVariadic).count <= 1)
        #expect(Set(verb.parameters.map(\.name)).count == verb.parameters.count)
    }

    @Test(
        "what needs the model again says which vector to take to it",
        arguments: ["steer", "generate", "ablate", "finetune", "patch"])
    func whatNeedsTheModel(name: String) {
        let parsed = Parser.parse(SourceText(name: "q", text: "captures | \(name)"))
        let found = NameCheck.errors(in: parsed)
        #expect(found.map(\.code) == ["needs-the-model"])
        #expect(found.first?.help?.contains("export(") == true)
    }
}
