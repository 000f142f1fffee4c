internal import Terminal
internal import TensorFiles

/// A figure as a Vega-Lite 5 specification with its values inside: for notebooks, and for whoever wants to change the looks.
public struct VegaLite {
    /// The specification, ending in a newline.
    ///
    /// - Parameter query: what made the values, kept as the description
    public static func text(_ figure: Figure, query: String = "") -> String {
        var spec: [(String, Node)] = [("$schema", "https://vega.github.io/schema/vega-lite/v5.json")]
        if let title = figure.title {
            spec.append(("title", .object([("text", .string(title))] + subtitle(figure))))
        }
        if !query.isEmpty { spec.append(("description", .string(query))) }
        switch figure.marks {
        case .bars(let bars): spec += VegaLite.bars(bars, figure)
        case .lines(let x, let positions, let series): spec += VegaLite.lines(x, positions, series, figure)
        case .heat(let columns, let rows): spec += VegaLite.cells(columns, rows, figure)
        case .points(let clouds): spec += VegaLite.points(clouds, figure)
        }
        spec.append(("config", .object([("view", .object([("stroke", .null)]))])))
        var out = JSONWriter(indent: 1)
        Node.object(spec).write(to: &out)
        return out.text + "\n"
    }

    /// One value of a specification.
    indirect enum Node: ExpressibleByStringLiteral {
        case object([(String, Node)])
        case array([Node])
        case string(String)
        case number(Double)
        case bool(Bool)
        case null

        init(stringLiteral value: String) { self = .string(value) }

        func write(to out: inout JSONWriter) {
            switch self {
            case .object(let members):
                out.beginObject()
                for (name, value) in members {
                    out.key(name)
                    value.write(to: &out)
                }
                out.endObject()
            case .array(let items):
                out.beginArray()
                for item in items { item.write(to: &out) }
                out.endArray()
            // Whoever draws it may print it: control characters are made visible here too.
            case .string(let text): out.string(Escape.lines(text))
            case .number(let value): out.double(value)
            case .bool(let value): out.bool(value)
            case .null: out.null()
            }
        }
    }

    private static func subtitle(_ figure: Figure) -> [(String, Node)] {
        figure.caption.isEmpty ? [] : [("subtitle", .array(figure.caption.map { .string($0) }))]
    }

    private static func data(_ rows: [[(String, Node)]]) -> (String, Node) {
        ("data", .object([("values", .array(rows.map { .object($0) }))]))
    }

    private static func channel(_ field: String, _ type: String, _ title: String, _ more: [(String, Node)] = []) -> Node
    {
        .object([("field", .string(field)), ("type", .string(type)), ("title", .string(title))] + more)
    }

    /// Names in the order of the values, not of the alphabet.
    private static let inOrder: [(String, Node)] = [("sort", .null)]

    private static func range(_ low: Double?, _ high: Double?) -> [(String, Node)] {
        guard let low, let high else { return [] }
        return [("low", .number(low)), ("high", .number(high))]
    }

    private static func bars(_ bars: [Figure.Bar], _ figure: Figure) -> [(String, Node)] {
        let rows = bars.map { bar in
            [("label", Node.string(bar.label)), ("value", .number(bar.value))] + range(bar.low, bar.high)
        }
        let y = channel("label", "nominal", figure.xTitle, inOrder)
        var layers: [Node] = [
            .object([
                ("mark", .object([("type", "bar"), ("tooltip", .bool(true))])),
                ("encoding", .object([("y", y), ("x", channel("value", "quantitative", figure.yTitle))])),
            ])
        ]
        if bars.contains(where: { $0.low != nil }) {
            layers.append(
                .object([
                    ("mark", .object([("type", "rule")])),
                    (
                        "encoding",
                        .object([
                            ("y", y), ("x", channel("low", "quantitative", figure.yTitle)),
                            ("x2", .object([("field", "high")])),
                        ])
                    ),
                ]))
        }
        return [data(rows), ("layer", .array(layers))]
    }

