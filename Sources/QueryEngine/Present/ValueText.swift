import Analysis
import QueryLanguage
import Tensor
import TensorFiles

/// A value as JSON and CSV: full precision, every label.
struct ValueText {
    var type: QueryType
    var operand: Operand

    /// What stands beside the data in JSON.
    struct Context: Sendable {
        var notes: [Note]
        var query: String
        var store: String
        var generation: Int
        var parameters: [(String, Constant)]
        /// Of the draws that the value rests on, each once, in rising order.
        var seeds: [Int]
    }

    /// `{"type", "dims", "data", "n", "notes", "query", "parameters", "store", "generation", "seed"}`.
    ///
    /// Without prompts and tokens `data` nests in the order of `dims`. With them, rows are flat: `rows` holds a list for each
    /// of model, data set, prompt and token, and `data` has one entry a row.
    func json(_ context: Context, indent: Int? = nil) -> String {
        var out = JSONWriter(indent: indent)
        out.beginObject()
        out.key("type")
        out.string(type.description)
        switch operand {
        case .frame(let frame): write(frame, to: &out)
        case .table(let table): write(table, to: &out)
        case .constant(let constant):
            writeDimsOfType(to: &out)
            out.key("data")
            write(constant, to: &out)
            out.key("n")
            if case .list(let items) = constant { out.int(items.count) } else { out.int(1) }
        case .stream(let stream): writeEmpty(count: stream.rowCount * stream.inner.cells, to: &out)
        case .labelled: writeEmpty(count: nil, to: &out)
        case .fits(let fits): writeEmpty(count: fits.probes.count, to: &out)
        case .probes(let probes): writeEmpty(count: probes.models.count, to: &out)
        }
        out.key("notes")
        out.beginArray()
        for note in context.notes {
            out.beginObject()
            out.key("code")
            out.string(note.code)
            out.key("text")
            out.string(note.text)
            out.endObject()
        }
        out.endArray()
        out.key("query")
        out.string(context.query)
        out.key("parameters")
        out.beginObject()
        for (name, value) in context.parameters {
            out.key(name)
            write(value, to: &out)
        }
        out.endObject()
        out.key("store")
        out.string(context.store)
        out.key("generation")
        out.int(context.generation)
        out.key("seed")
        switch context.seeds.count {
        case 0: out.null()
        case 1: out.int(context.seeds[0])
        default: write(.list(context.seeds.map { .int($0) }), to: &out)
        }
        out.endObject()
        return out.text
    }

    // MARK: - JSON

    private func write(_ constant: Constant, to out: inout JSONWriter) {
        switch constant {
        case .none: out.null()
        case .bool(let value): out.bool(value)
        case .int(let value): out.int(value)
        case .double(let value): out.double(value)
        case .string(let value): out.string(value)
        case .list(let items):
            out.beginArray()
            for item in items { write(item, to: &out) }
            out.endArray()
        }
    }

    private func write(_ label: Label, to out: inout JSONWriter) {
        switch label {
        case .int(let value): out.int(value)
        case .double(let value): out.double(value)
        case .string(let value): out.string(value)
        }
    }

    /// `dims`: the labels of every axis under its name.
    private func write(dims: [Axis], to out: inout JSONWriter) {
        out.key("dims")
        out.beginObject()
        for axis in dims {
            out.key(axis.name)
            out.beginArray()
            for label in axis.labels { write(label, to: &out) }
            out.endArray()
        }
        out.endObject()
    }

    /// `dims` of a value that has no axes: those of its type, with null for labels that only reading tells.
    private func writeDimsOfType(to out: inout JSONWriter) {
        out.key("dims")
        out.beginObject()
        for dim in type.dims {
            out.key(dim.name)
            guard let labels = dim.labels else {
                out.null()
                continue
            }
            out.beginArray()
            for label in labels { write(label, to: &out) }
            out.endArray()
        }
        out.endObject()
    }

    /// A value whose numbers are not shown: fits, and rows that are still to be read.
    private func writeEmpty(count: Int?, to out: inout JSONWriter) {
        writeDimsOfType(to: &out)
        out.key("data")
        out.null()
        out.key("n")
        if let count { out.int(count) } else { out.null() }
    }

