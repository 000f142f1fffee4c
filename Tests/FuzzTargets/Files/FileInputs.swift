import FuzzTargets
import Tensor
import TensorFiles

/// Files that users bring: tensors, arrays, JSON.
enum FileInputs {
    private static func atPath(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
        let file = MemoryFile()
        try body(file.path(holding: bytes))
    }

    static func safetensors(_ bytes: [UInt8]) throws {
        try atPath(bytes) { path in
            let file = try Safetensors(path: path)
            for entry in file.entries.prefix(4) { _ = try file.bytes(entry) }
        }
    }

    static func numPy(_ bytes: [UInt8]) throws { _ = try NumPyFile(bytes: bytes, path: "input").bytes() }

    static func zip(_ bytes: [UInt8]) throws {
        try atPath(bytes) { path in
            let archive = try ZipReader(path: path)
            for member in archive.members.prefix(4) { _ = try archive.contents(of: member) }
        }
    }

    static func json(_ bytes: [UInt8]) throws { _ = try BoundedJSON.parse(bytes, path: "input", limit: 1 << 24) }

    static var safetensorsSeeds: [[UInt8]] {
        [
            Safetensors.encode([TensorContent(name: "w", shape: [2, 3], floats: [1, 2, 3, 4, 5, 6])]),
            Safetensors.encode(
                [
                    TensorContent(name: "a", type: .bfloat16, shape: [2], bytes: [1, 2, 3, 4]),
                    TensorContent(name: "b", type: .float16, shape: [], bytes: [0, 60]),
                ], metadata: [("format", "pt")]),
        ]
    }

    static var numPySeeds: [[UInt8]] {
        [
            NumPyFile.encode([Float(1), 2, 3, 4], shape: [2, 2]), NumPyFile.encode([1, 2, 3], shape: [3]),
            NumPyFile.encode(["one", "two"], shape: [2]),
        ]
    }

    static var zipSeeds: [[UInt8]] {
        var writer = ZipWriter()
        try? writer.add("a.npy", numPySeeds[0])
        try? writer.add("b.npy", numPySeeds[1])
        return [writer.finished()]
    }

    static var jsonSeeds: [[UInt8]] {
        [
            #"{"a":[1,-2.5e3,"\u00e9\n",true,false,null],"b":{"c":{}}}"#, "[[[[]]]]", #""\ud83d\ude00""#, "1e-400",
            " 12 ",
        ].map { Array($0.utf8) }
    }
}
