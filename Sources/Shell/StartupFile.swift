internal import Glibc
internal import Terminal

/// What every conversation begins with: `$XDG_CONFIG_HOME/varve/rc`, or `~/.config/varve/rc`. Modes, seeds, `let` and `def`, as one types
/// them. `varve run` and `varve query` never read it, so that a file means the same to everybody.
public struct StartupFile: Sendable {
    /// Where it lies; nil where the environment names no home.
    public let path: String?

    /// The file of this user.
    public init() {
        if let folder = StartupFile.variable("XDG_CONFIG_HOME"), folder.hasPrefix("/") {
            path = folder + "/varve/rc"
        } else {
            path = StartupFile.variable("HOME").map { $0 + "/.config/varve/rc" }
        }
    }

    public init(path: String) { self.path = path }

    private static func variable(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        let text = unsafe String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// Its lines to the conversation; what they print, errors with the file's name before them. Nothing where there is no file.
    public func read(into repl: Repl) -> Repl.Reply {
        var all = Repl.Reply()
        guard let path, let text = StartupFile.contents(path) else { return all }
        func add(_ reply: Repl.Reply) {
            all.output += reply.output
            if !reply.messages.isEmpty { all.messages += Escape.visible(path) + ": " + reply.messages }
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if repl.isBetweenEntries, line.drop(while: { $0.isWhitespace }).first == "#" { continue }
            add(repl.take(String(line)))
        }
        add(repl.finish())
        return all
    }

    /// Most bytes that are read.
    private static let limit = 1 << 20

    private static func contents(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < limit {
            let count = unsafe Glibc.read(descriptor, &piece, piece.count)
            guard count > 0 else { break }
            bytes += piece.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
