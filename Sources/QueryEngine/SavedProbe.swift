import Analysis
import QueryLanguage
import TensorFiles

/// Probes as the results file keeps them: a JSON header with grid, classes and link, then weights and intercepts as f64.
enum SavedProbe {
    /// `kind` of the results file.
    static func header(_ probes: ProbeSet) -> String {
        var out = JSONWriter()
        out.beginObject()
        out.key("element")
        out.string("probe")
        out.key("features")
        out.int(probes.features)
        out.key("outputs")
        out.int(probes.models.first?.outputs ?? 1)
        out.key("link")
        out.string((probes.models.first?.link ?? .none).rawValue)
        out.key("classes")
        out.beginArray()
        for name in probes.classNames { out.string(name) }
        out.endArray()
        out.key("places")
        out.beginArray()
        for places in probes.classPlaces {
            out.beginArray()
            for place in places { out.int(Int(place)) }
            out.endArray()
        }
        out.endArray()
        SavedValue.write([("outer", probes.outer), ("inner", probes.inner)], to: &out)
        out.endObject()
        return out.text
    }

    /// Little-endian f64: of every model its weights, output by output, then its intercepts.
    static func bytes(_ probes: ProbeSet) -> [UInt8] {
        var out: [UInt8] = []
        for model in probes.models {
            for value in model.weights + model.bias {
                for shift in stride(from: 0, to: 64, by: 8) {
                    out.append(UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(shift)))
                }
            }
        }
        return out
    }

    private struct Header {
        var features: Int
        var outputs: Int
        var link: LinearModel.Link
        var classes: [String]
        var places: [[Int16]]
        var outer: [Axis]
        var inner: [Axis]
    }

    /// nil for the header of another value.
    private static func parse(_ header: String) throws(FileError) -> Header? {
        let value = try BoundedJSON.parse(Array(header.utf8), path: "results file")
        guard try value.member("element").string() == "probe",
            let link = LinearModel.Link(rawValue: try value.member("link").string())
        else { return nil }
        var classes: [String] = []
        for name in try value.member("classes").elements() { classes.append(try name.string()) }
        var places: [[Int16]] = []
        for list in try value.member("places").elements() {
            var own: [Int16] = []
            for place in try list.elements() { own.append(Int16(try place.int(in: 0...Int(Int16.max)))) }
            places.append(own)
        }
        return Header(
            features: try value.member("features").int(in: 0...1 << 24),
            outputs: try value.member("outputs").int(in: 1...1 << 12), link: link, classes: classes, places: places,
            outer: try SavedValue.axes(value.member("outer")), inner: try SavedValue.axes(value.member("inner")))
    }

    /// The type of a saved probe; throws for the header of another value.
    static func type(_ header: String) throws(FileError) -> QueryType? {
        guard let parsed = try parse(header) else { return nil }
        var type = QueryType(
            .probe(features: parsed.features),
            (parsed.outer + parsed.inner).map { Dimension($0.name, labels: $0.labels) })
        let isOne = Set(parsed.places).count <= 1
        type.fit = QueryType.FitShape(
            classes: isOne ? parsed.classes : [], isRegression: parsed.link == .identity,
            hasProbabilities: parsed.link != .none && parsed.link != .identity)
        return type
    }

    /// The probes of a header and its bytes; nil where they don't fit each other, or for another value.
    static func probes(_ header: String, _ bytes: [UInt8]) throws(FileError) -> ProbeSet? {
        guard let parsed = try parse(header) else { return nil }
        let count = parsed.outer.cells * parsed.inner.cells
        let each = parsed.outputs * (parsed.features + 1)
        guard bytes.count == count * each * 8, parsed.places.count == parsed.inner.cells,
            parsed.places.joined().allSatisfy({ Int($0) < parsed.classes.count }),
            parsed.link == .identity || parsed.places.allSatisfy({ $0.count == max(2, parsed.outputs) })
        else { return nil }
        func double(_ place: Int) -> Double {
            var bits: UInt64 = 0
            for byte in 0..<8 { bits |= UInt64(bytes[place * 8 + byte]) << UInt64(8 * byte) }
            return Double(bitPattern: bits)
        }
        let models = (0..<count).map { index -> LinearModel in
            let start = index * each
            let weights = parsed.outputs * parsed.features
            return LinearModel(
                weights: (start..<start + weights).map(double), bias: (start + weights..<start + each).map(double),
                features: parsed.features, link: parsed.link)
        }
        return ProbeSet(
            outer: parsed.outer, inner: parsed.inner, models: models, features: parsed.features,
            classNames: parsed.classes, classPlaces: parsed.places)
    }
}
