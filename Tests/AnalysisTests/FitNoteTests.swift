import Testing

@testable import Analysis

@Suite struct FitNoteTests {
    @Test func speaksOfTestSetsThatAreSmallOrEmpty() {
        #expect(
            FitNote.notes(onTestLabels: [[Bool](repeating: true, count: 20) + [Bool](repeating: false, count: 20)])
                .isEmpty)
        #expect(
            FitNote.notes(onTestLabels: [[true, false], [true, true, false]]) == [
                .fewTestRows(class: 0, rows: 1), .fewTestRows(class: 1, rows: 1),
            ])
        #expect(
            FitNote.notes(onTestLabels: [[true], [false]]) == [
                .oneClassMissing(class: 0, folds: 1, of: 2), .fewTestRows(class: 0, rows: 1),
                .oneClassMissing(class: 1, folds: 1, of: 2), .fewTestRows(class: 1, rows: 1),
            ])
        // A test set without any row is another matter, and told by its name.
        let both = [Bool](repeating: true, count: 10) + [Bool](repeating: false, count: 10)
        #expect(FitNote.notes(onTestLabels: [both, []]).isEmpty)
    }

    @Test func speaksOfFitsThatStoppedEarly() throws {
        let x = try FeatureMatrix(noise(seed: 9, count: 400), rows: 100, columns: 4)
        let labels = (0..<100).map { x.values[$0 * 4] > 0 }
        for penalty in LogisticRegression.Penalty.allCases {
            let hurried = LogisticRegression(penalty: penalty, c: 10, intercept: .free, maxIterations: 1)
            let fit = try hurried.fit(x, labels: labels)
            #expect(!fit.converged && fit.iterations == 1)
            #expect(FitNote.notes(on: [fit], c: 10) == [.notConverged(count: 1, of: 1, iterations: 1)])
            let patient = LogisticRegression(penalty: penalty, c: 10, intercept: .free)
            #expect(FitNote.notes(on: [try patient.fit(x, labels: labels)], c: 10).isEmpty)
        }
    }

    @Test func everyNoteHasAText() {
        let notes: [FitNote] = [
            .allWeightsZero(count: 3, of: 20, c: 1, trainRows: 16), .notConverged(count: 1, of: 2, iterations: 9),
            .fewTestRows(class: 1, rows: 1), .oneClassMissing(class: 0, folds: 1, of: 5), .ungroupedSplit,
            .standardizedBeforeSplit, .constantColumns(count: 1, of: 9, fits: 2, ofFits: 5),
            .noTestRows(splits: ["fold a"], of: 3),
        ]
        #expect(Set(notes.map(\.text)).count == notes.count)
        for note in notes { #expect(note.text.hasSuffix(".") && !note.text.contains("Optional")) }
        #expect(
            notes[0].text == "3 of 20 fits are empty: C=1 is too strong for 16 training rows of this scale. "
                + "Those fits learned nothing; their 0.50 is not a result.")
    }
}
