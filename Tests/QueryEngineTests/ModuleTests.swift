import QueryEngine
import QueryLanguage
import Store
import Tensor
import TensorFiles
import TestSupport
import Testing

/// Adapters on several modules: `lora` with a dimension `module`.
@Suite struct ModuleTests {
    /// q_proj and v_proj in two layers, 4 prompts of 3 … 6 tokens. The scalar of prompt p, token t is p + t/10 + 100 · layer, and in
    /// v_proj as much below 0.
    private static func withSession(rank: Int = 1, _ body: (QuerySession) throws -> Void) throws {
        let folder = try TemporaryDirectory()
        var capture = SyntheticCapture(
            model: "tuned", dataset: "general", prompts: SyntheticCapture.prompts(4), layers: 2, hiddenSize: 4,
            loraRank: rank
        ) { column, prompt, position, place in
            guard case .site(let site) = column, site.point == .lora else {
                return SyntheticCapture.noise(seed: 1, latents: 1)(column, prompt, position, place)
            }
            let value = Double(prompt) + Double(position) / 10 + 100 * Double(site.layer ?? 0) + 1000 * Double(place)
            return site.part == "self_attn.v_proj" ? -value : value
        }
        capture.loraModules = ["self_attn.q_proj", "self_attn.v_proj"]
        try capture.write(to: StoreWriter(path: folder.file("store")))
        try body(QuerySession(store: folder.file("store"), options: QuerySession.Options(exportRoot: folder.path)))
    }

    private static func numbers(_ session: QuerySession, _ query: String) throws -> (type: String, values: [Double]) {
        let value = try #require(try session.answers(query).last)
        func flat(_ json: JSONValue) throws -> [Double] {
            guard let number = try? json.double() else { return try json.elements().flatMap(flat) }
            return [number]
        }
        let json = try BoundedJSON.parse(Array(value.json().utf8), path: "answer")
        return (value.type.description, try flat(json.member("data")))
    }

    private static func close(_ a: [Double], _ b: [Double]) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-4 }
    }

    /// Mean over prompts and tokens: Σ over p of Σ over t, 3 + 4 + 5 + 6 tokens.
    private static let mean: Double = {
        let cells = (0..<4).flatMap { p in (0..<3 + p).map { Double(p) + Double($0) / 10 } }
        return cells.reduce(0, +) / Double(cells.count)
    }()

    private static let lora = #"capture("tuned", "general").lora"#

    @Test func modulesAreADimension() throws {
        let m = Self.mean
        try Self.withSession { session in
            let all = try Self.numbers(session, Self.lora + " | mean")
            #expect(all.type == "float[layer 2, module 2]")
            #expect(Self.close(all.values, [m, -m, m + 100, -m - 100]), "\(all.values)")
            #expect(
                try session.answers(Self.lora)[0].type.description
                    == "float[prompt 4, token ≤6, layer 2, module 2]")
        }
    }

    @Test func modulesAreChosenByName() throws {
        let m = Self.mean
        try Self.withSession { session in
            let one = try Self.numbers(session, Self.lora + #"[module="self_attn.v_proj"] | mean"#)
            #expect(one.type == "float[layer 2]")
            #expect(Self.close(one.values, [-m, -m - 100]), "\(one.values)")
            let turned = try Self.numbers(
                session, Self.lora + #"[module=["self_attn.v_proj", "self_attn.q_proj"], layer=1] | mean"#)
            #expect(turned.type == "float[module 2]")
            #expect(Self.close(turned.values, [-m - 100, m + 100]), "\(turned.values)")
            // Choosing a module means that no other's column is read.
            let bytes = (Self.lora + #"[module="self_attn.v_proj"] | max"#, Self.lora + " | max")
            #expect(try session.answers(bytes.0)[0].reads.bytes * 3 < session.answers(bytes.1)[0].reads.bytes * 2)
            #expect(session.reply(Self.lora + #"[module="self_attn.o_proj"] | mean"#).contains("self_attn.q_proj"))
            #expect(session.reply(Self.lora + #"[modul="x"] | mean"#).contains("did you mean `module`?"))
        }
    }

    @Test func modulesArePooledAndWhereChoosesPrompts() throws {
        try Self.withSession { session in
            let pooled = try Self.numbers(session, Self.lora + " | mean(module, token) | mean")
            #expect(pooled.type == "float[layer 2]")
            #expect(Self.close(pooled.values, [0, 0]), "\(pooled.values)")
            // Prompt p1 and p3 are of group b: 1 + 0.15 and 3 + 0.25 over their tokens.
            let group = try Self.numbers(session, Self.lora + #"| where(group == "b") | mean(token) | mean"#)
            #expect(Self.close(group.values, [2.2, -2.2, 102.2, -102.2]), "\(group.values)")
            let largest = try session.answers(Self.lora + " | mean(token) | mean | argmax(module)")[0]
            #expect(largest.csv.contains("0,self_attn.q_proj") && largest.csv.contains("1,self_attn.q_proj"))
        }
    }

    @Test func modulesBecomeFeaturesAndAreScaled() throws {
        let m = Self.mean
        try Self.withSession { session in
            let features = try Self.numbers(
                session, Self.lora + " | mean(token) | concat(module) | concat(layer) | mean")
            #expect(features.type == "vec(4)")
            // s·‖B‖ = 2 · 0.5: what is added to the residual stream has the scalar's own length.
            let scaled = try Self.numbers(session, Self.lora + " | scaled | mean")
            #expect(scaled.type == "float[layer 2, module 2]")
            #expect(Self.close(scaled.values, [m, -m, m + 100, -m - 100]), "\(scaled.values)")
        }
    }

    @Test func ranksStandBesideModules() throws {
        let m = Self.mean
        try Self.withSession(rank: 2) { session in
            let all = try Self.numbers(session, Self.lora + "[layer=0] | mean")
            #expect(all.type == "float[module 2, rank 2]")
            #expect(Self.close(all.values, [m, m + 1000, -m, -m - 1000]), "\(all.values)")
        }
    }
}
