import Figures
import Foundation
import TensorFiles
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Pictures are valid whatever is in them, say what they leave out, and hold no character that steers a terminal.
@Suite struct FigureTests {
    static let hostile =
        String(String.UnicodeScalarView((0...0x9F).compactMap { Unicode.Scalar(UInt32($0)) }))
        + "\u{202E}\u{2066}\u{FEFF}\u{FFFE}<&>\"'</text><script>]]>"

    static let figures: [(String, Figure)] = {
        let wave = (0..<32).map { index -> Double in index == 7 ? .nan : Double(index * index % 17) - 8 }
        func lines(_ series: [Figure.Series], x: [String]? = nil) -> Figure {
            let labels = x ?? (0..<(series.first?.values.count ?? 0)).map { String($0) }
            return Figure(
                marks: .lines(x: labels, positions: nil, series: series), title: "lines", xTitle: "layer",
                yTitle: "entropy (nats)", footer: ["n = 4"])
        }
        var heat = Figure(
            marks: .heat(
                columns: (0..<32).map { String($0) }, rows: (0..<20).map { .init(name: "\($0)", values: wave) }),
            xTitle: "layer", yTitle: "CKA")
        heat.rowTitle = "layer of the other"
        return [
            ("one series", lines([.init(name: "", values: wave)])),
            ("bands", lines([.init(name: "a", values: wave, low: wave.map { $0 - 1 }, high: wave.map { $0 + 1 })])),
            ("one point", lines([.init(name: "a", values: [3], low: [2], high: [4])])),
            ("a hundred series", lines((0..<100).map { .init(name: "s\($0)", values: wave) })),
            ("no value", lines([.init(name: "a", values: [.nan, .infinity])])),
            ("nothing", lines([])),
            ("the largest numbers", lines([.init(name: "a", values: [-1.7e308, 1.7e308, 0])])),
            ("equal numbers", lines([.init(name: "a", values: [2, 2, 2])])),
            (
                "long labels",
                lines(
                    [.init(name: String(repeating: "long ", count: 40), values: [1, 2, 3])],
                    x: (0..<3).map { String(repeating: "label \($0) ", count: 20) })
            ),
            (
                "bars",
                Figure(
                    marks: .bars([
                        .init(label: "a", value: -2, low: -3, high: -1), .init(label: "none", value: .nan),
                        .init(label: String(repeating: "x", count: 300), value: 5),
                    ]), xTitle: "", yTitle: "norm")
            ),
            (
                "many bars",
                Figure(
                    marks: .bars((0..<500).map { .init(label: "latent \($0)", value: Double($0)) }), xTitle: "",
                    yTitle: "frequency")
            ),
            ("cells", heat),
            (
                "one cell",
                Figure(marks: .heat(columns: ["a"], rows: [.init(name: "b", values: [1])]), xTitle: "x", yTitle: "y")
            ),
            (
                "points",
                Figure(
                    marks: .points(
                        (0..<12).map { .init(name: "kind \($0)", x: [1, 2, .nan], y: [Double($0), -1, 3]) }),
                    xTitle: "component 1", yTitle: "component 2")
            ),
            (
                "hostile",
                Figure(
                    marks: .lines(
                        x: [hostile, "b"], positions: nil,
                        series: [.init(name: hostile, values: [1, 2]), .init(name: "c", values: [2, 1])]),
                    title: hostile, xTitle: hostile, yTitle: hostile, footer: [hostile])
            ),
        ]
    }()

    private func check(_ text: String, _ name: String) {
        let parser = XMLParser(data: Data(text.utf8))
        #expect(parser.parse(), "\(name): \(String(describing: parser.parserError))")
        #expect(!steers(text), "\(name)")
    }

    private func steers(_ text: String) -> Bool {
        text.unicodeScalars.contains { scalar in
            scalar != "\n"
                && (scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                    || (0x2028...0x202E).contains(scalar.value) || (0x2066...0x206F).contains(scalar.value)
                    || scalar.value == 0xFEFF)
        }
    }

