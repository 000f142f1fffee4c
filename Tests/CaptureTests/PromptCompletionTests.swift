import Capture
import Foundation
import Models
import Store
import Synchronization
import Tensor
import TestSupport
import Testing

/// Prompts that the model answers before they are captured.
@Suite struct PromptCompletionTests {
    private static func options(_ change: (inout GenerationOptions) -> Void = { _ in }) -> IngestOptions {
        var options = IngestOptions(model: CaptureFixture.path("tiny"), prompts: "", name: "tiny/talk")
        var generation = GenerationOptions(count: 7)
        change(&generation)
        options.generation = generation
        return options
    }

    private static func complete(
        _ options: IngestOptions, _ prompts: [TokenizedPrompt], store: String, model: LoadedModel? = nil,
        isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) async throws -> [TokenizedPrompt]? {
        let model = try model ?? CaptureFixture.model()
        let completion = try Ingest.completion(options, model: model, prompts: prompts, store: store)
        return try await #require(completion).run(isInterrupted: isInterrupted)
    }

    /// The tokens are those of one call for all prompts, whatever groups they were generated in.
    @Test(arguments: [0, 0.8]) func answersAreTheDecoders(temperature: Double) async throws {
        let folder = try TemporaryDirectory()
        let model = try CaptureFixture.model()
        let prompts = CaptureFixture.prompts(37)
        let options = Self.options {
            $0.temperature = temperature
            $0.topP = 0.9
            $0.seed = 11
        }
        let answered = try #require(try await Self.complete(options, prompts, store: folder.file("s")))
        var workspace = Workspace()
        let expected = model.decoder.generate(
            prompts.map(\.ids), options: try #require(options.generation), workspace: &workspace)
        #expect(Set(expected).count > 5)
        for (index, prompt) in answered.enumerated() {
            #expect(prompt.ids == prompts[index].ids + expected[index])
            #expect(prompt.roles == prompts[index].roles + [TokenRole](repeating: .assistant, count: 7))
            #expect(prompt.metadata.last?.0 == "generated")
            #expect(prompt.metadata.last?.1 == .string(try #require(model.tokenizer).decode(expected[index])))
        }
        // Nothing is asked twice: a folder without weights could not answer.
        let journal = try FileManager.default.contentsOfDirectory(atPath: folder.file("s-generated"))
        #expect(journal.count == 1)
        let again = try #require(
            try await Self.complete(options, prompts, store: folder.file("s"), isInterrupted: { true }))
        #expect(again.map(\.ids) == answered.map(\.ids))
    }

    /// Answers count at their full length until they are there; then nothing is left to measure.
    @Test(arguments: ["all", "last:2", "assistant"]) func whatAnswersTakeAtMost(positions: String) async throws {
        let folder = try TemporaryDirectory()
        let (store, model) = (folder.file("s"), try CaptureFixture.model())
        let prompts = CaptureFixture.prompts(20)
        var options = Self.options()
        options.positions = positions
        let completion = try #require(
            try Ingest.completion(options, model: model, prompts: prompts, store: store))
        let longest = completion.longest
        let tokens = prompts.reduce(0) { $0 + $1.ids.count }
        #expect(try completion.openCount() == 20 && completion.answerLimit == 7)
        #expect(longest.plans[0].tokenCount == tokens + 20 * 7)
        let rows = longest.plans[0].rowCount
        #expect(rows == ["all": tokens + 140, "last:2": 40, "assistant": 140][positions])
        let new = try longest.outlooks(in: nil, answersAreOpen: true)
        let estimate = try #require(try await longest.estimate(for: store, present: new, completion: completion))
        #expect(estimate.isUpperBound && estimate.rows == rows && estimate.presentRows == 0 && !estimate.isDone)
        #expect(estimate.answerSeconds > 0 && estimate.seconds > estimate.answerSeconds)
        #expect(estimate.rawBytes == rows * longest.plans[0].spec.rowBytes)
        #expect(estimate.storedBytes > estimate.rawBytes / 20 && estimate.storedBytes < estimate.rawBytes * 2)

