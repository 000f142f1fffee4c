internal import Glibc

/// Lets the user's own editor have a text: `$VISUAL`, `$EDITOR`, or `vi`.
public enum ExternalEditor {
    /// The text as the editor left it, without the line end that editors add; nil where no editor ran or nothing could be read.
    public static func edit(_ text: String) -> String? {
        guard let path = temporaryFile(text, ending: ".vq") else { return nil }
        defer { remove(path) }
        let command = UserFile.variable("VISUAL") ?? UserFile.variable("EDITOR") ?? "vi"
        // The shell splits what people write there, such as `code --wait`.
        guard run(["sh", "-c", command + " \"$1\"", "sh", path]), let file = UserFile.bytes(path, limit: limit),
            let edited = String(validating: file.bytes, as: UTF8.self)
        else { return nil }
        return edited.hasSuffix("\n") ? String(edited.dropLast()) : edited
    }

    /// A file of its own with a text, readable by the user alone; nil where none can be written.
    static func temporaryFile(_ text: String, ending: String) -> String? {
        let folder = UserFile.variable("TMPDIR") ?? "/tmp"
        // mkstemps puts letters of its own in the place of the last six.
        var name = Array("\(folder)/varve-\(String(repeating: "X", count: 6))\(ending)".utf8CString)
        let descriptor = unsafe mkstemps(&name, Int32(ending.utf8.count))
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let bytes = Array(text.utf8)
        var place = 0
        while place < bytes.count {
            let written = unsafe bytes.withUnsafeBytes {
                unsafe write(descriptor, $0.baseAddress?.advanced(by: place), bytes.count - place)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else {
                remove(path)
                return nil
            }
            place += written
        }
        return path
    }

    static func remove(_ path: String) { _ = unsafe unlink(path) }

    /// Runs a program on the terminal and waits for it. Ctrl-C and Ctrl-\ are its own meanwhile, as with every shell.
    static func run(_ arguments: [String]) -> Bool {
        var process = pid_t()
        let found = [SIGINT, SIGQUIT].map { signal($0, SIG_IGN) }
        defer { zip([SIGINT, SIGQUIT], found).forEach { _ = signal($0, $1) } }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // What is ignored here would be ignored there.
        var usual = sigset_t()
        unsafe sigemptyset(&usual)
        for number in [SIGINT, SIGQUIT] { unsafe sigaddset(&usual, number) }
        unsafe posix_spawnattr_setsigdefault(&attributes, &usual)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        var copies: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { unsafe copies.forEach { unsafe free($0) } }
        guard unsafe posix_spawnp(&process, "sh", nil, &attributes, &copies, environ) == 0 else { return false }
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0 { guard errno == EINTR else { return false } }
        return status == 0
    }

    /// Most bytes that an edited entry may have.
    private static let limit = 1 << 20
}
