import Foundation
import Tensor
import Testing

@testable import TensorFiles

@Suite struct SafetensorsTests {
    static let sample = Safetensors.encode(
        [
            TensorContent(name: "a", shape: [2, 3], floats: [1, 2, 3, 4, 5, 6]),
            TensorContent(name: "b", type: .bfloat16, shape: [2], bytes: [0x80, 0x3F, 0x00, 0x40]),
            TensorContent(name: "empty", type: .float16, shape: [0, 4], bytes: []),
        ], metadata: [("format", "pt")])

    /// A file with this header text and `count` bytes of data.
    static func file(_ header: String, data count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(UInt64(header.utf8.count))
        return bytes + Array(header.utf8) + [UInt8](repeating: 0, count: count)
    }

    @Test func writesWhatItReads() throws {
        try withFile(Self.sample, name: "x.safetensors") { path in
            let file = try Safetensors(path: path)
            #expect(file.entries.map(\.name).sorted() == ["a", "b", "empty"])
            #expect(file.metadata.first?.value == "pt")
            let a = try file.floats("a", shape: [2, 3])
            let buffer = try file.buffer(a)
            #expect(buffer.span(of: Float.self, count: 6)[5] == 6)
            #expect(try file.bytes(#require(file["b"])) == [0x80, 0x3F, 0x00, 0x40])
            var row = [UInt8](repeating: 0, count: 12)
            var span = row.mutableSpan
            var raw = unsafe span.mutableBytes
            try file.read(a, rows: 1..<2, into: &raw)
            #expect(row[3] == 0x40 && row[2] == 0x80)
            #expect(try file.bytes(#require(file["empty"])).isEmpty)
            #expect(message { _ = try file.floats("a", shape: [3, 2]) }.contains("has shape [2, 3]; expected [3, 2]"))
            #expect(message { _ = try file.floats("model.a") }.contains("has no tensor \"model.a\""))
        }
    }

    static let hostile: [(String, [UInt8], String)] = [
        ("empty", [], "too few"),
        ("huge header", [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7B, 0x7D], "the limit is 100000000"),
        ("header past the end", [200, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], "only 2 follow"),
        ("not an object", file("[]", data: 0), "does not start with '{'"),
        ("leading space", file(" {}", data: 0), "does not start with '{'"),
        ("trailing bytes", file("{}", data: 3), "3 bytes at the end"),
        (
            "unknown type", file(#"{"a":{"dtype":"F7","shape":[],"data_offsets":[0,1]}}"#, data: 1),
            "unknown element type"
        ),
        ("no shape", file(#"{"a":{"dtype":"U8","data_offsets":[0,1]}}"#, data: 1), "has no \"shape\""),
        ("hole", file(#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, data: 2), "belong to no tensor"),
        (
            "overlap",
            file(
                #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#,
                data: 3), "overlap"
        ),
        ("past the end", file(#"{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}"#, data: 2), "the file has 2"),
        ("reversed", file(#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[2,1]}}"#, data: 2), "two offsets"),
        ("negative", file(#"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}"#, data: 1), "whole number"),
        ("wrong length", file(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, data: 4), "does not fill"),
        (
            "overflow",
            file(
                #"{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,4]}}"#, data: 4),
            "does not fill"
        ),
        (
            "many dimensions",
            file(
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[" + Array(repeating: "1", count: 33).joined(separator: ",")
                    + "],\"data_offsets\":[0,1]}}", data: 1), "more than 32"
        ),
        ("float offset", file(#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1.0]}}"#, data: 1), "whole number"),
        (
            "twice",
            file(
                #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
                data: 2), "occurs twice"
        ),
        (
            "looks the same",
            file(
                "{\"\u{E9}\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"e\u{301}\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}",
                data: 2), "looks the same"
        ),
    ]

    @Test(arguments: hostile.indices)
    func refuses(_ index: Int) throws {
        let (name, bytes, expected) = Self.hostile[index]
        try withFile(bytes, name: "x.safetensors") { path in
            let text = message { _ = try Safetensors(path: path) }
            #expect(text.contains(expected), "\(name): \(text)")
        }
    }

    @Test func everyTruncationAndFlipIsAnErrorOrAFile() throws {
        for count in 0..<Self.sample.count {
            try withFile(Array(Self.sample[..<count]), name: "x.safetensors") { path in
                #expect(message { _ = try Safetensors(path: path) } != "no error")
            }
        }
        for at in 0..<Self.sample.count {
            var bytes = Self.sample
            bytes[at] ^= 0x15
            try withFile(bytes, name: "x.safetensors") { path in
                guard let file = try? Safetensors(path: path) else { return }
                for entry in file.entries { _ = try file.bytes(entry) }
            }
        }
    }

    @Test func readsShards() throws {
        try withFolder { folder in
            let one = Safetensors.encode([TensorContent(name: "a", shape: [1], floats: [1])])
            let two = Safetensors.encode([TensorContent(name: "b", shape: [1], floats: [2])])
            func put(_ bytes: [UInt8], _ name: String) throws {
                try Data(bytes).write(to: URL(fileURLWithPath: folder + "/" + name))
            }
            try put(one, "m-1.safetensors")
            try put(two, "m-2.safetensors")
            func index(_ text: String) throws { try put(Array(text.utf8), "model.safetensors.index.json") }
            try index(#"{"metadata":{},"weight_map":{"a":"m-1.safetensors","b":"m-2.safetensors"}}"#)
            let both = try Safetensors(folder: folder)
            #expect(try both.bytes(both.floats("b")) == [0, 0, 0, 0x40])
            try index(#"{"weight_map":{"a":"m-2.safetensors"}}"#)
            #expect(message { _ = try Safetensors(folder: folder) }.contains("\"a\" is not in m-2.safetensors"))
            try index(#"{"weight_map":{"a":"../m-1.safetensors"}}"#)
            #expect(message { _ = try Safetensors(folder: folder) }.contains("beside the index"))
            try index(#"{"weight_map":{"a":"m-3.safetensors"}}"#)
            #expect(message { _ = try Safetensors(folder: folder) }.contains("cannot open"))
            try index(#"{"weight_map":{}}"#)
            #expect(throws: FileError.self) { try Safetensors(folder: folder) }
        }
    }

    @Test func refusesPickles() throws {
        try withFile([0x80], name: "pytorch_model.bin") { path in
            #expect(message { _ = try Safetensors(path: path) }.contains("safe_serialization=True"))
            let folder = (path as NSString).deletingLastPathComponent
            #expect(message { _ = try Safetensors(folder: folder) }.contains("holds a pickle"))
        }
        try withFolder { folder in
            #expect(message { _ = try Safetensors(folder: folder) }.contains("is missing"))
            #expect(message { _ = try InputFile(path: folder) }.contains("is a directory"))
        }
        #expect(message { _ = try InputFile(path: "/dev/zero") }.contains("not a regular file"))
    }
}
