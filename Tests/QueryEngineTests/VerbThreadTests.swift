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
        #"capture("base", "big").resid_post | pca(2)"#, #"capture("base", "big").resid_post | pca(2, give="ratio")"#,
        #"capture("base", "big").resid_post | nearest((capture("base", "big").resid_post | mean), 5)"#,
        #"cka(capture("base", "big").resid_post[layer=0], capture("base", "big").resid_post[layer=1])"#,
        #"capture("base", "big").resid_post[token=-1] | norm | correlate(score)"#,
        #"capture("base", "big").resid_post[token=-1] | norm | correlate(score, method="pearson")"#,
        #"capture("base", "big").resid_post | norm | bootstrap(30, seed=2) | ci"#,
        #"capture("base", "big").resid_post | norm | permutation_test(group, n=60, seed=2)"#,
        #"capture("base", "big").resid_post[token=-1] | norm | auroc(y=group)"#,
        two + "diff_means | roc(points=21)", two + "lda | score", two + #"lda(shrinkage="auto") | calibration(bins=7)"#,
        two + "logreg(C=[0.1, 10]) | calibration(bins=5)", two + "logreg | roc(points=31)", two + "logreg | confusion",
        two + #"logreg(penalty="l1", C=[0.01, 1], intercept="liblinear") | score"#,
        two + "logreg | predict | converge(layer) | summary", two + "diff_means(whiten=true) | score",
        three + "logreg(y=kind) | score", three + "logreg(y=kind) | confusion",
        three + #"logreg(y=kind, penalty="l1") | weights"#,
        three + "lda(y=kind) | confusion", three + "logreg(y=kind) | predict | accuracy(y=kind)",
        #"capture("base", "big").resid_post[token=-1] | split(kfold=3, seed=1) | ridge(y=score, alpha=[0.1, 10]) | score"#,
    ]
    private static let two =
        #"capture("base", "big").resid_post[token=-1] | contrast(group, "a" vs "b") | split(kfold=3, seed=1) | "#
    /// Several classes.
    private static let three =
        #"capture("base", "big").resid_post[token=-1] | where(kind in ["x", "y", "z"]) | split(kfold=3, seed=1) | standardize | "#

    @Test func answersAreTheSameOnAnyNumberOfThreads() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/store"
        let prompts = SyntheticCapture.prompts(3600).enumerated().map { index, prompt in
            var prompt = prompt
            prompt.metadata.append(("kind", .string(["x", "y", "z"][index * 7 % 5 % 3])))
            return prompt
        }
        let capture = SyntheticCapture(
            model: "base", dataset: "big", prompts: prompts, layers: 2, hiddenSize: 4,
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
