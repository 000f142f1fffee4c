import Foundation
import QueryEngine
import QueryLanguage
import Store
import Tensor
import TestSupport
import Testing

/// Answers don't depend on how many threads or parts there are.
@Suite struct ShardTests {
    static let pair = #"pair(capture("base", ["general", "medical"]), capture("tuned", ["general", "medical"]))"#
    /// One of everything that reads rows.
    static let queries = [
        #"capture("base", "general").resid_post | mean"#,
        #"capture("base", ["general", "medical"]).resid_post | std"#,
        #"capture("base", "general").resid_post | norm | summary"#,
        #"capture("base", "general").resid_post | norm | mean(token) | mean(prompt)"#,
        #"capture("base", "general").resid_post | norm | mean(layer)"#,
        #"capture("base", "general").resid_post | norm | min"#,
        #"capture("base", "general").resid_post | norm | max(token)"#,
        #"capture("base", "general").resid_post | norm | count"#,
        #"capture("base", "general").resid_post | mean(by=group)"#,
        #"capture("tuned", ["general", "medical"]).lora | where(role == "assistant") | mean(token) | concat(layer)"#,
        #"capture("base", "general").resid_post[token=-1]"#,
        #"capture("base", "general").resid_post[layer=1] | head(2)"#,
        #"capture("base", "general").resid_post | pca(1)"#,
        #"capture("base", ["general", "medical"]).resid_post | pca(1, give="variance")"#,
        pair + ".resid_post | cosine | mean",
        pair + ".resid_post | cka",
        pair + ".resid_post | diff | norm | summary",
        pair + ".sae | topk([1, 2, 4]) | overlap | mean",
        pair + ".sae | topk(3) | jaccard | mean(token)",
        #"capture("base", "general").resid_post | contrast(group, "a" vs "b") | diff_means | norm"#,
        #"capture("base", "general").resid_post | contrast(group, "a" vs "b") | split(test=0.34, repeats=2, seed=1) | standardize | logreg(C=[0.1, 1]) | score"#,
        #"capture("base", "general").resid_post | norm([1, 2]) | mean"#,
        #"capture("base", "general").resid_post | head([5, 50]) | norm([1, 2]) | summary"#,
        #"capture("base", "general").resid_post[layer=1, token=-1] | split(test=0.34, seed=[1, 2]) | ridge(y=group) | score"#,
        """
        let same = \(pair).sae | overlap | mean
        (same[dataset="general"] - same[dataset="medical"]) / same[dataset="general"]
        \(pair).resid_post | distance | mean
        """,
    ]

    /// A store whose rows make more than one piece: 90 prompts of one and 30 tokens by turns, width 512.
    static func withStore<T>(_ body: (_ path: String) throws -> T) throws -> T {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/store"
        let prompts = (0..<360).map { index in
            PromptRecord(
                key: "p\(index)", source: "prompt \(index)", metadata: [("group", .string(index % 3 == 0 ? "a" : "b"))],
                tokenCount: index % 2 == 0 ? 1 : 30)
        }
        try SyntheticStore.build(
            path,
            ["base", "tuned"].map { model in
                SyntheticCapture(
                    model: model, dataset: "general", prompts: prompts, layers: 2, hiddenSize: 512,
                    elementType: .float16, latents: 64, seed: 7,
                    values: { column, prompt, position, place in
                        if column == .tokenID { return Double(position % 50) }
                        let noise = SyntheticCapture.noise(seed: model == "base" ? 1 : 2, latents: 64)
                        return noise(column, prompt, position, place)
                    })
            }, chunkBytes: 8 << 20)
        return try body(path)
    }

    static func answer(_ path: String, _ query: String, threads: Int) throws -> String {
        let session = try QuerySession(store: path, options: QuerySession.Options(threads: threads))
        return try session.answers(query).map { $0.json() }.joined(separator: "\n")
    }

