import Foundation
import Testing

@testable import TensorFiles

/// What NumPy 2.4 itself wrote.
enum RecordedNumPy {
    static let floats =
        Data(
            base64Encoded: """
                k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAg\
                ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIA/AAAAQAAAQEAAAIBAAACgQAAA\
                wEA=
                """
        ).map(Array.init) ?? []
    static let texts =
        Data(
            base64Encoded: """
                k05VTVBZAQB2AHsnZGVzY3InOiAnPFUyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAg\
                ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAphAAAAAAAAAOkAAAAA9gEAAAAAAAAA\
                AAA=
                """
        ).map(Array.init) ?? []
    static let columnMajor =
        Data(
            base64Encoded: """
                k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAg\
                ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
                AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
                """
        ).map(Array.init) ?? []
    static let archive =
        Data(
            base64Encoded: """
                UEsDBC0AAAAAAAAAIQCU3hHI//////////8FABQAVy5ucHkBABAAkAAAAAAAAACQAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzog\
                JzxmOCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAg\
                ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAAAA+D8AAAAAAAAEQFBLAwQtAAAAAAAAACEAI7jwbP//////////\
                BQAUAG4ubnB5AQAQAIgAAAAAAAAAiAAAAAAAAACTTlVNUFkBAHYAeydkZXNjcic6ICc8aTgnLCAnZm9ydHJhbl9vcmRlcic6IEZh\
                bHNlLCAnc2hhcGUnOiAoKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg\
                ICAgICAgCgcAAAAAAAAAUEsBAi0DLQAAAAAAAAAhAJTeEciQAAAAkAAAAAUAAAAAAAAAAAAAAIABAAAAAFcubnB5UEsBAi0DLQAA\
                AAAAAAAhACO48GyIAAAAiAAAAAUAAAAAAAAAAAAAAIABxwAAAG4ubnB5UEsFBgAAAAACAAIAZgAAAIYBAAAAAA==
                """
        ).map(Array.init) ?? []
    static let compressed =
        Data(
            base64Encoded: """
                UEsDBC0AAAAIAAAAIQAu4/m8//////////8FABQAVy5ucHkBABAAmAAAAAAAAABHAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6l\
                oG6TZqGuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6mjoKtQoUAC4GHAAAUEsBAi0DLQAAAAgAAAAhAC7j+bxHAAAA\
                mAAAAAUAAAAAAAAAAAAAAIABAAAAAFcubnB5UEsFBgAAAAABAAEAMwAAAH4AAAAAAA==
                """
        ).map(Array.init) ?? []
}

