import FuzzFiles
import FuzzTargets

/// safetensors files that must be refused.
enum HostileSafetensors {
    /// Length, header, and `data` bytes of nothing.
    static func file(_ header: String, data: Int) -> [UInt8] {
        let text = Array(header.utf8)
        return .number(UInt64(text.count)) + text + [UInt8](repeating: 0, count: data)
    }

    private static func tensor(_ fields: String, data: Int = 8) -> [UInt8] { file("{\"w\":{\(fields)}}", data: data) }

    static let all: [HostileFile] = lengths + headers + entries

    private static let good = file(#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, data: 8)

    private static let lengths: [HostileFile] = [
        HostileFile(.safetensors, "empty", []), HostileFile(.safetensors, "one byte", [1]),
        HostileFile(.safetensors, "seven bytes", [UInt8](repeating: 0, count: 7)),
        HostileFile(.safetensors, "header of no bytes", .number(UInt64(0))),
        HostileFile(.safetensors, "header longer than the file", good.replacing(at: 0, with: .number(UInt64(1000)))),
        HostileFile(
            .safetensors, "header one byte too long", good.replacing(at: 0, with: .number(UInt64(good.count - 7)))),
        HostileFile(.safetensors, "header of 2^63 bytes", good.replacing(at: 0, with: .number(UInt64(1) << 63))),
        HostileFile(.safetensors, "header of 2^64 − 1 bytes", good.replacing(at: 0, with: .number(UInt64.max))),
        HostileFile(.safetensors, "header of 101 MB", good.replacing(at: 0, with: .number(UInt64(101_000_000)))),
        HostileFile(.safetensors, "header cut short", good.replacing(at: 0, with: .number(UInt64(20)))),
        HostileFile(.safetensors, "data cut short", Array(good.dropLast())),
        HostileFile(.safetensors, "data with a byte too many", good + [0]),
        HostileFile(.safetensors, "a pickle", [0x80, 0x02] + good),
        HostileFile(.safetensors, "a zip", [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 60)),
    ]

    private static let headers: [HostileFile] = [
        HostileFile(.safetensors, "a list", file("[]", data: 0)),
        HostileFile(.safetensors, "a string", file("\"w\"", data: 0)),
        HostileFile(.safetensors, "spaces first", file(" {}", data: 0)),
        HostileFile(.safetensors, "not JSON", file("{w: 1}", data: 0)),
        HostileFile(.safetensors, "not UTF-8", .number(UInt64(4)) + [0x7B, 0xFF, 0xFE, 0x7D]),
        HostileFile(.safetensors, "two objects", file("{}{}", data: 0)),
        HostileFile(.safetensors, "unclosed", file(#"{"w":{"dtype":"F32""#, data: 0)),
        HostileFile(
            .safetensors, "100,000 brackets", file("{\"w\":" + String(repeating: "[", count: 100_000), data: 0)),
        HostileFile(.safetensors, "metadata of numbers", file(#"{"__metadata__":{"n":1}}"#, data: 0)),
        HostileFile(.safetensors, "metadata as a list", file(#"{"__metadata__":[]}"#, data: 0)),
        HostileFile(
            .safetensors, "one name twice",
            file(
                #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
                data: 8)),
        HostileFile(
            .safetensors, "one name twice, once escaped",
            file(
                #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0077":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
                data: 8)),
        HostileFile(.safetensors, "an entry that is a number", file(#"{"w":1}"#, data: 0)),
        HostileFile(.safetensors, "data without an entry", file("{}", data: 8)),
    ]

    private static let entries: [HostileFile] =
        [
            ("no dtype", #""shape":[2],"data_offsets":[0,8]"#), ("no shape", #""dtype":"F32","data_offsets":[0,8]"#),
            ("no offsets", #""dtype":"F32","shape":[2]"#),
            ("unknown dtype", #""dtype":"F33","shape":[2],"data_offsets":[0,8]"#),
            ("dtype as a number", #""dtype":32,"shape":[2],"data_offsets":[0,8]"#),
            ("negative shape", #""dtype":"F32","shape":[-2],"data_offsets":[0,8]"#),
            ("two negative dimensions", #""dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]"#),
            ("half a dimension", #""dtype":"F32","shape":[2.5],"data_offsets":[0,8]"#),
            ("shape as text", #""dtype":"F32","shape":"2","data_offsets":[0,8]"#),
            ("shape that overflows", #""dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]"#),
            ("shape past 64 bits", #""dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,8]"#),
            ("shape whose product wraps to 2", #""dtype":"F32","shape":[9223372036854775809,2],"data_offsets":[0,8]"#),
            ("shape too small", #""dtype":"F32","shape":[1],"data_offsets":[0,8]"#),
            ("shape too large", #""dtype":"F32","shape":[3],"data_offsets":[0,8]"#),
            ("dtype too wide", #""dtype":"F64","shape":[2],"data_offsets":[0,8]"#),
            ("one offset", #""dtype":"F32","shape":[2],"data_offsets":[0]"#),
            ("three offsets", #""dtype":"F32","shape":[2],"data_offsets":[0,4,8]"#),
            ("offsets reversed", #""dtype":"F32","shape":[2],"data_offsets":[8,0]"#),
            ("offsets past the end", #""dtype":"F32","shape":[2],"data_offsets":[8,16]"#),
            ("offsets with a hole before", #""dtype":"F32","shape":[1],"data_offsets":[4,8]"#),
            ("negative offset", #""dtype":"F32","shape":[2],"data_offsets":[-8,0]"#),
            ("offset of 2^63", #""dtype":"F32","shape":[2],"data_offsets":[0,9223372036854775808]"#),
            ("offsets as text", #""dtype":"F32","shape":[2],"data_offsets":["0","8"]"#),
        ].map { HostileFile(.safetensors, $0.0, tensor($0.1)) } + [
            HostileFile(
                .safetensors, "two tensors overlap",
                file(
                    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
                    data: 12)),
            HostileFile(
                .safetensors, "a hole between two",
                file(
                    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#,
                    data: 12)),
        ]
}

/// npy arrays that must be refused.
enum HostileArrays {
    static func file(_ header: String, data: Int, version: UInt8 = 1) -> [UInt8] {
        let text = Array(header.utf8)
        let length: [UInt8] = version == 1 ? .number(UInt16(text.count)) : .number(UInt32(text.count))
        return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + [UInt8](repeating: 0, count: data)
    }

    private static let good = file("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", data: 8)

    static let all: [HostileFile] = framing + dictionaries

    private static let framing: [HostileFile] = [
        HostileFile(.numPy, "empty", []), HostileFile(.numPy, "the mark alone", Array(good.prefix(6))),
        HostileFile(.numPy, "no header", Array(good.prefix(10))),
        HostileFile(.numPy, "another mark", good.replacing(at: 0, with: [0x92])),
        HostileFile(.numPy, "version 9", good.replacing(at: 6, with: [9])),
        HostileFile(.numPy, "version 0", good.replacing(at: 6, with: [0])),
        HostileFile(.numPy, "header longer than the file", good.replacing(at: 8, with: [0xFF, 0x7F])),
        HostileFile(
            .numPy, "header of 4 GiB", file("{}", data: 0, version: 2).replacing(at: 8, with: .number(UInt32.max))),
        HostileFile(.numPy, "header of 20,000 bytes", file(String(repeating: " ", count: 20_000), data: 0)),
        HostileFile(.numPy, "data cut short", Array(good.dropLast())),
        HostileFile(.numPy, "a byte too many", good + [0]),
        HostileFile(.numPy, "header not UTF-8", good.replacing(at: 12, with: [0xFF, 0xFE])),
        HostileFile(.numPy, "a pickle", [0x80, 4, 0x95] + good),
    ]

    private static let dictionaries: [HostileFile] = [
        ("empty dictionary", "{}"), ("no dictionary", "42"), ("a list", "['<f4', False, (2,)]"), ("nothing", ""),
        ("unclosed", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)"),
        ("objects", "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"),
        ("objects, short form", "{'descr': 'O', 'fortran_order': False, 'shape': (1,), }"),
        ("records", "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }"),
        ("dates", "{'descr': '<M8[s]', 'fortran_order': False, 'shape': (1,), }"),
        ("voids", "{'descr': '|V8', 'fortran_order': False, 'shape': (1,), }"),
        ("complex", "{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }"),
        ("big-endian", "{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }"),
        ("column-major", "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 1), }"),
        ("order as a number", "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), }"),
        ("no order", "{'descr': '<f4', 'shape': (2,), }"), ("no shape", "{'descr': '<f4', 'fortran_order': False, }"),
        ("no type", "{'fortran_order': False, 'shape': (2,), }"),
        ("a key too many", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1, }"),
        ("a key twice", "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"),
        ("negative shape", "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }"),
        ("shape too large", "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"),
        ("shape that overflows", "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }"),
        ("shape past 64 bits", "{'descr': '<f4', 'fortran_order': False, 'shape': (18446744073709551618,), }"),
        ("shape as a list", "{'descr': '<f4', 'fortran_order': False, 'shape': [2], }"),
        ("shape as a number", "{'descr': '<f4', 'fortran_order': False, 'shape': 2, }"),
        ("code in the shape", "{'descr': '<f4', 'fortran_order': False, 'shape': (__import__('os').getpid(),), }"),
        ("type of 2^40 bytes", "{'descr': '<U1099511627776', 'fortran_order': False, 'shape': (1,), }"),
        ("type without size", "{'descr': '<f', 'fortran_order': False, 'shape': (2,), }"),
        ("unclosed text", "{'descr': '<f4, 'fortran_order': False, 'shape': (2,), }"),
        ("text after the end", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } + 1"),
        ("brackets", String(repeating: "(", count: 5000)),
    ].map { HostileFile(.numPy, $0.0, file($0.1 + "\n", data: 8)) }
}

/// Zip archives that must be refused.
enum HostileArchives {
    private static let good = FuzzTarget.zip.seeds[0]
    /// Where the end record begins: it has no comment.
    private static let end = good.count - 22

    private static var directory: Int {
        (0..<4).reduce(0) { $0 | Int(good[end + 16 + $1]) << ($1 * 8) }
    }

    static let all: [HostileFile] = [
        HostileFile(.zip, "empty", []),
        HostileFile(.zip, "the end record alone", Array(good.suffix(22)).replacing(at: 8, with: [1, 0, 1, 0])),
        HostileFile(.zip, "no end record", Array(good.dropLast(22))),
        HostileFile(.zip, "cut by one byte", Array(good.dropLast())),
        HostileFile(.zip, "only its first half", Array(good.prefix(good.count / 2))),
        HostileFile(.zip, "one member more than there is", good.replacing(at: end + 8, with: [3, 0, 3, 0])),
        HostileFile(.zip, "65,535 members", good.replacing(at: end + 8, with: [0xFF, 0xFF, 0xFF, 0xFF])),
        HostileFile(.zip, "two disks", good.replacing(at: end + 4, with: [1, 0])),
        HostileFile(.zip, "directory past the end", good.replacing(at: end + 16, with: .number(UInt32.max - 1))),
        HostileFile(.zip, "directory too long", good.replacing(at: end + 12, with: .number(UInt32(1 << 30)))),
        HostileFile(.zip, "directory at byte 0", good.replacing(at: end + 16, with: .number(UInt32(0)))),
        HostileFile(.zip, "directory entry without its mark", good.replacing(at: directory, with: [0])),
        HostileFile(.zip, "compressed with deflate", good.replacing(at: directory + 10, with: [8, 0])),
        HostileFile(.zip, "unknown method", good.replacing(at: directory + 10, with: [99, 0])),
        HostileFile(.zip, "encrypted", good.replacing(at: directory + 8, with: [1, 0])),
        HostileFile(.zip, "another check sum", good.replacing(at: directory + 16, with: [1, 2, 3, 4])),
        HostileFile(.zip, "a ratio of millions", good.replacing(at: directory + 24, with: .number(UInt32.max - 1))),
        HostileFile(
            .zip, "stored size past the end", good.replacing(at: directory + 20, with: .number(UInt32(1 << 30)))),
        HostileFile(.zip, "two sizes of a stored member", good.replacing(at: directory + 24, with: .number(UInt32(3)))),
        HostileFile(.zip, "name past the end", good.replacing(at: directory + 28, with: [0xFF, 0xFF])),
        HostileFile(.zip, "member past the end", good.replacing(at: directory + 42, with: .number(UInt32.max - 1))),
        HostileFile(.zip, "second member on the first", good.replacing(at: secondEntry + 42, with: .number(UInt32(0)))),
        HostileFile(.zip, "two members of one name", good.replacing(at: secondEntry + 46, with: Array("a.npy".utf8))),
        HostileFile(.zip, "local mark missing", good.replacing(at: 0, with: [0])),
        HostileFile(.zip, "local name past the end", good.replacing(at: 26, with: [0xFF, 0xFF])),
        HostileFile(.zip, "a flipped byte of data", good.replacing(at: directory - 3, with: [good[directory - 3] ^ 1])),
    ]

    private static var secondEntry: Int { directory + 46 + 5 }
}