    /// The parts of all rounds, each run with other threads.
    static func parts(_ path: String, _ query: String, parts count: Int) throws -> [[(name: String, bytes: [UInt8])]] {
        var rounds: [[(name: String, bytes: [UInt8])]] = []
        var isOpen = true
        while isOpen, rounds.count < 5 {
            isOpen = false
            var files: [(name: String, bytes: [UInt8])] = []
            for index in 0..<count {
                let shard = try #require(Shard(index: index, of: count))
                let session = try QuerySession(store: path, options: QuerySession.Options(threads: 1 + index % 3))
                let part = try session.partial(
                    SourceText(name: "test", text: query), shard: shard, after: rounds.flatMap { $0 })
                #expect(part.round == rounds.count + 1)
                files.append(("p\(index)-\(part.round).bin", part.bytes))
                isOpen = isOpen || part.isOpen
            }
            rounds.append(files)
        }
        return rounds
    }

    /// The answer of `count` parts.
    static func merged(
        _ path: String, _ query: String, parts count: Int, rounds: Int = 1, memory: MemoryLimit = .standard
    ) throws -> String {
        let files = try parts(path, query, parts: count)
        #expect(files.count == rounds, "\(query)")
        let session = try QuerySession(store: path, options: QuerySession.Options(threads: 2, memory: memory))
        var shown: [String] = []
        // Parts come in any order.
        try session.run(SourceText(name: "test", text: query), parts: files.flatMap { $0 }.reversed()) {
            shown.append($0.json())
        }
        return shown.joined(separator: "\n")
    }

    @Test("every query gives the same bytes on 1, 2 and 8 threads, and in 1, 3 and 8 parts", arguments: queries)
    func sameBytes(query: String) throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/store"
        try EngineFixture.make(at: path)
        let whole = try ShardTests.answer(path, query, threads: 1)
        for threads in [2, 8] { #expect(try ShardTests.answer(path, query, threads: threads) == whole) }
        for parts in [1, 3, 8] { #expect(try ShardTests.merged(path, query, parts: parts) == whole) }
    }

    @Test("the same over several pieces, chunks and sites")
    func sameBytesOfManyPieces() throws {
        let pair = #"pair(capture("base", "general"), capture("tuned", "general"))"#
        let queries = [
            #"capture("base", "general").resid_post | mean | norm"#,
            #"capture("base", "general").resid_post | std | norm"#,
            #"capture("base", "general").resid_post | norm | summary"#, pair + ".resid_post | cosine | mean",
            pair + ".sae | topk([1, 2, 4]) | overlap | mean",
            #"capture("base", "general").resid_post | pca(2, give="variance")"#,
            #"capture("base", "general").resid_post | norm | mean(token) | summary"#,
            #"capture("base", "general").resid_post | contrast(group, "a" vs "b") | diff_means | norm"#,
        ]
        try ShardTests.withStore { path in
            for query in queries {
                let whole = try ShardTests.answer(path, query, threads: 1)
                for threads in [2, 8] {
                    #expect(try ShardTests.answer(path, query, threads: threads) == whole, "\(query)")
                }
                #expect(try ShardTests.merged(path, query, parts: 4) == whole, "\(query)")
            }
        }
    }

    @Test(
        "what is looked for in the rows themselves comes in one round",
        arguments: [
            #"capture("base", "general").resid_post | norm | median"#,
            #"capture("base", "general").resid_post | norm | quantile([0.1, 0.9], token)"#,
            #"capture("base", ["general", "medical"]).resid_post | norm | top(5)"#,
            #"capture("base", "general").resid_post | norm | bottom(2, prompt, token) | context(2)"#,
            #"capture("base", "general").resid_post | norm | hist(4)"#,
            #"capture("base", "general").sae | freq | top(5)"#,
            #"capture("base", "general").sae | active(freq=0.1) | count"#,
            pair + ".sae | freq | diff | top(3)",
        ])
    func rowsThemselves(query: String) throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/store"
        try EngineFixture.make(at: path)
        let whole = try ShardTests.answer(path, query, threads: 2)
        #expect(try ShardTests.merged(path, query, parts: 3) == whole)
    }

