internal import Terminal

/// What every conversation begins with: `$XDG_CONFIG_HOME/varve/rc`, or `~/.config/varve/rc`. Modes, seeds, `let` and `def`, as one types
/// them. `varve run` and `varve query` never read it, so that a file means the same to everybody.
public struct StartupFile: Sendable {
    /// Where it lies; nil where the environment names no home.
    public let path: String?

    /// The file of this user.
    public init() {
        if let folder = UserFile.variable("XDG_CONFIG_HOME"), folder.hasPrefix("/") {
            path = folder + "/varve/rc"
        } else {
            path = UserFile.variable("HOME").map { $0 + "/.config/varve/rc" }
        }
    }

    public init(path: String) { self.path = path }

    /// Its lines to the conversation; what they print, errors with the file's name before them. Nothing where there is no file.
    public func read(into repl: Repl) -> Repl.Reply {
        var all = Repl.Reply()
        guard let path, let file = UserFile.bytes(path, limit: StartupFile.limit) else { return all }
        let text = String(decoding: file.bytes, as: UTF8.self)
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
}
