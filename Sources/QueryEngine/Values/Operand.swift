import QueryLanguage

/// What a node evaluates to inside the engine.
enum Operand: Sendable {
    case constant(Constant)
    case stream(RowStream)
    case frame(Frame)
    case labelled(LabelledRows)
    case fits(FitSet)
    case probes(ProbeSet)
    case table(Table)
}

/// How the value is to be shown.
enum Layout: Sendable, Hashable {
    case automatic
    case table(rows: String?, cols: String?)
    case bars(title: String?)
    case lines(x: String?, color: String?, title: String?)
    case histogram(title: String?)
    case sparks(x: String?, title: String?)
    case heat(x: String?, y: String?, title: String?)
    /// - x, y: what runs across and up
    case points(title: String?, x: String, y: String)
    /// The value went to a file: its type says enough.
    case quiet
}