@Suite struct NumPyTests {
    /// An npy file with this header text and `count` zero bytes of data.
    static func file(_ header: String, data count: Int, version: UInt8 = 1) -> [UInt8] {
        var bytes: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, version, 0]
        if version == 1 {
            bytes.appendLittleEndian(UInt16(header.utf8.count))
        } else {
            bytes.appendLittleEndian(UInt32(header.utf8.count))
        }
        return bytes + Array(header.utf8) + [UInt8](repeating: 0, count: count)
    }

    static func dict(_ type: String, _ shape: String, order: String = "False") -> String {
        "{'descr': '\(type)', 'fortran_order': \(order), 'shape': \(shape), }\n"
    }

    @Test func readsWhatNumPyWrote() throws {
        let floats = try NumPyFile(bytes: RecordedNumPy.floats, path: "x")
        #expect(floats.type == .float32 && floats.shape == [2, 3])
        #expect(try floats.bytes().suffix(4) == [0, 0, 0xC0, 0x40])
        #expect(try NumPyFile(bytes: RecordedNumPy.texts, path: "x").texts() == ["a", "é😀", ""])
        #expect(
            message { _ = try NumPyFile(bytes: RecordedNumPy.columnMajor, path: "x") }.contains("ascontiguousarray"))
        #expect(message { _ = try floats.texts() }.contains("expected text"))
    }

    @Test func writesTheBytesThatNumPyWrites() {
        #expect(NumPyFile.encode([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3]) == RecordedNumPy.floats)
        #expect(NumPyFile.encode(["a", "é😀", ""], shape: [3]) == RecordedNumPy.texts)
    }

    @Test func readsEveryTypeItWrites() throws {
        let files = [
            NumPyFile.encode([1.5, .nan] as [Double], shape: [2]), NumPyFile.encode([-1, Int.max], shape: [2, 1]),
            NumPyFile.encode([7, UInt32.max], shape: [2]), NumPyFile.encode([true, false], shape: [2]),
        ]
        let types: [NumPyType] = [.float64, .int64, .uint32, .bool]
        for (bytes, type) in zip(files, types) {
            let file = try NumPyFile(bytes: bytes, path: "x")
            #expect(file.type == type && file.elementCount == 2)
        }
        #expect(try NumPyFile(bytes: files[2], path: "x").bytes() == [7, 0, 0, 0, 255, 255, 255, 255])
        try withFile(files[1], name: "x.npy") { path in
            let bytes = try NumPyFile(path: path).bytes()
            #expect(bytes.prefix(8) == [255, 255, 255, 255, 255, 255, 255, 255])
        }
        for version in 2...3 {
            let file = try NumPyFile(
                bytes: Self.file(Self.dict("|u1", "()"), data: 1, version: UInt8(version)), path: "x")
            #expect(file.shape.isEmpty && file.elementCount == 1)
        }
    }

    static let hostile: [([UInt8], String)] = [
        ([], "npy file"), ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0], "npy file"),
        (Array("not numpy at all".utf8), "npy file"),
        (file(dict("<f4", "(1,)"), data: 4, version: 4), "version 4"),
        ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 2, 0, 0xFF, 0xFF, 0xFF, 0xFF], "the limit is 10000"),
        ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 0x10, 0x27], "cut short"),
        (file(dict("|O", "(1,)"), data: 8), "pickles"), (file(dict(">f4", "(1,)"), data: 4), "not read"),
        (file(dict("<c8", "(1,)"), data: 8), "not read"),
        (file(dict("<U99999999999999999999", "(1,)"), data: 8), "not read"),
        (file(dict("<f4", "(2,)"), data: 4), "does not fill"), (file(dict("<f4", "(1,)"), data: 5), "does not fill"),
        (file(dict("<f8", "(4611686018427387904, 4)"), data: 4), "does not fill"),
        (file(dict("<f8", "(2305843009213693952,)"), data: 4), "does not fill"),
        (file(dict("<f4", "(99999999999999999999,)"), data: 4), "numpy.save"),
        (file(dict("<f4", "(-1,)"), data: 4), "numpy.save"), (file(dict("<f4", "(1)"), data: 4), "numpy.save"),
        (file(dict("<f4", "(1,"), data: 4), "numpy.save"), (file(dict("<f4", "[1]"), data: 4), "numpy.save"),
        (file(dict("<f4", "(" + String(repeating: "1,", count: 33) + ")"), data: 4), "numpy.save"),
        (file(dict("<f4", "(1,)", order: "Maybe"), data: 4), "numpy.save"),
        (file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", data: 4), "numpy.save"),
        (file("{'descr': '<f4', 'descr': '<f4', 'shape': (1,)}", data: 4), "numpy.save"),
        (file("{'descr': '<f4', 'fortran_order': False}", data: 4), "numpy.save"),
        (file("__import__('os').system('true')", data: 4), "numpy.save"), (file("", data: 0), "numpy.save"),
    ]

    @Test(arguments: hostile.indices)
    func refuses(_ index: Int) {
        let (bytes, expected) = Self.hostile[index]
        let text = message { _ = try NumPyFile(bytes: bytes, path: "x") }
        #expect(text.contains(expected), "\(index): \(text)")
    }

    @Test func everyTruncationAndFlipIsAnErrorOrAnArray() throws {
        for bytes in [RecordedNumPy.floats, RecordedNumPy.texts] {
            for count in 0..<bytes.count {
                #expect(throws: FileError.self) { try NumPyFile(bytes: Array(bytes[..<count]), path: "x") }
            }
            for at in 0..<bytes.count {
                var flipped = bytes
                flipped[at] ^= 0x11
                guard let file = try? NumPyFile(bytes: flipped, path: "x") else { continue }
                #expect(try file.bytes().count == file.byteCount)
                _ = try? file.texts()
            }
        }
    }
}
