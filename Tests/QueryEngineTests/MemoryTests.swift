import QueryEngine
import QueryLanguage
import Store
import Tensor
import TestSupport
import Testing

/// What one value may take in memory, and what is done to stay below it.
@Suite struct MemoryTests {
    /// Four layers of 700 rows × 260, 2.9 MB once they are numbers.
    private static func withStore<T>(_ body: (String) throws -> T) throws -> T {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/store"
        let store = try StoreWriter(path: path)
        for (model, layers) in [("base", 4), ("tuned", 1)] {
            let capture = SyntheticCapture(
                model: model, dataset: "wide", prompts: SyntheticCapture.prompts(140), layers: layers, hiddenSize: 260,
                elementType: .float16)
            try capture.write(to: store, chunkBytes: 300_000)
        }
        return try body(path)
    }

    private static func session(_ path: String, threads: Int = 2, memory: Int) throws -> QuerySession {
        try QuerySession(
            store: path, options: QuerySession.Options(threads: threads, memory: MemoryLimit(bytes: memory)))
    }

    private static let rows = #"capture("base", "wide").resid_post"#

    @Test func whatIsTooLargeIsRefusedWithItsSize() throws {
        try Self.withStore { path in
            let error = #expect(throws: QueryFailure.self) {
                _ = try Self.session(path, memory: 1_000_000).answers(Self.rows + #" | export("x.npy")"#)
            }
            let diagnostic = try #require(error?.diagnostic)
            #expect(diagnostic.code == "too-large")
            #expect(diagnostic.message == "this needs 2.9 MB in memory, and 1.0 MB are allowed")
            #expect(diagnostic.help?.hasSuffix("or set VARVE_MEMORY, such as VARVE_MEMORY=3M, to allow more") == true)
        }
    }

    @Test("layers that don't fit together are fitted one after the other, to the same bytes, on any number of threads")
    func layersInTurn() throws {
        let fits = Self.rows + #" | contrast(group, "a" vs "b")"#
        let queries = [
            fits + " | split(test=0.25, seed=3) | standardize | ridge(alpha=[1, 10]) | score",
            fits + " | split(kfold=3, seed=3) | standardize | ridge(alpha=1) | score(metric=\"auroc\")",
            fits + " | split(kfold=3, repeats=2, seed=1) | ridge(alpha=5) | predict | accuracy(group)",
            fits + " | split(test=0.3, repeats=2, seed=2) | standardize | logreg(C=0.1) | score(metric=\"accuracy\")",
            fits + " | ridge(alpha=3) | weights | norm",
        ]
        try Self.withStore { path in
            for query in queries {
                let whole = try Self.session(path, memory: 1 << 30).answers(query).map { $0.json() }
                for (threads, memory) in [(1, 1_000_000), (2, 2_000_000), (8, 1_000_000)] {
                    let parts = try Self.session(path, threads: threads, memory: memory).answers(query)
                    #expect(parts.map { $0.json() } == whole, "\(query) on \(threads)")
                }
                #expect(whole.joined().contains("layer"))
            }
        }
    }

    @Test("rows read straight to their place are those that come in batches")
    func directReading() throws {
        try Self.withStore { path in
            let session = try Self.session(path, memory: 1 << 30)
            let pair = #"pair(capture("base", "wide"), capture("tuned", "wide"))"#
            for rest in [" | norm | top(20)", " | head(37) | norm | top(20)"] {
                // One side of a pair is read in batches.
                let straight = try session.answers("\(Self.rows)[layer=0] | standardize" + rest)
                let batches = try session.answers("\(pair).resid_post[layer=0] | left | standardize" + rest)
                #expect(try Self.data(straight) == Self.data(batches))
            }
        }
    }

    /// The numbers of the first answer.
    private static func data(_ answers: [ShownValue]) throws -> Substring {
        let text = try #require(answers.first).json()
        let start = try #require(text.firstRange(of: "\"data\":"))
        let end = try #require(text.firstRange(of: "\"notes\""))
        return text[start.upperBound..<end.lowerBound]
    }

    @Test("components asked again are the same, and nothing is read for them")
    func gramsAreKept() throws {
        try Self.withStore { path in
            let session = try Self.session(path, memory: 1 << 30)
            let first = try session.answers(Self.rows + " | pca(3, give=\"variance\")")
            let again = try session.answers(Self.rows + " | pca(3, give=\"variance\")")
            #expect(first.map { $0.json() } == again.map { $0.json() })
            #expect(first[0].reads.bytes > 0 && again[0].reads.bytes == 0)
            // One of the layers, and another number of components.
            let one = try session.answers(Self.rows + "[layer=2] | pca(1, give=\"variance\")")
            #expect(one[0].reads.bytes == 0)
            let fresh = try Self.session(path, threads: 1, memory: 1 << 30).answers(
                Self.rows + "[layer=2] | pca(1, give=\"variance\")")
            #expect(one.map { $0.json() } == fresh.map { $0.json() })
            // Other rows, and rows that a step changes, are read.
            for query in ["\(Self.rows) | head(100) | pca(1)", "\(Self.rows) | normalize | pca(1)"] {
                #expect(try session.answers(query)[0].reads.bytes > 0, "\(query)")
            }
            // Too little room to keep any.
            let poor = try Self.session(path, memory: 1_000_000)
            for count in 1...2 { #expect(try poor.answers(Self.rows + " | pca(\(count))")[0].reads.bytes > 0) }
        }
    }

    @Test(arguments: [
        ("8G", 8_000_000_000), ("512m", 512_000_000), ("1000", 1000), ("2k", 2000), ("", 0), ("G", 0), ("-1G", 0),
        ("1.5G", 0), ("٣G", 0), ("99999999999999999999", 0), ("9223372036854775807T", 0), ("0", 0),
    ])
    func amounts(text: String, bytes: Int) {
        #expect(MemoryLimit(text)?.bytes ?? 0 == bytes)
    }
}
