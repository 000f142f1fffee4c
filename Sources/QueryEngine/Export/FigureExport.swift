import Figures
import QueryLanguage
import Store

/// Values as pictures: SVG, a page of HTML with the numbers and the query, or a Vega-Lite specification.
struct FigureExport {
    var type: QueryType
    var operand: Operand
    var layout: Layout
    /// The step that writes the file.
    var node: PlanNode

    /// Whether a path asks for a picture.
    static func draws(_ path: String) -> Bool {
        [".svg", ".html", ".vl.json"].contains { path.hasSuffix($0) }
    }

    /// The bytes of a file of that ending.
    func bytes(for path: String, _ context: ValueText.Context, theme: Theme) throws -> [UInt8] {
        let figure = figure
        if path.hasSuffix(".html") { return Array(HTMLPage.text(figure, content(context), theme: theme).utf8) }
        guard let figure else {
            throw QueryFailure(
                "no-picture", at: node, "\(type) has no picture", help: "as .html it is a page with its table")
        }
        if path.hasSuffix(".svg") { return Array(SVGDrawing.text(figure, theme: theme).utf8) }
        return Array(VegaLite.text(figure, query: context.query).utf8)
    }

    private var figure: Figure? {
        let layout = asksForChart ? layout : shapeLayout
        guard let layout else { return nil }
        var axes = (x: "", y: "")
        if case .points(_, let x, let y) = layout { axes = (x, y) }
        var figure = Presenter(type: type, layout: layout).present(operand).figure(axes: axes)
        switch (type.element, layout) {
        case (.stat, .bars), (.stat, .lines): figure?.footer.append("mean ± one standard deviation")
        case (.interval, .bars), (.interval, .lines): figure?.footer.append("estimate with its interval")
        default: break
        }
        return figure
    }

    private var asksForChart: Bool {
        switch layout {
        case .automatic, .quiet, .table: false
        default: true
        }
    }

    /// The chart that suits the value's dimensions, where the query names none.
    private var shapeLayout: Layout? {
        guard case .frame(let frame) = operand, !frame.hasRows else { return nil }
        switch frame.payload {
        case .numbers, .stats, .intervals: break
        default: return nil
        }
        let axes = frame.outer + frame.inner
        guard let last = axes.last else { return nil }
        guard last.isOrdered, last.count > 2 else { return .bars(title: nil) }
        if axes.count > 1, last.count > Presenter.spread, axes.dropLast().cells > Presenter.spread {
            return .heat(x: last.name, y: axes[axes.count - 2].name, title: nil)
        }
        return .lines(x: last.name, color: nil, title: nil)
    }

    private func content(_ context: ValueText.Context) -> HTMLPage.Content {
        let grid = ValueText(type: type, operand: operand).tidy
        let rows = grid.rows.map { row in
            row.map { cell in
                switch cell {
                case .text(let text): text
                case .int(let value): String(value)
                case .number(let value): value.isNaN ? "nan" : "\(value)"
                case .stat(let stat): "\(stat.mean)"
                case .bool(let value): value ? "true" : "false"
                case .missing: ""
                }
            }
        }
        var facts = [
            ("store", context.store), ("generation", String(context.generation)), ("varve", VarveVersion.text),
        ]
        facts.append(("type", type.description))
        return HTMLPage.Content(
            columns: grid.columns.map(\.title), rows: rows, query: context.query,
            facts: facts.map { (name: $0.0, text: $0.1) }, notes: context.notes.map(\.text))
    }
}

extension Axis {
    /// Its labels are numbers, so that a line through its values means something.
    var isOrdered: Bool { labels.allSatisfy { if case .string = $0 { false } else { true } } }
}
