internal import Glibc

/// What one of the standard streams is connected to.
public struct TTYInfo: Sendable, Hashable {
    /// Connected to a terminal.
    public var isTerminal: Bool
    /// Columns of the terminal; nil where it does not say.
    public var width: Int?
    /// Colours and cursor movement are welcome: a terminal, not `TERM=dumb`, no `NO_COLOR`; or `FORCE_COLOR`.
    public var allowsColour: Bool
    /// It says that it knows colours of 24 bits.
    public var hasFullColour = false
    /// The colours that may be used.
    public var colours: ColourDepth { allowsColour ? hasFullColour ? .full : .indexed : .none }

    /// A description for tests and files.
    public init(isTerminal: Bool, width: Int? = nil, allowsColour: Bool = false) {
        self.isTerminal = isTerminal
        self.width = width
        self.allowsColour = allowsColour
    }

    /// What descriptor 0, 1 or 2 is right now; `COLUMNS` stands in where the terminal gives no width.
    public static func of(descriptor: Int32, environment: [String: String] = TTYInfo.environment()) -> TTYInfo {
        let isTerminal = isatty(descriptor) == 1
        var width: Int?
        if isTerminal {
            var size = winsize()
            if unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { width = Int(size.ws_col) }
        }
        if width == nil, let text = environment["COLUMNS"], let columns = Int(text), columns > 0 { width = columns }
        var info = TTYInfo(
            isTerminal: isTerminal, width: width,
            allowsColour: colour(isTerminal: isTerminal, environment: environment))
        info.hasFullColour = ["truecolor", "24bit"].contains(environment["COLORTERM"])
        return info
    }

    static func colour(isTerminal: Bool, environment: [String: String]) -> Bool {
        if let no = environment["NO_COLOR"], !no.isEmpty { return false }
        if let force = environment["FORCE_COLOR"], !force.isEmpty, force != "0" { return true }
        return isTerminal && environment["TERM"] != "dumb"
    }

    /// The few variables that matter here.
    public static func environment() -> [String: String] {
        var out: [String: String] = [:]
        for name in ["NO_COLOR", "FORCE_COLOR", "TERM", "COLORTERM", "COLUMNS"] {
            if let value = unsafe getenv(name) { out[name] = unsafe String(cString: value) }
        }
        return out
    }
}
