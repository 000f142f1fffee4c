import ArgumentParser
import Glibc
import Shell
import Terminal

/// stdout for results, stderr for everything else.
enum Output {
    /// Writes results; a reader that went away ends the process as `head` expects.
    static func write(_ text: String) throws { try write(text, to: 1) }

    /// Writes data for programs: a file gets it as it is, a terminal with everything visible that could steer it.
    static func writeData(_ text: String) throws {
        try write(TTYInfo.of(descriptor: 1).isTerminal ? Escape.lines(text) : text)
    }

    /// A line for people.
    static func complain(_ line: String) { try? write(line.hasSuffix("\n") ? line : line + "\n", to: 2) }

    /// Writes results to a terminal, as far as somebody wants to see them.
    static func write(_ text: String, while wanted: () -> Bool) throws {
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: 1 << 14) {
            guard wanted() else { return }
            try write(Array(bytes[start..<min(start + 1 << 14, bytes.count)]), to: 1)
        }
    }

    static func write(_ text: String, to descriptor: Int32) throws { try write(Array(text.utf8), to: descriptor) }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var place = 0
        while place < bytes.count {
            let written = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress?.advanced(by: place), buffer.count - place)
            }
            if written < 0 {
                if errno == EINTR { continue }
                throw IOError("standard output cannot be written: \(IOError.reason())")
            }
            place += written
        }
    }

    /// Writes a whole file beside its place and renames it, so that nobody sees half of it.
    static func replace(file path: String, with text: String) throws {
        try replace(file: path, with: Array(text.utf8))
    }

    /// The same for bytes.
    static func replace(file path: String, with bytes: [UInt8]) throws {
        let draft = path + ".part"
        let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw IOError("\(path) cannot be written: \(IOError.reason())") }
        do {
            try write(bytes, to: descriptor)
        } catch {
            close(descriptor)
            unsafe unlink(draft)
            throw IOError("\(path) cannot be written: \(IOError.reason())")
        }
        close(descriptor)
        guard unsafe rename(draft, path) == 0 else { throw IOError("\(path) cannot be written: \(IOError.reason())") }
    }
}

/// A file or stream that cannot be read or written.
struct IOError: Error, CustomStringConvertible {
    let description: String

    init(_ text: String) { description = text }

    static func reason() -> String { unsafe String(cString: strerror(errno)) }
}

/// Bytes of files and of stdin.
enum InputBytes {
    /// At most `limit` + 1 bytes, so that the reader can say that it was too long.
    static func file(_ path: String, limit: Int) throws -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw IOError("\(Escape.visible(path)) cannot be read: \(IOError.reason())") }
        defer { close(descriptor) }
        return try read(descriptor, limit: limit, name: path)
    }

    static func standardInput(limit: Int) throws -> [UInt8] { try read(0, limit: limit, name: "standard input") }

    private static func read(_ descriptor: Int32, limit: Int, name: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= limit {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw IOError("\(Escape.visible(name)) cannot be read: \(IOError.reason())")
            }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }
}
