/// Shows a long text page by page: `$PAGER`, or `less` with lines cut at the edge rather than wrapped.
public enum Pager {
    /// False where no pager ran.
    public static func show(_ text: String) -> Bool {
        guard let path = ExternalEditor.temporaryFile(text, ending: ".txt") else { return false }
        defer { ExternalEditor.remove(path) }
        let command = UserFile.variable("PAGER") ?? "less -RS"
        return ExternalEditor.run(["sh", "-c", command + " \"$1\"", "sh", path])
    }
}
