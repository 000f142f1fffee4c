import QueryLanguage
import TensorFiles

/// A computed array as the results file keeps it: a JSON header with element and axes, then the numbers' bytes.
struct SavedValue {
    /// `kind` of the results file: enough for the type checker, without the numbers.
    static func header(_ frame: Frame, _ type: QueryType) -> String {
        var out = JSONWriter()
        out.beginObject()
        out.key("element")
        switch frame.payload {
        case .vectors(_, let width): out.string("vec"); out.key("width"); out.int(width)
        case .stats: out.string("stat")
        case .sets: out.string("set"); out.key("latents"); out.int(type.element.setSize ?? 0)
        case .texts: out.string("str")
        default: out.string(type.element == .int ? "int" : type.element == .bool ? "bool" : "float")
        }
        if let quantity = type.quantity {
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

    /// Little-endian bytes: f32 for vectors; for sets u32, the count before the members, for texts u32, the count of bytes (all
    /// ones for none) before UTF-8; f64 else (mean, sd, count for stats).
    static func bytes(_ frame: Frame) -> [UInt8] {
        var out: [UInt8] = []
        func append(_ value: Double) {
            let bits = value.bitPattern
            for shift in stride(from: 0, to: 64, by: 8) { out.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift))) }
        }
        func append(_ value: UInt32) {
            for shift in stride(from: 0, to: 32, by: 8) {
                out.append(UInt8(truncatingIfNeeded: value >> UInt32(shift)))
            }
        }
        switch frame.payload {
        case .vectors(let values, _): for value in values { append(value.bitPattern) }
        case .sets(let sets):
            for set in sets {
                append(UInt32(set.count))
                for member in set { append(member) }
            }
        case .texts(let texts):
            for text in texts {
                append(text.map { UInt32($0.utf8.count) } ?? UInt32.max)
                out += Array((text ?? "").utf8)
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
        let kind: Element
        switch element {
        case "stat": kind = .stat
        case "set": kind = .set(of: try value.member("latents").int(in: 0...1 << 32))
        case "str": kind = .string
        case "int": kind = .int
        case "bool": kind = .bool
        default: kind = width.map { .vector($0) } ?? .float
        }
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
        if let words = words(type.element, bytes, cells: cells) {
            payload = words
        } else if type.element == .string || type.element.isSet {
            return nil
        } else if let width {
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

    /// Sets or texts of their counts and contents; nil where the bytes don't fit, or for other elements.
    private static func words(_ element: Element, _ bytes: [UInt8], cells: Int) -> Payload? {
        var place = 0
        func next() -> UInt32? {
            guard place + 4 <= bytes.count else { return nil }
            defer { place += 4 }
            return (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
        }
        if case .set(let of) = element {
            var sets: [[UInt32]] = []
            for _ in 0..<cells {
                guard let count = next(), Int(count) * 4 <= bytes.count - place else { return nil }
                var set: [UInt32] = []
                for _ in 0..<count {
                    guard let member = next(), Int(member) < of, set.last.map({ $0 < member }) ?? true else {
                        return nil
                    }
                    set.append(member)
                }
                sets.append(set)
            }
            return place == bytes.count ? .sets(sets) : nil
        }
        guard element == .string else { return nil }
        var texts: [String?] = []
        for _ in 0..<cells {
            guard let count = next() else { return nil }
            guard count != UInt32.max else {
                texts.append(nil)
                continue
            }
            guard Int(count) <= bytes.count - place,
                let text = String(validating: bytes[place..<place + Int(count)], as: UTF8.self)
            else { return nil }
            texts.append(text)
            place += Int(count)
        }
        return place == bytes.count ? .texts(texts) : nil
    }
}
