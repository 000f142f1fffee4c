import QueryEngine
import Store
import Tensor
import TestSupport
import Testing

/// `scaled` multiplies each LoRA scalar by its own scale and norm.
@Suite struct ScaledTests {
    /// Rank 2 with scale 2 and ‖B‖ 0.5 and 1.5: factors 1 and 3. Scalars are layer + rank + position / 4.
    private func withSession<T>(_ body: (QuerySession) throws -> T) throws -> T {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/store"
        let capture = SyntheticCapture(model: "tuned", dataset: "general", layers: 2, hiddenSize: 4, loraRank: 2) {
            column, prompt, position, place in
            switch column {
            case .tokenID, .position: return Double(position)
            case .prompt: return Double(prompt)
            case .role: return 0
            case .site(let site): return Double(site.layer ?? 0) + Double(place) + Double(position) / 4
            default: return 0
            }
        }
        try capture.write(to: StoreWriter(path: path))
        return try body(QuerySession(store: path, options: QuerySession.Options(exportRoot: folder.path)))
    }

    @Test(
        "factors follow their layer and rank, whatever is chosen before or after",
        arguments: [
            (
                #"capture("tuned", "general").lora[token=1] | scaled | head(1)"#,
                "p0 | 0 | 0.25 | 3.75\np0 | 1 | 1.25 | 6.75"
            ),
            (#"(capture("tuned", "general").lora[token=1] | scaled)[rank=1] | head(1)"#, "p0 | 3.75 | 6.75"),
            (#"capture("tuned", "general").lora[token=1, layer=1] | scaled | head(1)"#, "p0 | 1.25 | 6.75"),
            (#"(capture("tuned", "general").lora[token=1] | scaled)[layer=1, rank=1] | max"#, "\n6.75"),
            (#"capture("tuned", "general").lora[token=1][rank=1] | scaled | head(1)"#, "p0 | 3.75 | 6.75"),
        ])
    func factors(query: String, expected: String) throws {
        try withSession { session in
            let reply = session.reply(query)
            #expect(reply.contains(expected), "\(query)\n\(reply)")
        }
    }
}