    private func write(_ table: Table, to out: inout JSONWriter) {
        write(dims: [], to: &out)
        out.key("columns")
        out.beginArray()
        for column in table.columns { out.string(column.name) }
        out.endArray()
        out.key("data")
        out.beginArray()
        for row in table.rows {
            out.beginArray()
            for value in row { write(value, to: &out) }
            out.endArray()
        }
        out.endArray()
        out.key("n")
        out.int(table.rows.count)
    }

    private func write(_ frame: Frame, to out: inout JSONWriter) {
        let entries = FrameEntries(frame)
        write(dims: (frame.hasRows ? [] : frame.outer) + frame.inner, to: &out)
        if frame.hasRows { writeRows(frame, entries, to: &out) }
        out.key("data")
        if frame.hasRows {
            out.beginArray()
            for row in 0..<frame.rows {
                if row & 0x3F == 0, WorkWatch.isCancelled { break }
                nest(frame, [], frame.inner, row: row, cell: 0, to: &out)
            }
            out.endArray()
        } else {
            nest(frame, frame.outer, frame.inner, row: 0, cell: 0, to: &out)
        }
        out.key("n")
        if case .stats(let stats) = frame.payload {
            out.int(stats.map(\.count).max() ?? 0)
        } else {
            out.int(entries.count)
        }
    }

    private func writeRows(_ frame: Frame, _ entries: FrameEntries, to out: inout JSONWriter) {
        out.key("rows")
        out.beginObject()
        let names =
            frame.outer.map(\.name) + (frame.prompts != nil ? ["prompt"] : []) + (frame.tokens != nil ? ["token"] : [])
        for (place, name) in names.enumerated() {
            out.key(name)
            out.beginArray()
            for cell in 0..<frame.outer.cells {
                let outer = zip(frame.outer, frame.outer.coordinates(of: cell)).map { $0.labels[$1] }
                for row in frame.offsets[cell]..<frame.offsets[cell + 1] {
                    write((outer + entries.rowLabels(row, cell))[place], to: &out)
                }
            }
            out.endArray()
        }
        out.endObject()
    }

    /// Nested arrays over the outer axes that are left, then the inner ones.
    private func nest(_ frame: Frame, _ outer: [Axis], _ inner: [Axis], row: Int, cell: Int, to out: inout JSONWriter) {
        if let axis = outer.first {
            out.beginArray()
            for index in 0..<axis.count {
                nest(frame, Array(outer.dropFirst()), inner, row: row * axis.count + index, cell: cell, to: &out)
            }
            out.endArray()
        } else if let axis = inner.first {
            out.beginArray()
            for index in 0..<axis.count {
                nest(frame, [], Array(inner.dropFirst()), row: row, cell: cell * axis.count + index, to: &out)
            }
            out.endArray()
        } else {
            write(frame, frame.payload, at: cell * frame.rows + row, to: &out)
        }
    }

    private func write(_ frame: Frame, _ payload: Payload, at place: Int, to out: inout JSONWriter) {
        switch payload {
        case .numbers(let values):
            switch type.element {
            case .bool: out.bool(values[place] != 0)
            case .int where values[place].isFinite: out.int(Int(values[place]))
            default: out.double(values[place])
            }
        case .vectors(let values, let width):
            out.beginArray()
            for component in 0..<width { out.float(values[place * width + component]) }
            out.endArray()
        case .stats(let stats):
            out.beginObject()
            out.key("mean")
            out.double(stats[place].mean)
            out.key("sd")
            out.double(stats[place].sd)
            out.key("n")
            out.int(stats[place].count)
            out.endObject()
        case .intervals(let values):
            out.beginObject()
            for (name, value) in [
                ("estimate", values[place].estimate), ("low", values[place].low), ("high", values[place].high),
            ] {
                out.key(name)
                out.double(value)
            }
            out.key("n")
            out.int(values[place].count)
            out.endObject()
        case .tests(let values):
            out.beginObject()
            out.key("statistic")
            out.double(values[place].statistic)
            out.key("p")
            out.double(values[place].pValue)
            out.key("n")
            out.int(values[place].count)
            out.endObject()
        case .predictions(let values):
            out.beginObject()
            out.key("class")
            if let name = frame.className(values[place]) { out.string(name) } else { out.null() }
            out.key("probability")
            out.double(values[place].probability)
            out.key("decision")
            out.double(values[place].score)
            out.endObject()
        case .latents(let lists):
            out.beginArray()
            for index in place * lists.stored..<(place + 1) * lists.stored where lists.indices[index] != UInt32.max {
                out.beginArray()
                out.int(Int(lists.indices[index]))
                out.float(lists.values[index])
                out.endArray()
            }
            out.endArray()
        case .sets(let sets):
            out.beginArray()
            for member in sets[place] { out.int(Int(member)) }
            out.endArray()
        case .texts(let values):
            if let text = values[place] { out.string(text) } else { out.null() }
        case .pair(let left, let right):
            out.beginArray()
            write(frame, left, at: place, to: &out)
            write(frame, right, at: place, to: &out)
            out.endArray()
        }
    }

