internal import Glibc

/// Small files and variables of the person at the terminal.
public enum UserFile {
    /// A variable of the environment; nil where it is missing or empty.
    public static func variable(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        let text = unsafe String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// The bytes of a file, at most about `limit` of them; nil where it can't be opened.
    ///
    /// - Parameter newest: the last ones of a longer file instead of the first
    /// - Returns: the bytes, and whether some before them were left out
    public static func bytes(_ path: String, limit: Int, newest: Bool = false) -> (bytes: [UInt8], isCut: Bool)? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var start = 0
        if newest {
            start = max(0, Int(lseek(descriptor, 0, SEEK_END)) - limit)
            lseek(descriptor, off_t(start), SEEK_SET)
        }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < limit {
            let count = unsafe read(descriptor, &piece, piece.count)
            guard count > 0 else { break }
            bytes += piece.prefix(count)
        }
        return (bytes, start > 0)
    }
}
