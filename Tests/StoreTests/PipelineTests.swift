import ChunkFormat
import Foundation
import Tensor
import TestSupport
import Testing

@testable import Store

/// Chunks that are encoded, written and committed behind the caller's back.
@Suite struct PipelineTests {
    /// Wide enough that a column has several segments; chunks of about 1.5 MB.
    private static let wide = SyntheticCapture(
        prompts: SyntheticCapture.prompts(260), layers: 1, hiddenSize: 700, loraRank: 2, latents: 64)
    private static let small = SyntheticCapture(prompts: SyntheticCapture.prompts(12))

    /// A builder of random bits, which no encoding makes much smaller.
    private func noise(_ chunk: PlannedChunk, _ writer: CaptureWriter) -> ChunkBuilder {
        var builder = writer.makeBuilder(for: chunk)
        var generator = SeededGenerator(seed: UInt64(chunk.index))
        for (index, column) in PipelineTests.wide.spec.columns.enumerated() {
            let count = (column.rowBytes * chunk.rowCount + 7) / 8
            let words = (0..<count).map { _ in generator.next() }
            let bytes = unsafe words.span.bytes.extracting(first: column.rowBytes * chunk.rowCount)
            builder.write(bytes, column: index, row: 0)
        }
        return builder
    }

    private func chunkFiles(_ path: String) throws -> [String: Data] {
        try files(path).filter { $0.key.hasPrefix("chunks/") }
    }

    @Test func theBytesDependOnNoThread() throws {
        let directory = try TemporaryDirectory()
        let capture = PipelineTests.wide
        for (threads, isSubmitted) in [(1, false), (1, true), (4, false), (4, true)] {
            let store = try StoreWriter(path: directory.file("\(threads)-\(isSubmitted)"), threads: threads)
            let writer = try store.beginCapture(capture.spec, prompts: capture.prompts, chunkBytes: 1_500_000)
            for chunk in writer.plannedChunks {
                if isSubmitted {
                    try writer.submit(noise(chunk, writer))
                    // The chunk before is committed by now, this one not yet.
                    #expect(writer.plannedChunks.filter(\.isCommitted).count == chunk.index)
                } else {
                    try writer.commit(noise(chunk, writer))
                }
            }
            try writer.finish()
            #expect(writer.isComplete)
        }
        let expected = try chunkFiles(directory.file("1-false"))
        #expect(expected.count > 1)
        for name in ["1-true", "4-false", "4-true"] {
            #expect(try chunkFiles(directory.file(name)) == expected)
            #expect(try StoreVerification.run(directory.file(name)).isSound)
        }
    }

    /// Rows in the caller's memory give the same files, and aren't read any more once they are handed over; chunks that are
    /// built row by row may come between them.
    @Test(arguments: [1, 2]) func rowsOfTheCallerAreEncodedWhereTheyLie(step: Int) throws {
        let directory = try TemporaryDirectory()
        let capture = PipelineTests.small
        let store = try StoreWriter(path: directory.file("s"), threads: 2)
        let writer = try store.beginCapture(capture.spec, prompts: capture.prompts, chunkBytes: 500)
        for chunk in writer.plannedChunks {
            guard chunk.index % step == 0 else {
                try writer.submit(capture.builder(for: chunk, writer, capture.spec))
                continue
            }
            let prompts = chunk.firstPrompt..<(chunk.firstPrompt + chunk.promptCount)
            var memory: [UInt8] = []
            var places: [Range<Int>] = []
            for column in capture.spec.columns {
                let start = memory.count
                memory += capture.bytes(of: column, prompts: prompts)
                places.append(start..<memory.count)
            }
            try unsafe memory.withUnsafeBytes { bytes in
                unsafe try writer.submit(chunk, rows: places.map { unsafe UnsafeRawBufferPointer(rebasing: bytes[$0]) })
            }
            for place in memory.indices { memory[place] = 0xEE }
        }
        try writer.finish()
        try SyntheticStore.build(directory.file("alone"), [capture], chunkBytes: 500)
        #expect(try chunkFiles(directory.file("s")) == chunkFiles(directory.file("alone")))
        #expect(try StoreVerification.run(directory.file("s")).isSound)
    }

    /// The memory of a chunk serves the next ones, and no row of one chunk shows up in another.
    @Test func memoryIsUsedAgain() throws {
        let directory = try TemporaryDirectory()
        let capture = PipelineTests.small
        let store = try StoreWriter(path: directory.file("s"), threads: 2)
        // No prompt is longer than a chunk: memory of such a one is made for it alone, and when depends on the threads.
        let longest = (capture.prompts.map(\.tokenCount).max() ?? 0) * capture.spec.rowBytes
        let writer = try store.beginCapture(capture.spec, prompts: capture.prompts, chunkBytes: longest)
        #expect(writer.plannedChunks.count > 4 && writer.plannedChunks.allSatisfy { $0.rawBytes <= longest })
        var memories: [ObjectIdentifier: RowMemory] = [:]
        for chunk in writer.plannedChunks {
            let builder = capture.builder(for: chunk, writer, capture.spec)
            // Kept, so that none takes the place of another that is gone.
            memories[ObjectIdentifier(builder.buffers.memory)] = builder.buffers.memory
            try writer.submit(builder)
        }
        try writer.finish()
        #expect(memories.count <= 2)
        try SyntheticStore.build(directory.file("alone"), [capture], chunkBytes: longest)
        #expect(try chunkFiles(directory.file("s")) == chunkFiles(directory.file("alone")))
    }

