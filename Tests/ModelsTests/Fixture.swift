import Foundation
import Models
import Tensor
import TensorFiles

/// Reads what `Fixtures/make_fixtures.py` recorded.
struct Fixture {
    let file: Safetensors
    let prompts: [[UInt32]]

    static func path(_ name: String) -> String {
        (Bundle.module.resourceURL ?? URL(fileURLWithPath: ".")).appendingPathComponent("Fixtures/\(name)").path
    }

    /// - Parameter recording: where the answers are, if not beside the prompts.
    init(_ name: String = "expected.safetensors", recording: String? = nil) throws {
        let prompted = try Safetensors(path: Fixture.path(name))
        file = try recording.map { try Safetensors(path: Fixture.path($0)) } ?? prompted
        let ids = try Fixture.numbers(prompted, "token_ids", UInt32.self)
        var prompts: [[UInt32]] = []
        var start = 0
        for length in try Fixture.numbers(prompted, "lengths", UInt32.self) {
            prompts.append(Array(ids[start..<start + Int(length)]))
            start += Int(length)
        }
        self.prompts = prompts
    }

    func floats(_ name: String) throws -> [Float] { try Fixture.numbers(file, name, Float.self) }
    func indices(_ name: String) throws -> [UInt32] { try Fixture.numbers(file, name, UInt32.self) }

    /// Names below `prefix/`.
    func names(_ prefix: String) -> [String] {
        file.entries.map(\.name).filter { $0.hasPrefix(prefix + "/") }.map { String($0.dropFirst(prefix.count + 1)) }
    }

    static func numbers<T: BitwiseCopyable>(_ file: Safetensors, _ name: String, _ type: T.Type) throws -> [T] {
        guard let entry = file[name] else { throw FileError(path: file.path, problem: "no tensor \(name)") }
        let buffer = try file.buffer(entry)
        let span = buffer.span(of: T.self, count: entry.elementCount)
        return span.indices.map { span[$0] }
    }
}

/// Keeps every site that it is shown.
struct Recorder: ActivationVisitor {
    var sites: [String: [Float]] = [:]
    var logits: LogitStatistics?
    mutating func visit(logits: LogitStatistics) { self.logits = logits }
    mutating func visit(_ site: Site, rows: Span<Float>, width: Int) {
        sites[site.canonicalName, default: []] += rows.indices.map { rows[$0] }
    }
}

/// max |found − expected| over the rms of the expected values; infinite where the counts differ.
func relativeError(_ found: [Float], _ expected: [Float]) -> Double {
    guard found.count == expected.count, !found.isEmpty else { return .infinity }
    var worst = 0.0
    var squares = 0.0
    for (a, b) in zip(found, expected) {
        worst = max(worst, abs(Double(a) - Double(b)))
        squares += Double(b) * Double(b)
    }
    return worst / (squares / Double(expected.count)).squareRoot()
}
