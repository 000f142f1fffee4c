import QueryLanguage
import Store
import Synchronization
import Tensor
import TestSupport
import Testing

@testable import QueryEngine

/// Fits of layers that are too large to be held: their rows are read again for every look.
@Suite struct ReadFitTests {
    /// Three layers of 600 rows × 40, in several batches and chunks; one number of layer 1 of data set "holes" is none.
    private static func withStore<T>(_ body: (_ path: String) throws -> T) throws -> T {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/store"
        let store = try StoreWriter(path: path)
        let noise = SyntheticCapture.noise(seed: 5, latents: 8)
        for (model, dataset) in [("base", "plain"), ("tuned", "plain"), ("base", "holes")] {
            try SyntheticCapture(
                model: model, dataset: dataset, prompts: SyntheticCapture.prompts(120), layers: 3, hiddenSize: 40,
                elementType: .float16
            ) { column, prompt, position, place in
                if dataset == "holes", column == .site(Site(.residPost, layer: 1)), prompt == 90, position == 1,
                    place == 7
                {
                    return .nan
                }
                if case .tokenID = column { return Double(position % 50) }
                let signal = place == 3 && prompt % 2 == 0 ? 0.5 : 0
                return noise(column, prompt, position, place) + signal + (model == "tuned" ? 0.01 * Double(place) : 0)
            }.write(to: store, chunkBytes: 50_000)
        }
        return try body(path)
    }

    private static func session(_ path: String, threads: Int = 2, isRead: Bool = true) throws -> QuerySession {
        var memory = MemoryLimit.standard
        if isRead { memory.heldBytes = 0 }
        return try QuerySession(store: path, options: QuerySession.Options(threads: threads, memory: memory))
    }

    private static let rows = #"capture("base", "plain").resid_post"#
    private static let classes = #" | contrast(group, "a" vs "b")"#
    private static let pair = #"pair(capture("base", "plain"), capture("tuned", "plain")).resid_post | diff"#
    private static let queries = [
        rows + classes + " | split(test=0.25, repeats=3, seed=3) | standardize | logreg(C=[0.1, 1]) | score",
        rows + classes + " | split(kfold=3, seed=3) | logreg | score(metric=\"log_loss\")",
        rows + classes + " | split(kfold=3, seed=3) | standardize | ridge(alpha=[1, 10]) | score",
        rows + classes + " | split(test=0.3, repeats=2, seed=1) | standardize | lda | score",
        rows + classes + " | split(kfold=3, seed=1) | lda(shrinkage=0.2) | predict | accuracy(group)",
        rows + classes + " | split(test=0.3, seed=1) | standardize | diff_means | roc(5)",
        rows + classes + " | split(test=0.3, seed=1) | diff_means(whiten=true) | score",
        rows + classes + " | balance | split(kfold=4, seed=2) | standardize | logreg | confusion",
        rows + " | normalize" + classes + " | split(test=0.3, seed=1) | ridge | weights | norm",
        rows + "[layer=1]" + classes + " | split(test=0.3, seed=1) | logreg | calibration(4)",
        rows + " | concat(layer)" + classes + " | split(test=0.3, seed=1) | standardize | ridge | score",
        pair + classes + " | split(kfold=3, seed=1) | standardize | logreg | score",
        rows + classes + " | ridge(alpha=3) | weights | norm",
    ]

    /// The numbers of answers, and the codes of their notes.
    private static func numbers(_ answers: [ShownValue]) -> ([Double], [String]) {
        let data = answers.map { $0.json().split(separator: "\"data\":")[1].split(separator: "\"n\":")[0] }
        return (
            data.flatMap { $0.split(whereSeparator: { !"0123456789.eE+-".contains($0) }).compactMap { Double($0) } },
            answers.flatMap { $0.notes.map(\.code) }
        )
    }