        let answered = try #require(try await completion.run())
        #expect(try completion.openCount() == 0)
        let ingest = try longest.with(prompts: answered)
        #expect(try await ingest.run(into: store).newRows == ingest.plans[0].rowCount)
        let there = try ingest.outlooks(in: StoreWriter.check(path: store), answersAreOpen: false)
        let done = try #require(try await ingest.estimate(for: store, present: there))
        #expect(done.isDone && done.fits && done.sampleTokens == 0 && done.rawBytes == 0 && done.seconds == 0)
    }

    @Test func aStopTokenEndsTheAnswer() async throws {
        let folder = try TemporaryDirectory()
        let prompts = CaptureFixture.prompts(12)
        let free = try #require(try await Self.complete(Self.options(), prompts, store: folder.file("s")))
        let stop = free[3].ids[prompts[3].ids.count + 2]
        let stopped = try #require(
            try await Self.complete(Self.options { $0.stop = [stop] }, prompts, store: folder.file("s")))
        let answer = stopped[3].ids.dropFirst(prompts[3].ids.count)
        #expect(answer.last == stop && answer.count <= 3)
        let text = try #require(CaptureFixture.model().tokenizer).decode(Array(answer.dropLast()))
        #expect(stopped[3].metadata.last?.1 == .string(text))
    }

    /// What was generated before an interruption is not generated again, even where its last line was cut short.
    @Test func anInterruptionKeepsWholeAnswers() async throws {
        let folder = try TemporaryDirectory()
        let prompts = CaptureFixture.prompts(80)
        let whole = try #require(try await Self.complete(Self.options(), prompts, store: folder.file("whole")))
        let store = folder.file("s")
        let asked = Mutex(0)
        let part = try await Self.complete(Self.options(), prompts, store: store) {
            asked.withLock {
                $0 += 1
                return $0 > 30
            }
        }
        #expect(part == nil)
        let path =
            try store + "-generated/" + #require(
                FileManager.default.contentsOfDirectory(atPath: store + "-generated").first)
        var text = try String(contentsOfFile: path, encoding: .utf8)
        let lines = text.split(separator: "\n").count
        #expect(lines >= 16 && lines < 80)
        text.removeLast(9)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let rest = try #require(try await Self.complete(Self.options(), prompts, store: store))
        #expect(rest.map(\.ids) == whole.map(\.ids))
        let journal = try String(contentsOfFile: path, encoding: .utf8)
        #expect(journal.split(separator: "\n").count == 81, "one line was cut short")
    }

    @Test func whatCannotBeAnsweredIsSaidBefore() async throws {
        let folder = try TemporaryDirectory()
        let model = try CaptureFixture.model()
        func refusal(
            _ options: IngestOptions = Self.options(), _ change: (inout [TokenizedPrompt]) -> Void = { _ in }
        ) -> String {
            var prompts = CaptureFixture.prompts(3)
            change(&prompts)
            prompts[1].place = "p.jsonl:2"
            let error = #expect(throws: CaptureError.self) {
                try Ingest.completion(options, model: model, prompts: prompts, store: folder.file("s"))
            }
            return error.map { "\($0)" } ?? ""
        }
        #expect(refusal(Self.options { $0.count = 0 }).contains("generates nothing"))
        #expect(refusal(Self.options { $0.count = -1 }).contains("-1 tokens"))
        #expect(refusal(Self.options { $0.temperature = -1 }).contains("temperature"))
        #expect(refusal(Self.options { $0.topP = 0 }).contains("top-p"))
        #expect(refusal(Self.options { $0.count = 60 }).contains("passes the 64 that the model takes"))
        #expect(
            refusal { $0[1].roles = $0[1].roles.map { _ in .assistant } }.hasPrefix(
                "p.jsonl:2: prompt \"p1\" has an answer already"))
        #expect(refusal { $0[1].metadata.append(("generated", .int(1))) }.contains("has a field \"generated\""))
        var several = Self.options()
        several.name = "talk"
        several.adapters = ["a=\(CaptureFixture.path("rank1"))", "b=\(CaptureFixture.path("all-linear"))"]
        #expect(refusal(several).contains("one command for each model"))
        var column = Self.options()
        column.columns = ["kl=x.npy"]
        #expect(refusal(column).contains("generate first"))
        var sites = Self.options()
        sites.sites = "resid_post.9"
        #expect(refusal(sites).contains("layers 0 to 2"))
        var positions = Self.options()
        positions.positions = "first"
        #expect(refusal(positions).contains("give all, last, assistant"))
        #expect(!FileManager.default.fileExists(atPath: folder.file("s-generated")))
    }

    /// The whole way: answers captured, the same again adds nothing, another model's answers are kept out of the data set.
    @Test func answersAreCaptured() async throws {
        let folder = try TemporaryDirectory()
        let model = try CaptureFixture.model()
        let store = folder.file("s")
        let prompts = CaptureFixture.prompts(9)
        for (round, positions) in ["all", "all", "assistant"].enumerated() {
            var options = Self.options()
            options.positions = positions
            if round == 2 { options.name = "tiny/answers" }
            let answered = try #require(try await Self.complete(options, prompts, store: store, model: model))
            let ingest = try Ingest(options, model: model, prompts: answered)
            let outcome = try await ingest.run(into: store)
            #expect(ingest.plans[0].rowCount == (round == 2 ? 63 : prompts.reduce(63) { $0 + $1.ids.count }))
            #expect(outcome.newRows == (round == 1 ? 0 : ingest.plans[0].rowCount))
        }
        let snapshot = try Snapshot.open(store)
        #expect(snapshot.datasets.map(\.name) == ["talk", "answers"])
        #expect(snapshot.datasets[0].columns.map(\.name) == ["group", "generated"])
        var other = Self.options()
        other.name = "other/talk"
        let error = #expect(throws: CaptureError.self) {
            try Ingest.completion(other, model: model, prompts: prompts, store: store)
        }
        #expect(error.map { "\($0)".contains("has prompts of tiny, whose answers are others") } == true)
    }
}
