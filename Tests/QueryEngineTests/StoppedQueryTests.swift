import QueryLanguage
import Store
import Synchronization
import TestSupport
import Testing

@testable import QueryEngine

/// Whenever a query is stopped, the session goes on as if it had never been asked, and what a pass had pooled is used.
@Suite struct StoppedQueryTests {
    private static let queries = [
        "capture(\"*\", \"*\").resid_post | norm | mean(token)",
        "capture(\"base\", \"general\").resid_post | norm | bootstrap(40, seed=1) | ci",
        "capture(\"*\", \"general\").resid_post | norm | quantile([0.1, 0.9])",
        "pair(capture(\"base\", \"general\"), capture(\"tuned\", \"general\")).sae | overlap | mean",
        "capture(\"base\", \"general\").resid_post | where(role == \"assistant\") | pca(2)",
        "capture(\"tuned\", \"general\").resid_post[token=-1] | split(test=0.34, repeats=2, seed=1) | logreg(y=group) | score | summary",
    ]

    /// Says stop from the n-th time on that it is asked, and hears how many pieces a step has.
    private final class Stopper: Sendable {
        private let asked = Atomic(0)
        private let limit: Int
        private let pieces = Atomic(0)

        init(after limit: Int) { self.limit = limit }

        func ask() -> Bool { asked.wrappingAdd(1, ordering: .relaxed).newValue > limit }
        func hear(_ count: Int) { _ = pieces.wrappingAdd(count, ordering: .relaxed) }
        var times: Int { asked.load(ordering: .relaxed) }
        /// Sum over all reports of the pieces of their steps.
        var heard: Int { pieces.load(ordering: .relaxed) }

        func watch(_ session: QuerySession) {
            session.watch(asksToStop: { self.ask() }, report: { done, count in if done == count { self.hear(count) } })
        }
    }

    @Test(arguments: queries)
    func goesOnWithTheSameBytes(query: String) throws {
        let folder = try TemporaryDirectory()
        let store = folder.file("store")
        try EngineFixture.make(at: store)
        for threads in [1, 2] {
            let options = QuerySession.Options(threads: threads, exportRoot: folder.path)
            let whole = Stopper(after: .max)
            let session = try QuerySession(store: store, options: options)
            whole.watch(session)
            let wanted = try #require(try session.answers(query).last)
            // Stopped at some thirty places, the first and the last among them.
            var wentOn = 0
            for limit in Set((0...30).map { $0 * max(0, whole.times - 1) / 30 }).sorted() {
                let session = try QuerySession(store: store, options: options)
                Stopper(after: limit).watch(session)
                do {
                    _ = try session.answers(query)
                    // Two threads ask now and then a few times less.
                    #expect(threads > 1)
                    continue
                } catch {
                    #expect(error is QueryInterruption, "\(error)")
                }
                let rest = Stopper(after: .max)
                rest.watch(session)
                let value = try #require(try session.answers(query).last)
                #expect(value.json() == wanted.json(), "stopped after \(limit) of \(whole.times), \(threads) threads")
                #expect(value.notes == wanted.notes)
                if rest.heard < whole.heard { wentOn += 1 }
            }
            if query.contains("mean(token)") { #expect(wentOn > 0) }
        }
    }

    @Test func anotherPassIsNotTakenForTheStoppedOne() throws {
        try EngineFixture.withSession { session in
            let mean = "capture(\"*\", \"*\").resid_post | norm | mean(token)"
            let whole = Stopper(after: .max)
            whole.watch(session)
            let wanted = try session.answers(mean.replacing("mean", with: "sum")).last?.json()
            try EngineFixture.withSession { other in
                Stopper(after: whole.times / 2).watch(other)
                #expect(throws: QueryInterruption.self) { try other.answers(mean) }
                Stopper(after: .max).watch(other)
                let sum = try other.answers(mean.replacing("mean", with: "sum")).last?.json()
                #expect(
                    sum?.replacing(/"store":"[^"]*"/, with: "") == wanted?.replacing(/"store":"[^"]*"/, with: ""))
            }
        }
    }

    @Test func runsAreSearchedAsIfTheyWereSorted() {
        var generator = SeededGenerator(seed: 5)
        for size in [1, 60, 64, 65, 5000] {
            let values = (0..<size).map {
                $0 % 7 == 0 ? -0.0 : (Double.random(in: -2...2, using: &generator) * 10_000).rounded()
            }
            let sorted = values.sorted()
            let runs = SortedRuns(values, runLength: 64)
            for rank in [0, size / 3, size / 2, size - 1] { #expect(runs.number(ofRank: rank) == sorted[rank]) }
        }
    }
}