    @Test("the same answers as of rows that are held, and the same bytes on any number of threads", arguments: queries)
    func answersAgree(query: String) throws {
        try Self.withStore { path in
            let held = Self.numbers(try Self.session(path, isRead: false).answers(query))
            let one = try Self.session(path, threads: 1)
            let read = try one.answers(query)
            let found = Self.numbers(read)
            #expect(found.0.count == held.0.count && !held.0.isEmpty)
            for (a, b) in zip(found.0, held.0) { #expect(abs(a - b) <= 2e-4 * max(1, abs(b))) }
            #expect(found.1 == held.1)
            let again = try Self.session(path, threads: 8).answers(query)
            #expect(again.map { $0.json() } == read.map { $0.json() })
        }
    }

    @Test(
        "what can't be read again is held, to the bytes that it has then",
        arguments: [
            rows + "[layer=0]" + classes
                + #" | split(test=0.3, seed=1) | standardize | logreg(penalty="l1", C=0.1) | score"#,
            rows + "[layer=0]" + classes + #" | split(test=0.3, seed=1) | lda(shrinkage="auto") | score"#,
            // Fewer rows than columns.
            rows + "[layer=0] | head(6)" + classes + " | split(test=0.3, seed=1) | logreg | score",
            rows + #"[layer=0] | head(12) | split(kfold=2, seed=1) | logreg(y=group, penalty="l1") | score"#,
        ])
    func othersHold(query: String) throws {
        try Self.withStore { path in
            let held = try Self.session(path, isRead: false).answers(query).map { $0.json() }
            let found = try Self.session(path).answers(query).map { $0.json() }
            #expect(found == held)
        }
    }

    @Test func partsGiveTheSameBytes() throws {
        try Self.withStore { path in
            for query in [Self.queries[0], Self.queries[2], Self.queries[11]] {
                let whole = try Self.session(path).answers(query).map { $0.json() }.joined(separator: "\n")
                var memory = MemoryLimit.standard
                memory.heldBytes = 0
                let merged = try ShardTests.merged(path, query, parts: 3, memory: memory)
                #expect(merged == whole)
            }
        }
    }

    @Test func aNumberThatIsNoneIsNamedByItsLabels() throws {
        try Self.withStore { path in
            let query = #"capture("base", "holes").resid_post"# + Self.classes + " | split(kfold=3, seed=1) | "
            for fit in ["ridge | score", "logreg | score", "standardize | lda | score", "diff_means | score"] {
                let error = #expect(throws: QueryFailure.self) { try Self.session(path).answers(query + fit) }
                #expect(error?.diagnostic.code == "not-finite")
                #expect(error?.diagnostic.message == "prompt p90, token 1, layer 1, feature 7 is NaN")
            }
        }
    }

    @Test("stopped at any place it gives no answer, and the next one is whole")
    func stops() throws {
        try Self.withStore { path in
            let query = Self.rows + Self.classes + " | split(kfold=2, seed=3) | standardize | logreg | score"
            let wanted = try Self.session(path).answers(query).map { $0.json() }
            for limit in [1, 20, 60, 150] {
                let session = try Self.session(path)
                let asked = Atomic(0)
                session.watch(
                    asksToStop: { asked.wrappingAdd(1, ordering: .relaxed).newValue > limit }, report: { _, _ in })
                #expect(throws: QueryInterruption.self) { try session.answers(query) }
                session.watch(asksToStop: { false }, report: { _, _ in })
                #expect(try session.answers(query).map { $0.json() } == wanted)
            }
        }
    }

    @Test func aDamagedChunkIsNamed() throws {
        try Self.withStore { path in
            try EngineFixture.damageChunks(of: path)
            for fit in ["ridge", "logreg", "lda", "diff_means"] {
                let query = Self.rows + Self.classes + " | split(test=0.3, seed=1) | \(fit) | score"
                #expect {
                    try Self.session(path).answers(query)
                } throws: { error in
                    "\(error)".contains("chunks/")
                }
            }
        }
    }

    @Test func anExplanationCountsEveryLook() throws {
        try Self.withStore { path in
            let query =
                Self.rows + "[layer=0]" + Self.classes
                + " | split(test=0.25, seed=3) | diff_means | score | explain(run=true)"
            let steps = try #require(try Self.session(path).answers(query).first)
            guard case .grid(let grid) = steps.presentation.body else { return #expect(Bool(false), "no table") }
            let split = try #require(
                grid.rows.first { Plain.cell($0[0]).hasPrefix("split") }.map { $0.map(Plain.cell) })
            // 600 rows: the first of them for a centre, those of the training prompts, and the batches of those held out.
            let rows = try #require(Int(split[4]))
            #expect(rows > 600 && rows <= 1800, "\(split)")
            #expect((Double(split[6]) ?? 0) > 0, "\(split)")
        }
    }

    @Test func memoryIsThatOfBatches() throws {
        // 12 bytes of numbers are allowed: whatever is held would be refused.
        try Self.withStore { path in
            var memory = MemoryLimit(bytes: 12)
            let query = Self.rows + Self.classes + " | split(test=0.25, seed=3) | standardize | "
            func refusal(_ fit: String) -> String? {
                let options = QuerySession.Options(memory: memory)
                let error = #expect(throws: QueryFailure.self) {
                    try QuerySession(store: path, options: options).answers(query + fit + " | score")
                }
                return error?.diagnostic.code == "too-large" ? error?.diagnostic.message : nil
            }
            #expect(refusal("diff_means")?.contains("this needs 96 kB in memory") == true)
            memory.heldBytes = 0
            let session = try QuerySession(store: path, options: QuerySession.Options(memory: memory))
            #expect(try session.answers(query + "diff_means | score").count == 1)
            // Two fits at a time, each with squares of 40 columns, and L2 with its training rows, some 450, as its sample.
            #expect(refusal("ridge")?.contains("this needs 77 kB in memory") == true)
            #expect(refusal("logreg")?.contains("this needs 222 kB in memory") == true)
        }
    }
}
