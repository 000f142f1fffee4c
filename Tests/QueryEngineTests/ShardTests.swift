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

    /// The answer of `count` parts, each run with other threads.
    static func merged(_ path: String, _ query: String, parts count: Int) throws -> String {
        var files: [(name: String, bytes: [UInt8])] = []
        for index in 0..<count {
            let shard = try #require(Shard(index: index, of: count))
            let session = try QuerySession(store: path, options: QuerySession.Options(threads: 1 + index % 3))
            files.append(
                ("p\(index).bin", try session.partial(SourceText(name: "test", text: query), shard: shard)))
        }
        // Parts come in any order.
        files.reverse()
        let session = try QuerySession(store: path, options: QuerySession.Options(threads: 2))
        var shown: [String] = []
        try session.run(SourceText(name: "test", text: query), parts: files) { shown.append($0.json()) }
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
        "what needs all rows before it reads the first is refused with a mend",
        arguments: [
            #"let r = capture("base", "general").resid_post[layer=0]\#nr | nearest((r | mean), 2)"#,
            #"let r = capture("base", "general").resid_post\#nr | cosine((r | mean)) | mean"#,
            #"capture("base", "general").resid_post | center | norm | mean"#,
            #"capture("base", "general").resid_post | norm | median"#,
        ])
    func refusals(query: String) throws {
        try EngineFixture.withSession { session in
            let error = #expect(throws: QueryFailure.self) {
                _ = try session.partial(
                    SourceText(name: "test", text: query), shard: try #require(Shard(index: 0, of: 2)))
            }
            #expect(error?.diagnostic.code == "reads-twice")
            #expect(error?.diagnostic.help?.contains("load") == true)
        }
    }

    @Test("parts that are missing, twice there, damaged or of another query are refused by name")
    func damagedParts() throws {
        let query = SourceText(name: "test", text: ShardTests.queries[0])
        try EngineFixture.withSession { session in
            let parts = try (0..<2).map { index in
                ("p\(index).bin", try session.partial(query, shard: try #require(Shard(index: index, of: 2))))
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