    @Test(
        "what needs all rows before it reads the first comes in rounds",
        arguments: [
            (2, #"let r = capture("base", "general").resid_post[layer=0]\#nr | nearest((r | mean), 2)"#),
            (2, #"let r = capture("base", "general").resid_post\#nr | cosine((r | mean)) | mean"#),
            (2, #"capture("base", "general").resid_post | center | norm | mean"#),
            (2, #"capture("base", "general").resid_post | drop_dims(1) | norm | median"#),
            // The two sides of a pair are two passes, and the vector waits for what they give.
            (3, pair + ".resid_post | center | cosine | mean"),
            (
                3,
                """
                let r = capture("base", "general").resid_post
                let d = r | contrast(group, "a" vs "b") | diff_means | normalize
                r | center | dot(d) | top(3)
                r | mean | norm
                r | center | dot((r | center | project_out(d) | mean)) | mean
                """
            ),
            // The same step twice, and one that can be read in the first round beside one that waits.
            (
                2,
                """
                let r = capture("base", "general").resid_post[layer=1]
                let other = r | center | norm | max(token) | mean
                stack((r | center | norm | mean), other)
                r | norm | mean
                """
            ),
            (
                1,
                """
                let new = capture("base", "general").sae | active(freq=0.1)
                capture("tuned", "general").sae | examples(2, of=new, context=2)
                """
            ),
        ])
    func rounds(count: Int, query: String) throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/store"
        try EngineFixture.make(at: path)
        let whole = try ShardTests.answer(path, query, threads: 2)
        #expect(try ShardTests.merged(path, query, parts: 3, rounds: count) == whole)
    }

    @Test("rounds are asked for, and not beyond the last")
    func roundsAreNamed() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/store"
        try EngineFixture.make(at: path)
        let query = #"capture("base", "general").resid_post | center | norm | mean"#
        let rounds = try ShardTests.parts(path, query, parts: 2)
        let session = try QuerySession(store: path)
        let text = SourceText(name: "test", text: query)
        func complaint(_ body: () throws -> Void) -> String {
            do {
                try body()
                return ""
            } catch { return "\(error)" }
        }
        #expect(complaint { try session.run(text, parts: rounds[0]) { _ in } }.contains("make those of round 2"))
        #expect(
            complaint { try session.run(text, parts: rounds[0] + rounds[1].prefix(1)) { _ in } }.contains(
                "part 2/2 of round 2 missing"))
        let shard = try #require(Shard(index: 0, of: 2))
        #expect(
            complaint { _ = try session.partial(text, shard: shard, after: rounds.flatMap { $0 }) }.contains(
                "no rows are left to be read"))
        #expect(
            complaint { _ = try session.partial(text, shard: shard, after: Array(rounds[0].prefix(1))) }.contains(
                "part 2/2 missing"))
        let other = SourceText(name: "test", text: ShardTests.queries[0])
        #expect(
            complaint { _ = try session.partial(other, shard: shard, after: rounds[0]) }.contains("another query"))
        // A session goes on as before.
        #expect(try session.answers(query).map { $0.json() }.joined() == ShardTests.answer(path, query, threads: 1))
    }

    @Test("parts that are missing, twice there, damaged or of another query are refused by name")
    func damagedParts() throws {
        let query = SourceText(name: "test", text: ShardTests.queries[0])
        try EngineFixture.withSession { session in
            let parts = try (0..<2).map { index in
                ("p\(index).bin", try session.partial(query, shard: try #require(Shard(index: index, of: 2))).bytes)
            }
            func complaint(_ files: [(name: String, bytes: [UInt8])], _ text: SourceText? = nil) -> String {
                do {
                    try session.run(text ?? query, parts: files) { _ in }
                    return ""
                } catch {
                    return "\(error)"
                }
            }
            #expect(complaint([parts[0]]).contains("2/2 missing"))
            #expect(complaint([parts[0], parts[0]]).contains("also"))
            var bad = parts[1]
            bad.1[bad.1.count / 2] ^= 1
            #expect(complaint([parts[0], bad]).contains("p1.bin: damaged"))
            bad.1 = Array(parts[1].1.prefix(40))
            #expect(complaint([parts[0], bad]).contains("p1.bin"))
            #expect(complaint([("x", Array("text".utf8))]).contains("x: no part"))
            #expect(complaint(parts, SourceText(name: "test", text: ShardTests.queries[1])).contains("another query"))
            #expect(complaint(parts) == "")
        }
    }
}
