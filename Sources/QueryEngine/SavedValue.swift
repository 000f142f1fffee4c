import QueryLanguage
import TensorFiles

/// A computed array as the results file keeps it: a JSON header with element and axes, then the numbers' bytes.
struct SavedValue {
    /// `kind` of the results file: enough for the type checker, without the numbers.
    static func header(_ frame: Frame, quantity: String?) -> String {
        var out = JSONWriter()
        out.beginObject()
        out.key("element")
        switch frame.payload {
        case .vectors(_, let width): out.string("vec"); out.key("width"); out.int(width)
        case .stats: out.string("stat")
        default: out.string("float")
        }
        if let quantity {
            out.key("quantity")
            out.string(quantity)
        }
        write([("outer", frame.outer), ("inner", frame.inner)], to: &out)
        out.endObject()
        return out.text
    }

    /// Axes with their labels, under a key each.
    static func write(_ groups: [(String, [Axis])], to out: inout JSONWriter) {
        for (name, axes) in groups {
            out.key(name)
            out.beginArray()
            for axis in axes {
                out.beginObject()
                out.key("name")
                out.string(axis.name)
                out.key("labels")
                out.beginArray()
                for label in axis.labels {
                    switch label {
                    case .int(let value): out.int(value)
                    // A string keeps a double apart from a whole number.
                    case .double(let value): out.beginArray(); out.double(value); out.endArray()
                    case .string(let value): out.string(value)
                    }
                }
                out.endArray()
                out.endObject()
            }
            out.endArray()
        }
    }

    /// Little-endian bytes: f32 for vectors, f64 else (mean, sd, count for stats).
    static func bytes(_ frame: Frame) -> [UInt8] {
        var out: [UInt8] = []
        func append(_ value: Double) {
            let bits = value.bitPattern
            for shift in stride(from: 0, to: 64, by: 8) { out.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift))) }
        }
        switch frame.payload {
        case .vectors(let values, _):
            for value in values {
                let bits = value.bitPattern
                for shift in stride(from: 0, to: 32, by: 8) {
                    out.append(UInt8(truncatingIfNeeded: bits >> UInt32(shift)))
                }
            }
        case .numbers(let values): for value in values { append(value) }
        case .stats(let stats):
            for stat in stats {
                append(stat.mean)
                append(stat.sd)
                append(Double(stat.count))
            }
        default: break
        }
        return out
    }

    /// The type and axes of a header.
    static func parse(_ header: String) throws(FileError) -> (
        type: QueryType, outer: [Axis], inner: [Axis], width: Int?
    ) {
        let value = try BoundedJSON.parse(Array(header.utf8), path: "results file")
        let element = try value.member("element").string()
        var width: Int?
        if let found = value["width"] { width = try found.int(in: 1...1 << 24) }
        let outer = try axes(value.member("outer"))
        let inner = try axes(value.member("inner"))
        let kind: Element = element == "stat" ? .stat : width.map { .vector($0) } ?? .float
        var type = QueryType(kind, (outer + inner).map { Dimension($0.name, labels: $0.labels) })
        if let quantity = value["quantity"] { type.quantity = try quantity.string() }
        return (type, outer, inner, width)
    }

    static func axes(_ value: JSONValue) throws(FileError) -> [Axis] {
        var axes: [Axis] = []
        for item in try value.elements() {
            var labels: [Label] = []
            for label in try item.member("labels").elements() {
                switch label.kind {
                case .string: labels.append(.string(try label.string()))
                case .array:
                    for number in try label.elements() { labels.append(.double(try number.double())) }
                default: labels.append(.int(try label.int()))
                }
            }
            axes.append(Axis(try item.member("name").string(), labels))
        }
        return axes
    }

    /// The frame of a header and its bytes; nil where they don't fit each other.
    static func frame(_ header: String, _ bytes: [UInt8]) throws(FileError) -> Frame? {
        let (type, outer, inner, width) = try parse(header)
        let cells = outer.cells * inner.cells
        func double(_ place: Int) -> Double {
            var bits: UInt64 = 0
            for byte in 0..<8 { bits |= UInt64(bytes[place * 8 + byte]) << UInt64(8 * byte) }
            return Double(bitPattern: bits)
        }
        let payload: Payload
        if let width {
            guard bytes.count == cells * width * 4 else { return nil }
            payload = .vectors(
                (0..<cells * width).map { place in
                    var bits: UInt32 = 0
                    for byte in 0..<4 { bits |= UInt32(bytes[place * 4 + byte]) << UInt32(8 * byte) }
                    return Float(bitPattern: bits)
                }, width: width)
        } else if type.element == .stat {
            guard bytes.count == cells * 24 else { return nil }
            payload = .stats(
                (0..<cells).map {
                    Stat(mean: double($0 * 3), sd: double($0 * 3 + 1), count: Int(exactly: double($0 * 3 + 2)) ?? 0)
                })
        } else {
            guard bytes.count == cells * 8 else { return nil }
            payload = .numbers((0..<cells).map { double($0) })
        }
        return Frame(outer: outer, inner: inner, payload: payload)
    }
}
