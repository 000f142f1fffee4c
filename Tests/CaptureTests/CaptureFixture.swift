import Capture
import Foundation
import Models
import Store
import Tensor
import TensorFiles

/// The tiny model of ModelsTests, with prompts and settings to capture it.
enum CaptureFixture {
    /// Of a file or folder that `make_fixtures.py` wrote.
    static func path(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("ModelsTests/Fixtures/\(name)").path
    }

    static func model() throws -> LoadedModel { try LoadedModel(folder: path("tiny")) }

    /// Prompts of 1 to 9 tokens.
    static func prompts(_ count: Int) -> [TokenizedPrompt] {
        (0..<count).map { number in
            let ids = (0..<number * 5 % 9 + 1).map { UInt32((number * 31 + $0 * 17) % 288) }
            return TokenizedPrompt(
                key: "p\(number)", source: "text \(number)",
                metadata: [("group", .string(number % 2 == 0 ? "a" : "b"))],
                ids: ids, roles: [TokenRole](repeating: .text, count: ids.count))
        }
    }

    static func request(_ name: String = "tiny/test") throws -> CaptureRequest {
        CaptureRequest(name: try CaptureName(name), batchTokens: 20)
    }

    /// All rows of a stored f32 column.
    static func floats(_ snapshot: Snapshot, _ capture: CaptureRecord, _ column: ColumnID) throws -> [Float] {
        try numbers(snapshot, capture, column)
    }

    static func indices(_ snapshot: Snapshot, _ capture: CaptureRecord, _ column: ColumnID) throws -> [UInt32] {
        try numbers(snapshot, capture, column)
    }

    private static func numbers<T: BitwiseCopyable & Numeric>(
        _ snapshot: Snapshot, _ capture: CaptureRecord, _ column: ColumnID
    ) throws -> [T] {
        var all: [T] = []
        for chunk in capture.chunks(holding: column) {
            let reader = try snapshot.reader(for: chunk)
            let width = reader.columns.first { $0.id == column }?.width ?? 0
            var values = [T](repeating: 0, count: reader.rowCount * width)
            var span = values.mutableSpan
            var bytes = unsafe span.mutableBytes
            try reader.read(column, rows: 0..<reader.rowCount, into: &bytes)
            all += values
        }
        return all
    }
}

/// Keeps what a forward pass shows.
struct SiteRecorder: ActivationVisitor {
    var sites: [Site: [Float]] = [:]
    mutating func visit(_ site: Site, rows: Span<Float>, width: Int) {
        sites[site, default: []] += rows.indices.map { rows[$0] }
    }
}