    private static func lines(
        _ x: [String], _ positions: [Double]?, _ series: [Figure.Series], _ figure: Figure
    ) -> [(String, Node)] {
        var rows: [[(String, Node)]] = []
        for one in series {
            for place in x.indices where place < one.values.count {
                rows.append(
                    [
                        ("x", positions.map { .number($0[place]) } ?? .string(x[place])), ("series", .string(one.name)),
                        ("value", .number(one.values[place])),
                    ] + range(one.low?[place], one.high?[place]))
            }
        }
        let across = channel(
            "x", positions == nil ? "ordinal" : "quantitative", figure.xTitle, positions == nil ? inOrder : [])
        let scale: [(String, Node)] = [("scale", .object([("zero", .bool(false))]))]
        let up = channel("value", "quantitative", figure.yTitle, scale)
        let colour: [(String, Node)] = series.count > 1 ? [("color", channel("series", "nominal", "", inOrder))] : []
        var layers: [Node] = []
        if series.contains(where: { $0.low != nil }) {
            layers.append(
                .object([
                    ("mark", .object([("type", "area"), ("opacity", .number(0.16))])),
                    (
                        "encoding",
                        .object(
                            [
                                ("x", across), ("y", channel("low", "quantitative", figure.yTitle, scale)),
                                ("y2", .object([("field", "high")])),
                            ] + colour)
                    ),
                ]))
        }
        layers.append(
            .object([
                ("mark", .object([("type", "line"), ("point", .bool(x.count <= 60)), ("tooltip", .bool(true))])),
                ("encoding", .object([("x", across), ("y", up)] + colour)),
            ]))
        return [data(rows), ("width", .number(480)), ("height", .number(300)), ("layer", .array(layers))]
    }

    private static func cells(_ columns: [String], _ rows: [Figure.Series], _ figure: Figure) -> [(String, Node)] {
        var values: [[(String, Node)]] = []
        for row in rows {
            for (column, value) in zip(columns, row.values) {
                values.append([("x", .string(column)), ("y", .string(row.name)), ("value", .number(value))])
            }
        }
        let fit = ColourScale.fitting(rows.flatMap(\.values))
        let scale: Node =
            fit.map { fit in
                .object([
                    ("scheme", fit.scale == .diverging ? "redblue" : "viridis"),
                    ("reverse", .bool(fit.scale == .diverging)),
                    ("domain", .array([.number(fit.low), .number(fit.high)])),
                ])
            } ?? .null
        return [
            data(values), ("mark", .object([("type", "rect"), ("tooltip", .bool(true))])),
            (
                "encoding",
                .object([
                    ("x", channel("x", "ordinal", figure.xTitle, inOrder)),
                    ("y", channel("y", "ordinal", figure.rowTitle, inOrder)),
                    (
                        "color",
                        .object(
                            [
                                ("field", "value"), ("type", "quantitative"), ("title", .string(figure.yTitle)),
                            ] + (fit == nil ? [] : [("scale", scale)]))
                    ),
                ])
            ),
        ]
    }

    private static func points(_ clouds: [Figure.Cloud], _ figure: Figure) -> [(String, Node)] {
        var values: [[(String, Node)]] = []
        for cloud in clouds {
            for (x, y) in zip(cloud.x, cloud.y) {
                values.append([("x", .number(x)), ("y", .number(y)), ("series", .string(cloud.name))])
            }
        }
        let scale: [(String, Node)] = [("scale", .object([("zero", .bool(false))]))]
        return [
            data(values), ("width", .number(480)), ("height", .number(360)),
            ("mark", .object([("type", "point"), ("filled", .bool(true)), ("tooltip", .bool(true))])),
            (
                "encoding",
                .object(
                    [
                        ("x", channel("x", "quantitative", figure.xTitle, scale)),
                        ("y", channel("y", "quantitative", figure.yTitle, scale)),
                    ]
                        + (clouds.count > 1
                            ? [
                                ("color", channel("series", "nominal", "", inOrder)),
                                ("shape", channel("series", "nominal", "", inOrder)),
                            ] : []))
            ),
        ]
    }
}
