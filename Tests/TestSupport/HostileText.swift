/// Stored text that would steer a terminal, were it written there as it is.
public enum HostileText {
    /// All of C0 and C1, DEL, line separators, bidirectional controls, a byte order mark.
    public static let controls: [Unicode.Scalar] = {
        var all: [UInt32] = Array(0x00...0x1F) + Array(0x7F...0x9F)
        all += [0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF]
        all += Array(0x202A...0x202E) + Array(0x2066...0x2069)
        return all.compactMap { Unicode.Scalar($0) }
    }()

    /// The controls, some at a time, so that every label stays short; without NUL, which no prompt may hold.
    public static let texts: [String] = stride(from: 1, to: controls.count, by: 12).map { start in
        "x" + String(String.UnicodeScalarView(controls[start..<min(start + 12, controls.count)])) + "<&>\"'y"
    }

    /// NUL in text that does not go through a prompt: tokens, names of files, what is typed.
    public static let null = "x\u{0}<&>y"

    /// A colour that nothing of ours uses, whole: a search for it can't take our own escapes for it.
    public static let colour = "\u{1B}[7;66m"
    /// A window's title, in both ways of writing the escape, and a screen wiped.
    public static let sequences = "\(colour)\u{1B}]0;title\u{7}\u{9D}0;title\u{9C}\u{1B}[2J\u{1B}[6n"
}
