import Capture
import Foundation
import Models
import Store
import Tensor
import TensorFiles
import TestSupport
import Testing

/// What stands beside the activations: logits' statistics, numbers of users, and captures that keep some tokens only.
@Suite struct TokenColumnTests {
    private func capture(
        _ prompts: [TokenizedPrompt], in folder: TemporaryDirectory, _ change: (inout CaptureRequest) throws -> Void
    ) async throws -> (Snapshot, CaptureRecord) {
        let model = try CaptureFixture.model()
        var request = try CaptureFixture.request()
        try change(&request)
        let path = folder.path + "/" + UUID().uuidString
        let plan = try CapturePlan(request, model: model, prompts: prompts)
        _ = try await CaptureSession(plan, model: model).run(into: StoreWriter(path: path))
        let snapshot = try Snapshot.open(path)
        return (snapshot, snapshot.captures[0])
    }

    /// Prompts whose second half the assistant said.
    private func conversations(_ count: Int) -> [TokenizedPrompt] {
        CaptureFixture.prompts(count).map { prompt in
            var prompt = prompt
            prompt.roles = prompt.ids.indices.map { $0 >= prompt.ids.count / 2 ? .assistant : .user }
            return prompt
        }
    }

    @Test func logitsAreFourColumns() async throws {
        let folder = try TemporaryDirectory()
        let prompts = CaptureFixture.prompts(9)
        let (snapshot, record) = try await capture(prompts, in: folder) {
            $0.sites = [Site(.logits), Site(.lnFinal), Site(.logits)]
        }
        let names = record.columns.dropFirst(4).map(\.id.canonicalName)
        #expect(
            names == ["column.argmax_token", "column.argmax_prob", "column.entropy", "column.next_logprob", "ln_final"])
        var recorder = LogitRecorder()
        var workspace = Workspace()
        try CaptureFixture.model().decoder.run(
            TokenBatch(prompts: prompts.map(\.ids)), finish: .logits, workspace: &workspace, visitor: &recorder)
        let logits = try #require(recorder.logits)
        #expect(try CaptureFixture.indices(snapshot, record, .perToken("argmax_token")) == logits.argmaxToken)
        for (name, expected) in [
            ("argmax_prob", logits.argmaxProbability), ("entropy", logits.entropy),
            ("next_logprob", logits.nextLogProbability),
        ] {
            let found = try CaptureFixture.floats(snapshot, record, .perToken(name))
            #expect(found.count == expected.count)
            // Batches of another size round products otherwise.
            #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-4 || $0.isNaN && $1.isNaN }, "\(name)")
        }
        let ends = prompts.indices.map { index in prompts[...index].reduce(0) { $0 + $1.ids.count } - 1 }
        let next = try CaptureFixture.floats(snapshot, record, .perToken("next_logprob"))
        #expect(next.indices.filter { next[$0].isNaN } == ends)
    }

    @Test(arguments: ["last", "last:3", "assistant", "last:1000"]) func keptTokensAreThoseOfTheWhole(text: String)
        async throws
    {
        let folder = try TemporaryDirectory()
        let prompts = conversations(12)
        let kept = try #require(KeptTokens(text))
        func change(_ request: inout CaptureRequest) throws {
            request.autoencoders = [try SparseAutoencoder(folder: CaptureFixture.path("sae-topk"))]
            request.sites = [Site(.residPost), Site(.sae), Site(.logits)]
            request.topK = 3
            let numbers = prompts.flatMap { prompt in prompt.ids.indices.map { Double($0) / 4 } }
            request.tokenNumbers = [TokenNumbers(name: "kl", values: numbers, source: "test")]
        }
        let (whole, all) = try await capture(prompts, in: folder, change)
        let (part, some) = try await capture(prompts, in: folder) {
            try change(&$0)
            $0.positions = kept
        }
        let positions = prompts.map { prompt in
            kept.positions(roles: prompt.roles)?.map(Int.init) ?? Array(prompt.ids.indices)
        }
        var rows: [Int] = []
        var start = 0
        for (prompt, own) in zip(prompts, positions) {
            rows += own.map { start + $0 }
            start += prompt.ids.count
        }
        #expect(some.rowCount == rows.count && all.rowCount == start)
        #expect(
            some.columns[2].id == .keptPosition(kept) && some.columns[2].id.canonicalName == "position.\(kept.name)")
        #expect(
            try CaptureFixture.indices(part, some, .keptPosition(kept)) == positions.flatMap { $0.map { UInt32($0) } })
        #expect(try part.prompts(of: some).tokenCount == positions.map(\.count))
        for column in some.columns where column.id != .keptPosition(kept) && column.elementType != .uint8 {
            if column.elementType == .uint32 {
                let (found, from) = (
                    try CaptureFixture.indices(part, some, column.id), try CaptureFixture.indices(whole, all, column.id)
                )
                #expect(found == rows.flatMap { row in (0..<column.width).map { from[row * column.width + $0] } })
            } else {
                let (found, from) = (
                    try CaptureFixture.floats(part, some, column.id), try CaptureFixture.floats(whole, all, column.id)
                )
                let expected = rows.flatMap { row in (0..<column.width).map { from[row * column.width + $0] } }
                #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "\(column.id.canonicalName)")
            }
        }
    }

    @Test func aPromptWithoutAnythingToKeepIsNamed() throws {
        var prompts = conversations(3)
        prompts[1].roles = prompts[1].roles.map { _ in .user }
        prompts[1].place = "talk.jsonl:7"
        var request = try CaptureFixture.request()
        request.positions = .assistant
        let error = #expect(throws: CaptureError.self) {
            try CapturePlan(request, model: CaptureFixture.model(), prompts: prompts)
        }
        #expect(error.map { "\($0)".hasPrefix("talk.jsonl:7: prompt \"p1\" has no token of the assistant") } == true)
    }

    @Test func numbersOfFilesAndPromptsStandBesideTheActivations() async throws {
        let folder = try TemporaryDirectory()
        var prompts = conversations(5)
        let count = prompts.reduce(0) { $0 + $1.ids.count }
        prompts[0].tokenNumbers = [("surprise", prompts[0].ids.indices.map { Double($0) + 0.5 })]
        prompts[2].tokenNumbers = [("surprise", prompts[2].ids.indices.map { -Double($0) })]
        let kl = folder.file("kl.npy")
        try Self.npy("<f8", (0..<count).flatMap { bytes(Double($0) / 8) }, count).write(to: URL(fileURLWithPath: kl))
        let step = folder.file("step.npy")
        try Self.npy("<i8", (0..<count).flatMap { bytes(Int64($0) * 7) }, count).write(to: URL(fileURLWithPath: step))
        let signed = folder.file("signed.npy")
        try Self.npy("<i4", (0..<count).flatMap { bytes(Int32(3 - $0)) }, count).write(to: URL(fileURLWithPath: signed))
        let (snapshot, record) = try await capture(prompts, in: folder) {
            $0.layers = [0]
            $0.tokenNumbers = try ["kl=\(kl)", "step=\(step)", "signed=\(signed)"].map { try TokenNumbers(option: $0) }
        }
        #expect(
            record.columns.dropFirst(5).map { "\($0.id.canonicalName) \($0.elementType.rawValue)" }
                == ["column.surprise f32", "column.kl f32", "column.step u32", "column.signed f32"])
        #expect(try CaptureFixture.floats(snapshot, record, .perToken("kl")) == (0..<count).map { Float($0) / 8 })
        #expect(try CaptureFixture.indices(snapshot, record, .perToken("step")) == (0..<count).map { UInt32($0) * 7 })
        #expect(try CaptureFixture.floats(snapshot, record, .perToken("signed")) == (0..<count).map { Float(3 - $0) })
        let surprise = try CaptureFixture.floats(snapshot, record, .perToken("surprise"))
        #expect(surprise[0] == 0.5)
        let second = prompts[0].ids.count
        #expect(surprise[second..<second + prompts[1].ids.count].allSatisfy { $0.isNaN })
        #expect(surprise[second + prompts[1].ids.count + 1] == -1)
    }

    @Test func numbersThatDoNotFitAreRefused() throws {
        let prompts = conversations(4)
        let count = prompts.reduce(0) { $0 + $1.ids.count }
        let model = try CaptureFixture.model()
        func refusal(_ change: (inout CaptureRequest) throws -> Void, _ prompts: [TokenizedPrompt]) throws -> String {
            var request = try CaptureFixture.request()
            try change(&request)
            let error = #expect(throws: CaptureError.self) {
                try CapturePlan(request, model: model, prompts: prompts)
            }
            return error.map { "\($0)" } ?? ""
        }
        func numbers(_ values: [Double], _ name: String = "kl", isWhole: Bool = false) -> TokenNumbers {
            TokenNumbers(name: name, values: values, isWhole: isWhole, source: "kl.npy")
        }
        let zeros = [Double](repeating: 0, count: count)
        #expect(
            try refusal({ $0.tokenNumbers = [numbers([1, 2])] }, prompts).contains(
                "kl.npy: column kl has 2 numbers, the prompts have \(count) tokens; save one"))
        #expect(
            try refusal(
                {
                    $0.positions = .last(1)
                    $0.tokenNumbers = [numbers([1, 2])]
                }, prompts
            ).contains("\(count) tokens, of which 4 are kept"))
        #expect(
            try refusal({ $0.tokenNumbers = [numbers([1e300] + zeros.dropFirst())] }, prompts).contains(
                "which f32 cannot keep"))
        #expect(
            try refusal({ $0.tokenNumbers = [numbers([-16777217] + zeros.dropFirst(), isWhole: true)] }, prompts)
                .contains("which f32 cannot keep"))
        #expect(
            try refusal({ $0.tokenNumbers = [numbers(zeros), numbers(zeros)] }, prompts).contains(
                "two columns called \"kl\""))
        #expect(try refusal({ $0.tokenNumbers = [numbers(zeros, "group")] }, prompts).contains("called \"group\""))
        #expect(
            try refusal(
                {
                    $0.sites = [Site(.logits)]
                    $0.tokenNumbers = [numbers(zeros, "entropy")]
                }, prompts
            ).contains("two columns called \"entropy\""))
        var wrong = prompts
        wrong[1].tokenNumbers = [("kl", [1])]
        wrong[1].place = "p.jsonl:2"
        #expect(
            try refusal({ _ in }, wrong).hasPrefix("p.jsonl:2: prompt \"p1\": \"kl\" has 1 numbers, the prompt has"))
        for name in ["role", "position", "resid_post", "lm_head", "hidden_states[3]", "embed", "sae"] {
            wrong = prompts
            wrong[0].tokenNumbers = [(name, wrong[0].ids.map { Double($0) })]
            #expect(try refusal({ _ in }, wrong).contains("cannot be called \"\(name)\""))
        }
    }

    @Test(arguments: [
        ("kl", "NAME=FILE.npy"), ("=f", "NAME=FILE.npy"), ("kl=", "NAME=FILE.npy"), ("role=f", "something else"),
        ("kl=/nonexistent.npy", "nonexistent"),
    ])
    func optionsThatAreNoColumn(text: String, says: String) {
        let error = #expect(throws: (any Error).self) { try TokenNumbers(option: text) }
        #expect(error.map { "\($0)".contains(says) } == true)
    }

    @Test func arraysOfOtherShapesAndTypes() throws {
        let folder = try TemporaryDirectory()
        let square = folder.file("square.npy")
        try Self.npy("<f4", [UInt8](repeating: 0, count: 16), "(2, 2)").write(to: URL(fileURLWithPath: square))
        let text = folder.file("text.npy")
        try Self.npy("<U1", [UInt8](repeating: 0, count: 8), 2).write(to: URL(fileURLWithPath: text))
        for (path, says) in [(square, "has 2 dimensions"), (text, "expected numbers")] {
            let error = #expect(throws: (any Error).self) { try TokenNumbers(option: "kl=\(path)") }
            #expect(error.map { "\($0)".contains(says) } == true)
        }
    }

    private func bytes<T>(_ value: T) -> [UInt8] { unsafe withUnsafeBytes(of: value) { unsafe Array($0) } }

    private static func npy(_ type: String, _ data: [UInt8], _ count: Int) -> Data { npy(type, data, "(\(count),)") }

    private static func npy(_ type: String, _ data: [UInt8], _ shape: String) -> Data {
        var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }"
        header += String(repeating: " ", count: 63 - (header.utf8.count + 10) % 64) + "\n"
        let count = UInt16(header.utf8.count)
        return Data(
            [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(count & 255), UInt8(count >> 8)] + Array(header.utf8) + data)
    }
}

private struct LogitRecorder: ActivationVisitor {
    var logits: LogitStatistics?
    mutating func visit(_ site: Site, rows: Span<Float>, width: Int) {}
    mutating func visit(logits: LogitStatistics) { self.logits = logits }
}
