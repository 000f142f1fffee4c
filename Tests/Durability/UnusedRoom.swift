/// The bytes of an SQLite file that hold nothing: what lies between the cells of its pages, and header fields that say nothing of the content.
///
/// After "Database File Format" of SQLite's documentation: a b-tree page has a header of 8 or 12 bytes (100 later on the first page), an
/// array of cell pointers, unused room up to the start of the cell content, and a chain of free blocks within it.
struct UnusedRoom {
    /// Of each byte whether it is unused.
    let isUnused: [Bool]

    /// Fields of the file's first 100 bytes that a reader may find other than they were without reading other rows: change counter,
    /// default cache size, user's numbers that varve doesn't read, the reserved bytes, "version valid for" and the writer's version.
    private static let headerFields = [24..<28, 48..<52, 72..<92, 92..<100]

    /// - Parameter bytes: a whole database without overflow of its own rules; unknown page types count as used
    init(_ bytes: [UInt8]) {
        var unused = [Bool](repeating: false, count: bytes.count)
        func number(_ place: Int) -> Int { Int(bytes[place]) << 8 | Int(bytes[place + 1]) }
        let pageSize = number(16) == 1 ? 65536 : number(16)
        for field in UnusedRoom.headerFields { for place in field { unused[place] = true } }
        for page in 0..<bytes.count / pageSize {
            let (start, header) = (page * pageSize, page * pageSize + (page == 0 ? 100 : 0))
            let headerBytes: Int
            switch bytes[header] {
            case 2, 5: headerBytes = 12
            case 10, 13: headerBytes = 8
            default: continue
            }
            let content = number(header + 5) == 0 ? 65536 : number(header + 5)
            let room = header + headerBytes + 2 * number(header + 3)..<start + content
            for place in room { unused[place] = true }
            // A free block begins with the next one's place and its own size.
            var block = number(header + 1)
            while block != 0, block + 4 <= pageSize {
                for place in start + block + 4..<min(start + block + number(start + block + 2), start + pageSize) {
                    unused[place] = true
                }
                block = number(start + block)
            }
        }
        isUnused = unused
    }

    var count: Int { isUnused.count { $0 } }
}
