@testable import QueryEngine
import Testing

@testable import Shell

@Suite struct AnswerTests {
    @Test func columnsShareTheirDecimals() {
        let grid = Presentation.Grid(
            columns: [
                Presentation.Column(title: "metric", isNumeric: false),
                Presentation.Column(title: "x", isNumeric: true),
            ],
            rows: [[.text("a\u{1B}[31m"), .number(0.9512)], [.text("b"), .number(0.05)], [.text("c"), .missing]])
        #expect(CellText.rows(grid) == [["a\\x1b[31m", "0.951"], ["b", "0.050"], ["c", "–"]])
    }

    @Test(
        arguments: [
            ([0.9, 120], ["0.900", "120"]), ([1, 2, 3], ["1", "2", "3"]), ([0.5, .nan], ["0.500", "nan"]),
            ([1e-9, 1], ["1.00e-09", "1"]), ([0.004, 0.95], ["0.004", "0.950"]), ([12.3456, 123.4], ["12", "123"]),
        ] as [([Double], [String])])
    func noDigitIsLostToALargerNeighbour(values: [Double], expected: [String]) {
        let cells = values.map { Presentation.Cell.number($0) }
        let decimals = CellText.decimals(cells)
        #expect(cells.map { CellText.text($0, decimals) } == expected)
    }

    @Test func partsThatAllNamesShareAreLeftOut() {
        #expect(Presentation.distinctParts(["b · p · layer 0", "b · p · layer 1"]) == ["layer 0", "layer 1"])
        #expect(Presentation.distinctParts(["a · x", "b · y"]) == ["a · x", "b · y"])
        #expect(Presentation.distinctParts(["only · one"]) == ["only · one"])
        #expect(Presentation.distinctParts(["same", "same"]) == ["same", "same"])
    }

    @Test func powersStandAtEqualDistances() {
        #expect(Presentation.readable([1, 2, 4, 8, 16, 32]) == nil)
        #expect(Presentation.readable([0, 1, 2, 3]) == [0, 1, 2, 3])
        #expect(Presentation.readable([3, 2, 1]) == nil)
    }

    @Test(
        arguments: [
            (nil, nil, "Prescott", nil), ("1", nil, "Prescott", nil), (nil, "Haswell", "Prescott", nil),
        ] as [(String?, String?, String, String?)])
    func theProcessStartsAgainAtMostOnce(guarded: String?, chosen: String?, core: String, expected: String?) {
        let found = BlasChoice.coreType(
            environment: { $0 == BlasChoice.guardVariable ? guarded : $0 == "OPENBLAS_CORETYPE" ? chosen : nil },
            cpuInfo: { "flags\t\t: fpu" })
        #expect(found == expected)
    }
}
