import Foundation
import Store
import Tensor
import TestSupport
import Testing

/// Columns that are added later to the rows of a capture.
@Suite struct ColumnGroupTests {
    let directory: TemporaryDirectory
    let path: String
    let narrow = SyntheticCapture(prompts: SyntheticCapture.prompts(15), layers: 2)
    let wide = SyntheticCapture(prompts: SyntheticCapture.prompts(15), layers: 2, latents: 64)

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("s")
    }

    /// As the wide capture, but for the number of layers that the model has.
    private var more: CaptureSpec { wide.spec }

    private func everyValue(_ capture: SyntheticCapture) throws {
        let snapshot = try Snapshot.open(path)
        let record = try #require(snapshot.captures.first)
        for column in record.columns {
            let chunks = record.chunks(holding: column.id)
            #expect(chunks.reduce(0) { $0 + $1.rowCount } == record.rowCount)
            for chunk in chunks {
                let prompts = chunk.firstPrompt..<(chunk.firstPrompt + chunk.promptCount)
                let reader = try snapshot.reader(for: chunk)
                #expect(try rows(reader, column, 0..<chunk.rowCount) == capture.bytes(of: column, prompts: prompts))
            }
        }
    }

    @Test func theSameRowsGetMoreColumns() throws {
        try SyntheticStore.build(path, [narrow], chunkBytes: 700)
        let before = try Snapshot.open(path)
        let old = try files(path).filter { $0.key.hasPrefix("chunks/") }
        let store = try StoreWriter(path: path)
        let writer = try store.beginCapture(more, prompts: wide.prompts, chunkBytes: 300)
        #expect(
            writer.columns.map { more.columns[$0].id } == [
                .latentIndex(SyntheticCapture.autoencoder), .latentValue(SyntheticCapture.autoencoder),
            ])
        let planned = writer.plannedChunks
        #expect(planned.count > 2)
        for chunk in planned.dropLast() { try writer.commit(wide.builder(for: chunk, writer, more)) }
        // Not to be read before it covers every row, but no secret either.
        let half = try Snapshot.open(path)
        #expect(half.captures[0].columns == narrow.spec.columns)
        #expect(half.captures[0].latentSpaces.isEmpty)
        #expect(half.captures[0].groups.map(\.isComplete) == [true, false])
        #expect(half.captures[0].chunks(holding: .latentIndex(SyntheticCapture.autoencoder)).isEmpty)
        #expect(try StoreVerification.run(path).isSound)
        try wide.write(to: store)

        let snapshot = try Snapshot.open(path)
        #expect(snapshot.captures[0].columns == wide.spec.columns)
        #expect(snapshot.captures[0].latentSpaces == wide.spec.latentSpaces)
        #expect(snapshot.captures[0].chunks == before.captures[0].chunks)
        #expect(try snapshot.prompts(of: snapshot.captures[0]).keys == wide.prompts.map(\.key))
        #expect(before.captures[0].columns == narrow.spec.columns)
        try everyValue(wide)
        let now = try files(path)
        for (name, bytes) in old { #expect(now[name] == bytes) }
        #expect(try snapshot.summary().captures[0].columns.map(\.spec) == wide.spec.columns)
        #expect(try StoreVerification.run(path).isSound)
    }

    @Test func theSameCommandAgainAddsNothing() throws {
        try SyntheticStore.build(path, [narrow, wide], chunkBytes: 700)
        let before = try files(path)
        let store = try StoreWriter(path: path)
        for capture in [narrow, wide] {
            let writer = try store.beginCapture(capture.spec, prompts: capture.prompts)
            #expect(writer.isComplete && writer.columns.isEmpty && !writer.plannedChunks.isEmpty)
            #expect(writer.rowCount == capture.prompts.reduce(0) { $0 + $1.tokenCount })
        }
        #expect(try files(path) == before)
    }

    @Test func anInterruptedAdditionResumes() throws {
        try SyntheticStore.build(path, [narrow], chunkBytes: 700)
        for _ in 0..<12 { try wide.write(to: try StoreWriter(path: path), chunkBytes: 300, limit: 1) }
        #expect(try Snapshot.open(path).captures[0].groups.map(\.isComplete) == [true, true])
        try everyValue(wide)
        let whole = directory.file("whole")
        try SyntheticStore.build(whole, [narrow], chunkBytes: 700)
        try SyntheticStore.build(whole, [wide], chunkBytes: 300)
        let (parts, once) = (try files(path), try files(whole))
        for (name, bytes) in once where name.hasPrefix("chunks/") { #expect(parts[name] == bytes) }
    }

    @Test func modulesComeWithTheirColumns() throws {
        let capture = SyntheticCapture(loraRank: 2)
        var bare = capture.spec
        let scalars = capture.spec.columns.indices.filter {
            if case .site(let site) = capture.spec.columns[$0].id { site.point == .lora } else { false }
        }
        for index in scalars.reversed() { bare.columns.remove(at: index) }
        bare.adapterModules = []
        let store = try StoreWriter(path: path)
        let first = try store.beginCapture(bare, prompts: capture.prompts)
        for chunk in first.plannedChunks { try first.commit(capture.builder(for: chunk, first, bare)) }
        #expect(try Snapshot.open(path).captures[0].adapterModules.isEmpty)
        try capture.write(to: store)
        let record = try Snapshot.open(path).captures[0]
        #expect(record.adapterModules == capture.spec.adapterModules)
        #expect(Set(record.columns.map(\.id)) == Set(capture.spec.columns.map(\.id)))
        try everyValue(capture)
    }

    @Test func refusals() throws {
        let store = try StoreWriter(path: path)
        try narrow.write(to: store, chunkBytes: 700, limit: 1)
        let unfinished = #expect(throws: StoreError.self) {
            try store.beginCapture(more, prompts: wide.prompts)
        }
        #expect(unfinished?.kind == .conflict)
        #expect(unfinished?.description.contains("unfinished") == true)
        try narrow.write(to: store, chunkBytes: 700)
        try wide.write(to: store, chunkBytes: 300, limit: 1)
        // One addition at a time.
        let deep = SyntheticCapture(prompts: wide.prompts, layers: 3, latents: 64)
        var spec = deep.spec
        spec.layerCount = 2
        let busy = #expect(throws: StoreError.self) { try store.beginCapture(spec, prompts: deep.prompts) }
        #expect(busy?.description.contains("unfinished columns (sae.1.demo.index") == true)
        try wide.write(to: store)
        try store.beginCapture(spec, prompts: deep.prompts).columns.forEach {
            #expect(spec.columns[$0].id == .site(Site(.residPost, layer: 2)))
        }
        // The same name with other content.
        spec = more
        spec.latentSpaces[0].digest = "another"
        let other = #expect(throws: StoreError.self) { try store.beginCapture(spec, prompts: wide.prompts) }
        #expect(other?.description.contains("another sae.1.demo") == true)
        spec = more
        spec.columns[5].width = 9
        #expect(throws: StoreError.self) { try store.beginCapture(spec, prompts: wide.prompts) }
    }

    @Test func addedColumnsGoAndComeBack() throws {
        try SyntheticStore.build(path, [narrow, wide], chunkBytes: 500)
        let files = try files(path).keys.filter { $0.hasPrefix("chunks/") }.sorted()
        let store = try StoreWriter(path: path)
        let kept = #expect(throws: StoreError.self) {
            try store.remove(column: .tokenID, of: "base", dataset: "general")
        }
        #expect(kept?.kind == .conflict)
        let report = try store.remove(
            column: .latentIndex(SyntheticCapture.autoencoder), of: "base", dataset: "general")
        #expect(report.chunkCount > 0)
        #expect(try Snapshot.open(path).captures[0].columns == narrow.spec.columns)
        try wide.write(to: store, chunkBytes: 500)
        #expect(try Snapshot.open(path).captures[0].columns == wide.spec.columns)
        #expect(try store.purge().sharedFiles == report.chunkCount)
        #expect(try StoreTests.files(path).keys.filter { $0.hasPrefix("chunks/") }.sorted() == files)
        try store.remove(column: .latentValue(SyntheticCapture.autoencoder), of: "base", dataset: "general")
        #expect(try store.purge().removedFiles == report.chunkCount)
        try everyValue(narrow)
        #expect(try StoreVerification.run(path).isSound)
    }
}
