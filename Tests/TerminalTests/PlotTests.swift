import Terminal
import Testing

@Suite struct PlotTests {
    @Test func bars() {
        #expect(
            Plots.bar([.init("aligned", 0.5, spread: 0.03), .init("medical", 1), .init("none", .nan)], width: 40)
                == """
                aligned  █████████           0.50 ± 0.03
                medical  ██████████████████         1.00
                none                                 nan

                """)
    }

    @Test func barsOnBothSidesOfZero() {
        #expect(
            Plots.bar([.init("a", -2), .init("b", 4), .init("c", 0)], width: 24)
                == """
                a  ▐█████│             -2
                b        │███████████   4
                c        │              0

                """)
    }

    @Test func sparks() {
        #expect(Plots.spark([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█")
        #expect(Plots.spark([1, .nan, 1]) == "▅ ▅")
        #expect(Plots.spark([]) == "")
        #expect(Plots.spark([.nan, .infinity]) == "  ")
        #expect(Plots.spark([0, 10], isASCII: true) == "_#")
    }

    @Test func linesWithLegend() {
        var chart = LineChart(
            xLabels: ["1", "2", "4", "8", "16", "32"],
            series: [
                .init("general", [0.9, 0.92, 0.93, 0.94, 0.95, 0.95]), .init("task", [0.8, 0.8, nil, 0.85, 0.86, 0.9]),
            ])
        chart.width = 48
        chart.height = 8
        chart.title = "overlap by k"
        chart.xTitle = "k"
        #expect(
            chart.text()
                == """
                overlap by k
                0.95 ┤                        ●······●·······●
                     │         ●······●·······
                0.90 ┤ ●·······                              ○
                     │                                   ····
                     │                           ····○···
                0.85 ┤                        ○··
                     │
                0.80 ┤ ○·······○
                     └─┬───────┬──────┬───────┬──────┬───────┬─
                       1       2      4       8     16      32
                                          k
                      ● general   ○ task

                """)
        chart.isASCII = true
        #expect(chart.text().allSatisfy { $0.isASCII })
    }

    @Test(
        arguments: [
            [0.0], [5, 5, 5], [-1e-9, 1e-9], [1e12, -1e12], [.nan], [.infinity, 1], [0.1, 0.2, 0.3], [1e-300, 2e-300],
            [.greatestFiniteMagnitude, -.greatestFiniteMagnitude],
        ] as [[Double]])
    func anyValuesFitTheWidth(values: [Double]) {
        var chart = LineChart(xLabels: values.indices.map { "x\($0)" }, series: [.init("s", values)])
        chart.width = 30
        let text = chart.text()
        #expect(
            text.split(separator: "\n").allSatisfy {
                TextWidth.columns(String($0)) <= 30 || values.contains { abs($0) > 1e9 }
            })
        let bars = Plots.bar(values.map { .init("b", $0) }, width: 30)
        #expect(bars.split(separator: "\n").count == values.count)
        _ = chart.text() == text
    }

    @Test func coveredMarksAreSaid() {
        let apart = LineChart(xLabels: ["0", "1"], series: [.init("a", [0, 1]), .init("b", [1, 0])])
        #expect(!apart.text().contains("coincide"))
        let together = LineChart(xLabels: ["0", "1"], series: [.init("a", [0, 1]), .init("b", [0, 0])])
        #expect(together.text().contains("coincide"))
    }

    @Test func nothingToPlot() {
        #expect(LineChart(xLabels: [], series: []).text() == "(no values to plot)\n")
        #expect(Plots.bar([]) == "")
    }
}
