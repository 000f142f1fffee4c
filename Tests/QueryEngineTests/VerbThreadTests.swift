import QueryEngine
import QueryLanguage
import Store
import Tensor
import TestSupport
import Testing

/// Answers of verbs that merge states are the same bytes on any number of threads, over several batches of rows.
@Suite struct VerbThreadTests {
    private static let queries = [
        #"capture("base", "big").resid_post | norm | mean(token)"#,
        #"capture("base", "big").resid_post | norm | summary(prompt)"#,
        #"capture("base", "big").resid_post | mean(prompt)"#,
        #"capture("base", "big").resid_post | norm | max(layer)"#,
        #"capture("base", "big").resid_post | norm | std(by=group)"#,
        #"capture("base", "big").resid_post | norm | median"#,
        #"capture("base", "big").resid_post | quantile([0.1, 0.9])"#,
        #"capture("base", "big").resid_post | norm | quantile(0.3, by=group)"#,
        #"capture("base", "big").resid_post | norm | top(7)"#,
        #"capture("base", "big").resid_post | norm | bottom(3, prompt, token)"#,
        #"capture("base", "big").resid_post | norm | mean(token) | argmax(prompt)"#,
        #"capture("base", "big").resid_post | center | norm | mean"#,
        #"capture("base", "big").resid_post | drop_dims(2) | norm | mean"#,
        #"capture("base", "big").resid_post | norm | hist(9)"#,
        #"capture("base", "big").sae | freq | top(5)"#,
        #"capture("base", "big").sae | active(freq=0.02)"#,
        #"capture("base", "big").sae | examples(3, of=[1, 7, 12])"#,
        #"capture("base", "big").resid_post | sample(50, seed=3) | norm | top(4) | context(2)"#,
        #"capture("base", "big").resid_post | norm([1, 2, 3]) | mean"#,
        #"capture("base", "big").resid_post | norm | sample([50, 80], seed=3) | bootstrap(20, seed=[1, 2]) | ci"#,
        #"capture("base", "big").resid_post[token=-1] | split(test=0.2, seed=[1, 2]) | logreg(y=group, penalty=["l1", "l2"]) | score"#,
    ]

    @Test func answersAreTheSameOnAnyNumberOfThreads() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/store"
        let capture = SyntheticCapture(
            model: "base", dataset: "big", prompts: SyntheticCapture.prompts(3600), layers: 2, hiddenSize: 4,
            latents: 40)
        try capture.write(to: StoreWriter(path: path), chunkBytes: 100_000)
        var answers: [[String]] = []
        for threads in [1, 2, 8] {
            let session = try QuerySession(
                store: path, options: QuerySession.Options(threads: threads, exportRoot: folder.path))
            answers.append(try Self.queries.map { try session.answers($0).map { $0.json() }.joined() })
        }
        for (place, query) in Self.queries.enumerated() {
            #expect(answers[0][place] == answers[1][place], "\(query)")
            #expect(answers[0][place] == answers[2][place], "\(query)")
            #expect(answers[0][place].count > 100, "\(query)")
        }
    }
}
