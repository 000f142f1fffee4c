import Foundation
import Testing

@testable import TensorFiles

@Suite struct ZipTests {
    @Test func readsWhatNumPyWrote() throws {
        try withFile(RecordedNumPy.archive, name: "x.npz") { path in
            let archive = try ZipReader(path: path)
            #expect(archive.members.map(\.name) == ["W.npy", "n.npy"])
            let array = try archive.array("W")
            #expect(array.type == .float64 && array.shape == [2])
            #expect(try archive.array("n").shape.isEmpty)
            #expect(message { _ = try archive.array("b") }.contains("it has W.npy, n.npy"))
        }
        try withFile(RecordedNumPy.compressed, name: "x.npz") { path in
            #expect(message { _ = try ZipReader(path: path).array("W") }.contains("numpy.savez instead"))
        }
    }

    static func sample() throws -> [UInt8] {
        var writer = ZipWriter()
        try writer.add("a.npy", NumPyFile.encode([1, 2] as [Float], shape: [2]))
        try writer.add("é.npy", NumPyFile.encode([3], shape: []))
        try writer.add("empty", [])
        return writer.finished()
    }

    @Test func readsWhatItWrites() throws {
        try withFile(try Self.sample(), name: "x.npz") { path in
            let archive = try ZipReader(path: path)
            #expect(archive.members.map(\.name) == ["a.npy", "é.npy", "empty"])
            #expect(try archive.array("é").bytes() == [3, 0, 0, 0, 0, 0, 0, 0])
            #expect(try archive.contents(of: #require(archive["empty"])).isEmpty)
        }
        try withFile(ZipWriter().finished(), name: "x.npz") { path in
            let archive = try ZipReader(path: path)
            #expect(archive.members.isEmpty)
        }
    }

    @Test func computesTheCheckSum() {
        #expect(CRC32.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
        #expect(CRC32.checksum([]) == 0)
    }

    @Test func everyTruncationAndFlipIsFoundOrHarmless() throws {
        let bytes = try Self.sample()
        for count in 0..<bytes.count {
            try withFile(Array(bytes[..<count])) { path in
                #expect(message { _ = try ZipReader(path: path) } != "no error")
            }
        }
        for at in 0..<bytes.count {
            var flipped = bytes
            flipped[at] ^= 0x81
            try withFile(flipped) { path in
                guard let archive = try? ZipReader(path: path) else { return }
                for member in archive.members {
                    guard let contents = try? archive.contents(of: member) else { continue }
                    #expect(contents.isEmpty || bytes.count > contents.count)
                }
            }
        }
    }

    @Test func refusesTwoMembersOfOneName() throws {
        var writer = ZipWriter()
        try writer.add("a", [1])
        try writer.add("a", [2])
        try withFile(writer.finished()) { path in
            #expect(message { _ = try ZipReader(path: path) }.contains("two members"))
        }
    }

    @Test func refusesOverlapAndBombs() throws {
        var writer = ZipWriter()
        try writer.add("a", [1, 2, 3])
        try writer.add("b", [4, 5, 6])
        let bytes = writer.finished()
        let directory = bytes.count - 22 - 2 * 47
        var overlap = bytes
        overlap[directory + 47 + 42] = 1
        try withFile(overlap) { path in
            #expect(message { _ = try ZipReader(path: path) } != "no error")
        }
        var bomb = bytes
        bomb[directory + 27] = 0x7F
        try withFile(bomb) { path in
            #expect(message { _ = try ZipReader(path: path) }.contains("more than is possible"))
        }
        var encrypted = bytes
        encrypted[directory + 8] |= 1
        try withFile(encrypted) { path in
            #expect(message { _ = try ZipReader(path: path) }.contains("is encrypted"))
        }
        var damaged = bytes
        damaged[32] ^= 1
        try withFile(damaged) { path in
            let archive = try ZipReader(path: path)
            #expect(message { _ = try archive.contents(of: archive.members[0]) }.contains("check sum"))
        }
    }
}
