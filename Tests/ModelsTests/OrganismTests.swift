import Foundation
import Models
import Tensor
import TensorFiles
import Testing

/// Where the organism and its recording lie, once they are made.
private enum Organism {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Organism").path
    static let isThere =
        FileManager.default.fileExists(atPath: folder + "/model/model.safetensors")
        && FileManager.default.fileExists(atPath: Fixture.path("organism.safetensors"))
}

/// The trained organism against what transformers, PEFT and the SAE's formula gave on it: `make_fixtures.py --organism`.
@Suite(.enabled(if: Organism.isThere)) struct OrganismTests {
    /// `base`, and the adapters by their folders below `adapters`.
    private static func models() throws -> [String] {
        let names = try Fixture("organism.safetensors").file.entries.compactMap { entry in
            entry.name.range(of: "/", options: .backwards).map { String(entry.name[..<$0.lowerBound]) }
        }
        return Set(names).subtracting(["sae"]).sorted()
    }

    @Test func everyModelEqualsTheRecording() throws {
        let fixture = try Fixture("organism.safetensors")
        let decoder = try Decoder(folder: Organism.folder + "/model")
        for model in try Self.models() {
            let adapter =
                model == "base"
                ? nil : try LoRAAdapter(folder: "\(Organism.folder)/adapters/\(model)", for: decoder.config)
            let found = DecoderTests.run(decoder, fixture.prompts, adapter)
            let names = fixture.names(model)
            #expect(!names.isEmpty)
            for name in names {
                let error = relativeError(found[name] ?? [], try fixture.floats("\(model)/\(name)"))
                #expect(error <= 2e-4, "\(model) \(name): \(error)")
            }
        }
    }

    @Test func latentsEqualUpToTies() throws {
        let fixture = try Fixture("organism.safetensors")
        guard fixture.file["sae/index"] != nil else { return }
        let decoder = try Decoder(folder: Organism.folder + "/model")
        let sae = try SparseAutoencoder(folder: Organism.folder + "/sae")
        let rows = try #require(DecoderTests.run(decoder, fixture.prompts)[sae.source.canonicalName])
        let count = rows.count / sae.inputSize
        let expected = try fixture.floats("sae/value")
        let expectedIndices = try fixture.indices("sae/index")
        let k = expected.count / count
        var indices = [UInt32](repeating: 0, count: count * k)
        var values = [Float](repeating: 0, count: count * k)
        sae.encode(rows.span, count: count, k: k, indices: &indices, values: &values)
        #expect(relativeError(values, expected) <= 2e-4)
        let largest = expected.max() ?? 1
        for place in indices.indices where indices[place] != expectedIndices[place] {
            // Another latent stands here only where its neighbour's value is the same within rounding.
            let row = place / k * k
            let gap = (row..<row + k).filter { $0 != place }.map { abs(expected[$0] - expected[place]) }.min() ?? 0
            #expect(gap <= 2e-4 * largest || expected[place] <= 2e-4 * largest, "place \(place)")
        }
    }
}