    /// A chunk that can't be written is reported by the next call; what was committed stays, and the rest can follow.
    @Test(arguments: [true, false])
    func anErrorComesOutOfTheNextCall(bySubmit: Bool) throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        let capture = PipelineTests.small
        let store = try StoreWriter(path: path, threads: 2)
        let writer = try store.beginCapture(capture.spec, prompts: capture.prompts, chunkBytes: 500)
        func builder(_ index: Int) -> ChunkBuilder {
            capture.builder(for: writer.plannedChunks[index], writer, capture.spec)
        }
        try writer.submit(builder(0))
        try writer.finish()
        try FileManager.default.removeItem(atPath: path + "/tmp")
        try writer.submit(builder(1))
        let error = #expect(throws: StoreError.self) {
            if bySubmit { try writer.submit(builder(2)) } else { try writer.finish() }
        }
        #expect(error?.kind == .missing)
        #expect(error?.description.contains("/tmp/") == true)
        #expect(writer.plannedChunks.map(\.isCommitted).filter { $0 }.count == 1)
        #expect(try Snapshot.open(path).captures[0].chunks.count == 1)
        #expect(try chunkFiles(path).count == 1)
        // Nothing is in flight any more.
        try writer.finish()
        try FileManager.default.createDirectory(atPath: path + "/tmp", withIntermediateDirectories: false)
        for index in writer.plannedChunks.indices.dropFirst() { try writer.submit(builder(index)) }
        try writer.finish()
        #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/tmp").isEmpty)
        try SyntheticStore.build(directory.file("whole"), [capture], chunkBytes: 500)
        #expect(try chunkFiles(path) == chunkFiles(directory.file("whole")))
        #expect(try StoreVerification.run(path).isSound)
    }

    /// A chunk that nobody finishes leaves no file, and the store is free for the next writer.
    @Test func aWriterThatIsDroppedTakesItsChunkBack() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        let capture = PipelineTests.small
        do {
            let store = try StoreWriter(path: path)
            let writer = try store.beginCapture(capture.spec, prompts: capture.prompts, chunkBytes: 500)
            try writer.commit(capture.builder(for: writer.plannedChunks[0], writer, capture.spec))
            try writer.submit(capture.builder(for: writer.plannedChunks[1], writer, capture.spec))
        }
        #expect(try chunkFiles(path).count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/tmp").isEmpty)
        let store = try StoreWriter(path: path)
        #expect(store.recovery == RecoveryReport())
        try capture.write(to: store, chunkBytes: 500)
        #expect(try Snapshot.open(path).captures[0].isComplete)
    }

    @Test func whatIsOnDiskIsAcknowledgedWithoutWaiting() throws {
        let directory = try TemporaryDirectory()
        let capture = PipelineTests.small
        let store = try StoreWriter(path: directory.file("s"))
        let writer = try store.beginCapture(capture.spec, prompts: capture.prompts, chunkBytes: 500)
        try writer.submit(capture.builder(for: writer.plannedChunks[0], writer, capture.spec))
        let end = ContinuousClock.now + .seconds(20)
        while !writer.plannedChunks[0].isCommitted, ContinuousClock.now < end {
            try writer.acknowledge()
            Thread.sleep(forTimeInterval: 0.001)
        }
        #expect(try Snapshot.open(directory.file("s")).captures[0].chunks.count == 1)
    }

    @Test func capturesByTurnsCommitInOrder() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        let store = try StoreWriter(path: path)
        let captures = ["a", "b"].map { SyntheticCapture(model: $0, prompts: SyntheticCapture.prompts(12)) }
        let writers = try captures.map { try store.beginCapture($0.spec, prompts: $0.prompts, chunkBytes: 500) }
        for index in writers[0].plannedChunks.indices {
            for (capture, writer) in zip(captures, writers) {
                try writer.submit(capture.builder(for: writer.plannedChunks[index], writer, capture.spec))
            }
        }
        for writer in writers { try writer.finish() }
        #expect(try Snapshot.open(path).captures.map(\.isComplete) == [true, true])
        #expect(try StoreVerification.run(path).isSound)
    }

    /// A full file system: an error, a readable store, nothing left over; with room again the ingest completes.
    @Test(.enabled(if: SmallFileSystem.isPossible, "mounting a small file system takes a right that this user lacks"))
    func aFullFileSystemLosesNothing() throws {
        let disk = try SmallFileSystem(bytes: 7 << 20)
        let path = disk.path + "/s"
        let capture = PipelineTests.wide
        let store = try StoreWriter(path: path, threads: 2) { _ throws(StoreError) in Int.max / 4 }
        let writer = try store.beginCapture(capture.spec, prompts: capture.prompts, chunkBytes: 400_000)
        let ballast = disk.path + "/ballast"
        try Data(count: 4 << 20).write(to: URL(fileURLWithPath: ballast))
        var failure: StoreError?
        do throws(StoreError) {
            for chunk in writer.plannedChunks {
                try writer.submit(noise(chunk, writer))
            }
            try writer.finish()
        } catch {
            failure = error
        }
        guard case .noRoom? = failure?.kind else {
            Issue.record("\(String(describing: failure))")
            return
        }
        let committed = writer.plannedChunks.filter(\.isCommitted).count
        #expect(try Snapshot.open(path).captures.first?.chunks.count ?? 0 == committed)
        #expect(try StoreVerification.run(path).isSound)
        #expect(try chunkFiles(path).count == committed)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/tmp").isEmpty)
        try FileManager.default.removeItem(atPath: ballast)
        for chunk in writer.plannedChunks where !chunk.isCommitted {
            try writer.submit(noise(chunk, writer))
        }
        try writer.finish()
        #expect(try Snapshot.open(path).captures[0].isComplete)
        #expect(try StoreVerification.run(path).isSound)
    }
}
