import Models
import Tensor
import TensorFiles
import Testing

@Suite struct SparseAutoencoderTests {
    @Test(arguments: ["sae-topk", "sae-standard", "sae-jumprelu", "sae-gated"])
    func latentsEqualTheFormulas(name: String) throws {
        let fixture = try Fixture()
        let sae = try SparseAutoencoder(folder: Fixture.path(name))
        #expect(sae.source == Site(.residPost, layer: 1) && sae.site == Site(.sae, layer: 1, part: name))
        let rows = try fixture.floats("tiny/resid_post.1")
        let count = rows.count / sae.inputSize
        let expected = try fixture.floats("\(name)/value")
        let k = expected.count / count
        var indices = [UInt32](repeating: 7, count: count * k)
        var values = [Float](repeating: 7, count: count * k)
        sae.encode(rows.span, count: count, k: k, indices: &indices, values: &values)
        #expect(relativeError(values, expected) <= 2e-5)
        #expect(indices == (try fixture.indices("\(name)/index")))
    }

    @Test func fewerPlacesKeepTheLargest() throws {
        let fixture = try Fixture()
        let sae = try SparseAutoencoder(folder: Fixture.path("sae-topk"))
        let rows = try fixture.floats("tiny/resid_post.1")
        let count = rows.count / sae.inputSize
        func encode(_ k: Int) -> ([UInt32], [Float]) {
            var indices = [UInt32](repeating: 0, count: count * k)
            var values = [Float](repeating: 0, count: count * k)
            sae.encode(rows.span, count: count, k: k, indices: &indices, values: &values)
            return (indices, values)
        }
        let (few, _) = encode(3)
        let (many, values) = encode(20)
        for row in 0..<count {
            #expect(Array(few[row * 3..<row * 3 + 3]) == Array(many[row * 20..<row * 20 + 3]))
            // The autoencoder's own k is 16: never more are active.
            #expect(many[row * 20 + 16..<row * 20 + 20].allSatisfy { $0 == ColumnID.noLatent })
            #expect(values[row * 20 + 16..<row * 20 + 20].allSatisfy { $0 == 0 })
        }
    }

    @Test(arguments: [
        ("\"topk\"", "\"crosscoder\"", "crosscoder"),
        ("\"none\",\n \"rescale", "\"expected_average_only_in\",\n \"rescale", "expected_average_only_in"),
        ("blocks.1.hook_resid_post", "blocks.1.nowhere", "blocks.1.nowhere"),
        ("\"hook_head_index\": null", "\"hook_head_index\": 3", "attention head"),
        ("\"k\": 16,", "", "needs \"k\""),
        ("\"d_sae\": 128", "\"d_sae\": 127", "W_enc"),
        ("\"d_sae\": 128", "\"d_sae\": 0", "d_sae"),
    ])
    func unknownSettingsAreNamed(old: String, new: String, says: String) throws {
        let folder = try TemporaryFolder(copying: "sae-topk")
        try folder.replace(old, by: new, in: "cfg.json")
        let error = #expect(throws: FileError.self) { try SparseAutoencoder(folder: folder.path) }
        #expect("\(try #require(error))".contains(says))
    }
}