    @Test(arguments: figures.indices)
    func everyFormIsValid(index: Int) throws {
        let (name, figure) = FigureTests.figures[index]
        for theme in Theme.allCases {
            let svg = SVGDrawing.text(figure, theme: theme)
            check(svg, name)
            #expect(!svg.contains("nan") && !svg.contains("inf\""), "\(name)")
            // Nothing is loaded from elsewhere, nothing runs.
            #expect(!svg.contains("<script") && !svg.contains("href") && svg.components(separatedBy: "http").count == 2)
        }
        let page = HTMLPage.text(
            figure,
            HTMLPage.Content(
                columns: ["a", FigureTests.hostile], rows: [["1", FigureTests.hostile]],
                query: "a\n| \(FigureTests.hostile)",
                facts: [("store", FigureTests.hostile)], notes: [FigureTests.hostile]))
        check(page.replacing("<!DOCTYPE html>\n", with: ""), name)
        #expect(!page.contains("<script>"))
        let spec = VegaLite.text(figure, query: FigureTests.hostile)
        #expect(!steers(spec))
        let value = try BoundedJSON.parse(Array(spec.utf8), path: name)
        #expect(try value.member("$schema").string().contains("vega-lite/v5"))
        try checkShape(value, isEmpty: name == "no value")
    }

    /// What Vega-Lite's schema asks of these kinds of specification.
    private func checkShape(_ spec: JSONValue, isEmpty: Bool) throws {
        _ = try spec.member("data").member("values").elements()
        let layers = try spec["layer"].map { try Array($0.elements()) } ?? [spec]
        #expect(!layers.isEmpty)
        for layer in layers {
            let mark = try layer.member("mark").member("type").string()
            #expect(["bar", "rule", "line", "area", "rect", "point"].contains(mark))
            let encoding = try layer.member("encoding")
            for channel in ["x", "y", "color", "shape"] {
                guard let one = encoding[channel] else { continue }
                let field = try one.member("field").string()
                #expect(["quantitative", "ordinal", "nominal"].contains(try one.member("type").string()))
                // Some row has a value for it, unless there is none (missing ones are null), or it is the band's.
                let rows = try Array(spec.member("data").member("values").elements())
                let isFilled = rows.contains { $0[field] != nil }
                #expect(isFilled || rows.isEmpty || isEmpty || ["low", "high"].contains(field), "\(field)")
            }
        }
    }

    @Test func whatIsNotDrawnIsSaid() {
        let svg = SVGDrawing.text(FigureTests.figures[0].1)
        #expect(svg.contains("not drawn: 1 of 32 values, missing or infinite"))
        #expect(SVGDrawing.text(FigureTests.figures[4].1).contains("no values to draw"))
    }

    @Test func textIsText() {
        let svg = SVGDrawing.text(FigureTests.figures[0].1)
        for text in ["lines", "layer", "entropy (nats)", "n = 4"] {
            #expect(svg.contains(">\(text)</text>"), "\(text)")
        }
        // A line that ends where a value is missing begins again behind it.
        #expect(svg.components(separatedBy: "<polyline").count == 3)
    }

    @Test func themes() {
        let figure = FigureTests.figures[0].1
        #expect(SVGDrawing.text(figure, theme: .auto).contains("prefers-color-scheme:dark"))
        #expect(!SVGDrawing.text(figure, theme: .light).contains("prefers-color-scheme"))
        #expect(SVGDrawing.text(figure, theme: .dark).contains("fill=\"#16181d\""))
    }

    @Test func signedCellsAreColouredAroundZero() {
        let signed = Figure(
            marks: .heat(columns: ["a", "b", "c"], rows: [.init(name: "r", values: [-1, 0, 2])]), xTitle: "x",
            yTitle: "y")
        let svg = SVGDrawing.text(signed)
        #expect(svg.contains("fill=\"#f7f7f7\""))
        let positive = Figure(
            marks: .heat(columns: ["a", "b"], rows: [.init(name: "r", values: [1, 2])]), xTitle: "x", yTitle: "y")
        #expect(SVGDrawing.text(positive).contains("fill=\"#440154\""))
    }
}
