import FuzzStores
import FuzzTargets

/// Parts of chunk files that must be refused.
enum HostileChunks {
    private static let ends = FuzzTarget.chunkEnds.seeds[0]
    private static let footer = FuzzTarget.chunkFooter.seeds[1]

    static let all: [HostileFile] =
        [
            ("empty", []), ("a header alone", Array(ends.prefix(64))), ("a trailer alone", Array(ends.suffix(48))),
            ("cut by one byte", Array(ends.dropLast())), ("one byte more", ends + [0]),
            ("another mark", ends.replacing(at: 0, with: [0x76])),
            ("version 9", ends.replacing(at: 8, with: [9])),
            ("unknown feature", ends.replacing(at: 20, with: [0, 0, 0, 0x80])),
            ("flipped key", ends.replacing(at: 24, with: [ends[24] ^ 1])),
            ("flipped padding", ends.replacing(at: 50, with: [1])),
            ("footer past the end", ends.replacing(at: 64, with: .number(UInt64(1 << 40)))),
            ("footer at 2^64 − 1", ends.replacing(at: 64, with: .number(UInt64.max))),
            ("footer of 2^63 bytes", ends.replacing(at: 72, with: .number(UInt64(1) << 63))),
            ("another file length", ends.replacing(at: 88, with: .number(UInt64(5)))),
        ].map { HostileFile(.chunkEnds, $0.0, $0.1) }
        + [
            ("empty", []), ("another mark", footer.replacing(at: 8, with: [0])),
            ("cut by one byte", Array(footer.dropLast())),
            ("one byte more", footer + [0]), ("half of it", Array(footer.prefix(footer.count / 2))),
            ("model name of 4 GiB", footer.replacing(at: 12, with: .number(UInt32.max))),
            ("model name not UTF-8", footer.replacing(at: 16, with: [0xFF])),
            ("2^64 − 1 rows", footer.replacing(at: 62, with: .number(UInt64.max))),
            ("no rows", footer.replacing(at: 62, with: .number(UInt64(0)))),
            ("4 rows more than there are", footer.replacing(at: 62, with: .number(UInt64(9)))),
            ("no prompts", footer.replacing(at: 78, with: .number(UInt64(0)))),
            ("2^32 − 1 columns", footer.replacing(at: 86, with: .number(UInt32.max))),
            ("no columns", footer.replacing(at: 86, with: .number(UInt32(0)))),
            ("column name of 4 GiB", footer.replacing(at: 90, with: .number(UInt32.max))),
            ("a column that is none", footer.replacing(at: 94, with: Array("tokem_id".utf8))),
        ].map { HostileFile(.chunkFooter, $0.0, $0.1) }
}
