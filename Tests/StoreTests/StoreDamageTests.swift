import ChunkFormat
import Foundation
import Store
import TestSupport
import Testing

@Suite struct StoreDamageTests {
    let directory: TemporaryDirectory
    let path: String
    let capture = SyntheticCapture(loraRank: 1, latents: 64)

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("s")
        try SyntheticStore.build(path, [capture])
    }

    @Test func aDamagedBlockNamesFileAndOffset() throws {
        let snapshot = try Snapshot.open(path)
        let chunk = snapshot.captures[0].chunks[0]
        try flip(chunkPath(path, chunk), at: 64)
        let reader = try Snapshot.open(path).reader(for: chunk)
        // The first column is damaged, the others are not.
        let error = try #require(throws: StoreError.self) { try rows(reader, reader.columns[0], 0..<1) }
        guard case .damaged(let corruption) = error.kind else {
            Issue.record("\(error)")
            return
        }
        #expect(corruption.path == chunkPath(path, chunk))
        #expect(corruption.offset == 64)
        #expect(error.description.contains("block 0 of token_id"))
        #expect(throws: Never.self) { try rows(reader, reader.columns[4], 0..<1) }

        let report = try StoreVerification.run(path)
        #expect(report.damages.map(\.description) == [error.description])
    }

    @Test func everyPlaceOfAChunkFileIsVerified() throws {
        let chunk = try Snapshot.open(path).captures[0].chunks[0]
        let file = chunkPath(path, chunk)
        for place in stride(from: 0, to: chunk.storedBytes, by: 61) {
            try flip(file, at: place)
            let report = try StoreVerification.run(path)
            #expect(!report.isSound, "byte \(place)")
            #expect(report.damages.allSatisfy { $0.description.contains(chunk.name) })
            try flip(file, at: place)
        }
        #expect(try StoreVerification.run(path).isSound)
    }

    @Test func missingAndShortChunkFiles() throws {
        let chunk = try Snapshot.open(path).captures[0].chunks[0]
        let file = chunkPath(path, chunk)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        for length in [0, 1, 63, 64, 111, 112, bytes.count / 2, bytes.count - 1] {
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
            try bytes.prefix(length).write(to: URL(fileURLWithPath: file))
            #expect(throws: StoreError.self) { try Snapshot.open(path).reader(for: chunk) }
            #expect(throws: StoreError.self) { try StoreWriter(path: path) }
            #expect(try !StoreVerification.run(path).isSound)
        }
        try FileManager.default.removeItem(atPath: file)
        let error = #expect(throws: StoreError.self) { try StoreWriter(path: path) }
        #expect(error?.description.contains(chunk.name) == true)
        #expect(try StoreVerification.run(path).damages.count == 1)
    }

    /// A flipped byte of the catalogue either is found or changes no value that can be read.
    @Test func flippedCatalogueBytesNeverChangeAValue() throws {
        let file = path + "/catalog.sqlite"
        let expected = try everything(path)
        let size = try Data(contentsOf: URL(fileURLWithPath: file)).count
        var generator = SeededGenerator(seed: 8)
        var found = 0
        for _ in 0..<150 {
            let place = Int.random(in: 0..<size, using: &generator)
            let mask = UInt8(1) << UInt8.random(in: 0..<8, using: &generator)
            try flip(file, at: place, mask: mask)
            if let values = try? everything(path) {
                #expect(values == expected, "byte \(place)")
            } else {
                found += 1
            }
            try flip(file, at: place, mask: mask)
        }
        #expect(found > 8)
        #expect(try everything(path) == expected)
    }

    @Test func damagedDescriptions() throws {
        let file = path + "/STORE.json"
        let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        for place in bytes.indices {
            try flip(file, at: place, mask: 1)
            #expect(throws: StoreError.self) { try Snapshot.open(path) }
            try flip(file, at: place, mask: 1)
        }
        for length in bytes.indices {
            try bytes.prefix(length).write(to: URL(fileURLWithPath: file))
            #expect(throws: StoreError.self) { try Snapshot.open(path) }
        }
    }

    @Test func anotherStoresCatalogueIsRefused() throws {
        let other = directory.file("other")
        try SyntheticStore.build(other, [capture])
        try FileManager.default.removeItem(atPath: path + "/catalog.sqlite")
        #expect(throws: StoreError.self) { try Snapshot.open(path) }
        try FileManager.default.copyItem(atPath: other + "/catalog.sqlite", toPath: path + "/catalog.sqlite")
        let error = #expect(throws: StoreError.self) { try Snapshot.open(path) }
        #expect(error?.description.contains("identity") == true)
    }

    @Test func aRemovedRowIsFound() throws {
        for (table, message) in [
            ("sites", "table sites"), ("prompts", "table prompts"), ("chunk_prompts", "chunk_prompts"),
        ] {
            let copy = directory.file("copy-" + table)
            try FileManager.default.copyItem(atPath: path, toPath: copy)
            try sqlite(
                copy + "/catalog.sqlite",
                "PRAGMA foreign_keys = OFF; DELETE FROM \(table) WHERE id = (SELECT max(id) FROM \(table))")
            let error = #expect(throws: StoreError.self) { try everything(copy) }
            #expect(error?.description.contains(message) == true)
            #expect(throws: StoreError.self) { try StoreWriter(path: copy) }
            #expect(try !StoreVerification.run(copy).isSound)
        }
    }

    @Test func achangedSchemaIsFound() throws {
        try sqlite(path + "/catalog.sqlite", "CREATE INDEX extra ON prompts (key)")
        let error = #expect(throws: StoreError.self) { try Snapshot.open(path) }
        #expect(error?.description.contains("schema") == true)
    }
}
