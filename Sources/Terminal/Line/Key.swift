/// One key, or one paste, as a terminal sends it.
public enum Key: Sendable, Hashable {
    /// A printable character. A combining mark comes as a key of its own.
    case text(Character)
    /// Ctrl with a lower-case letter, or with `_`.
    case control(Character)
    /// Alt with a character (Esc before it, as most terminals send it).
    case meta(Character)
    case enter, metaEnter, tab, backTab
    case backspace, metaBackspace, delete
    case up, down, left, right, home, end, wordLeft, wordRight, pageUp, pageDown
    /// Esc alone.
    case escape
    /// What was pasted, between the marks of bracketed paste, as it came.
    case paste(String)
    /// A sequence that means nothing here.
    case unknown
}
