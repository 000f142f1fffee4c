/// What is wrong with a file from outside: which one, where in it, what was found and how to mend it.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where in the file.
    public enum Place: Sendable, Hashable {
        case file
        /// From 0.
        case byte(Int)
        /// Both from 1; the column counts bytes.
        case line(Int, column: Int)
    }

    /// As the user gave it, or a member of an archive after a colon.
    public var path: String
    /// Where in it.
    public var place: Place
    /// One sentence without a full stop: what was expected and what was found.
    public var problem: String
    /// What the user can do about it, in the imperative.
    public var mend: String?

    /// An error about `path`, anywhere in it unless `place` says more.
    public init(path: String, place: Place = .file, problem: String, mend: String? = nil) {
        self.path = path
        self.place = place
        self.problem = problem
        self.mend = mend
    }

    /// `config.json:3:18: hidden_size: expected a whole number, found "x"`, and the mend after a semicolon.
    public var description: String {
        let position =
            switch place {
            case .file: ""
            case .byte(let offset): " (byte \(offset))"
            case .line(let line, let column): ":\(line):\(column)"
            }
        return "\(path)\(position): \(problem)" + (mend.map { "; \($0)" } ?? "")
    }
}