    // MARK: - Tidy rows

    /// One row a cell: its label along every dimension, then its value (or mean, sd, n; or the components of a vector).
    var tidy: Presentation.Grid {
        switch operand {
        case .frame(let frame):
            let entries = FrameEntries(frame)
            var columns = entries.names.map { Presentation.Column(title: $0, isNumeric: false) }
            let values: [String] =
                switch frame.payload {
                case .stats: ["mean", "sd", "n"]
                case .vectors(_, let width): (0..<width).map(String.init)
                case .intervals: ["estimate", "low", "high", "n"]
                case .tests: ["statistic", "p", "n"]
                case .sets: ["n", "latents"]
                case .predictions: ["class", "probability", "decision"]
                case .latents(let lists): (0..<lists.stored).flatMap { ["latent\($0)", "value\($0)"] }
                default: [type.quantity ?? "value"]
                }
            columns += values.map { Presentation.Column(title: $0, isNumeric: true) }
            var rows: [[Presentation.Cell]] = []
            entries.each { labels, place in
                var row: [Presentation.Cell] = labels.map { label in
                    switch label {
                    case .int(let value): .int(value)
                    case .double(let value): .number(value)
                    case .string(let value): .text(value)
                    }
                }
                switch frame.payload {
                case .stats(let stats):
                    row += [.number(stats[place].mean), .number(stats[place].sd), .int(stats[place].count)]
                case .vectors(let values, let width):
                    row += (0..<width).map { .number(Double(values[place * width + $0])) }
                case .intervals(let values):
                    let one = values[place]
                    row += [.number(one.estimate), .number(one.low), .number(one.high), .int(one.count)]
                case .tests(let values):
                    let one = values[place]
                    row += [.number(one.statistic), .number(one.pValue), .int(one.count)]
                case .predictions(let values):
                    row.append(frame.className(values[place]).map { .text($0) } ?? .missing)
                    row += [.number(values[place].probability), .number(values[place].score)]
                case .latents(let lists):
                    for index in place * lists.stored..<(place + 1) * lists.stored {
                        let isUsed = lists.indices[index] != UInt32.max
                        row.append(isUsed ? .int(Int(lists.indices[index])) : .missing)
                        row.append(isUsed ? .number(Double(lists.values[index])) : .missing)
                    }
                case .sets(let sets):
                    row += [
                        .int(sets[place].count), .text(sets[place].map { String($0) }.joined(separator: " ")),
                    ]
                default: row.append(entries.cell(place, type.element))
                }
                rows.append(row)
            }
            return Presentation.Grid(columns: columns, rows: rows)
        default:
            let shown = Presenter(type: type, layout: .automatic).present(operand)
            if case .grid(let grid) = shown.body { return grid }
            guard case .text(let text) = shown.body else { return Presentation.Grid(columns: [], rows: []) }
            return Presentation.Grid(
                columns: [Presentation.Column(title: "value", isNumeric: false)], rows: [[.text(text)]])
        }
    }

    /// RFC 4180: comma, quotes doubled, full precision.
    var csv: String {
        let grid = tidy
        var out = grid.columns.map { ValueText.quoted($0.title) }.joined(separator: ",") + "\n"
        for (place, row) in grid.rows.enumerated() {
            if place & 0x3F == 0, WorkWatch.isCancelled { break }
            out +=
                row.map { cell in
                    switch cell {
                    case .text(let text): ValueText.quoted(text)
                    case .int(let value): String(value)
                    case .number(let value): value.isNaN ? "nan" : "\(value)"
                    case .stat(let stat): "\(stat.mean)"
                    case .bool(let value): value ? "true" : "false"
                    case .missing: ""
                    }
                }.joined(separator: ",") + "\n"
        }
        return out
    }

    private static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
