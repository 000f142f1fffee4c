import Store
import Tensor
import TestSupport

/// What a store means, whatever its chunks, ids and commits are: equal contents mean that nobody who reads sees a difference.
func content(_ path: String) throws -> [String: [UInt8]] {
    let snapshot = try Snapshot.open(path)
    var content: [String: [UInt8]] = [:]
    for capture in snapshot.captures {
        let name = capture.name
        // Without the capture's number in this catalogue.
        let prompts = try snapshot.prompts(of: capture)
        let prompted =
            "\(prompts.keys) \(prompts.sources) \(prompts.firstRow) \(prompts.tokenCount) \(prompts.metadata)"
        let facts = [
            "\(snapshot.models.filter { $0.name == capture.model })", "\(capture.columns)", "\(capture.latentSpaces)",
            "\(capture.adapterModules)", "\(capture.isComplete) \(capture.rowCount) \(capture.promptCount)",
            prompted, "\(try snapshot.tokenPieces(of: capture))", capture.specDigest,
        ]
        content[name] = Array(facts.joined(separator: "\n").utf8)
        let dataset = try snapshot.prompts(ofDataset: capture.dataset)
        content["dataset " + capture.dataset] = Array(dataset.keys.sorted().joined(separator: " ").utf8)
        for column in capture.columns {
            content[name + " " + column.id.canonicalName] = try capture.chunks(holding: column.id).flatMap {
                try rows(try snapshot.reader(for: $0), column, 0..<$0.rowCount)
            }
        }
    }
    return content
}
