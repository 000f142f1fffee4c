import TensorFiles

/// The lines of a file with their numbers; blank ones are skipped, CRLF and a byte order mark tolerated.
struct LineReader {
    private let file: InputFile
    private let limit: Int
    private var buffer: [UInt8] = []
    private var at = 0
    private var fileOffset = 0
    private var number = 0

    init(path: String, limit: Int) throws(FileError) {
        file = try InputFile(path: path)
        self.limit = limit
        if file.byteCount >= 3, try file.bytes(at: 0, count: 3) == [0xEF, 0xBB, 0xBF] { fileOffset = 3 }
    }

    mutating func next() throws(FileError) -> (bytes: [UInt8], number: Int)? {
        while var line = try rawLine() {
            number += 1
            if line.last == 0x0D { line.removeLast() }
            if line.contains(where: { $0 != 0x20 && $0 != 0x09 }) { return (line, number) }
        }
        return nil
    }

    /// Up to the next line feed or the end of the file.
    private mutating func rawLine() throws(FileError) -> [UInt8]? {
        var searched = at
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) {
                guard end - at <= limit else { throw tooLong() }
                defer { at = end + 1 }
                return Array(buffer[at..<end])
            }
            guard buffer.count - at <= limit else { throw tooLong() }
            let count = min(1 << 20, file.byteCount - fileOffset)
            if count == 0 {
                guard at < buffer.count else { return nil }
                defer { at = buffer.count }
                return Array(buffer[at...])
            }
            buffer.removeFirst(at)
            at = 0
            searched = buffer.count
            buffer += try file.bytes(at: fileOffset, count: count)
            fileOffset += count
        }
    }

    private func tooLong() -> FileError {
        FileError(
            path: file.path, place: .line(number + 1, column: 1), problem: "the line is longer than \(limit) bytes",
            mend: "write one JSON object a line")
    }
}
