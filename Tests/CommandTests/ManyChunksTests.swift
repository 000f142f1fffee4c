import Foundation
import TestSupport
import Testing

/// Makes the store of `Benchmarks/shell/run.py`: `VARVE_MANY_CHUNKS=DIR swift test --filter ManyChunks`.
@Suite struct ManyChunksTests {
    private static let folder = ProcessInfo.processInfo.environment["VARVE_MANY_CHUNKS"]

    @Test(.enabled(if: folder != nil, "a store of ten thousand chunks takes a minute"))
    func tenThousandChunks() throws {
        let folder = try #require(Self.folder)
        let prompts = SyntheticCapture.prompts(10_000)
        // One chunk a prompt, beside a capture in one chunk.
        try SyntheticStore.build(folder, [SyntheticCapture(dataset: "many", prompts: prompts)], chunkBytes: 1)
        try SyntheticStore.build(folder, [SyntheticCapture(dataset: "few", prompts: Array(prompts.prefix(200)))])
    }
}
