/// The function table: every verb of the language, built or not.
public enum VerbTable {
    /// In the order of the documentation.
    public static let all: [Verb] =
        sourceVerbs + chooseVerbs + poolVerbs + sideVerbs + vectorVerbs + latentVerbs + labelVerbs + probeVerbs
        + outputVerbs + laterVerbs

    private static let byName: [String: Verb] = Dictionary(
        all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    /// The verb of that name.
    public static func verb(_ name: String) -> Verb? { byName[name] }
}
