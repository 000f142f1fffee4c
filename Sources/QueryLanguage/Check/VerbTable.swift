/// The function table: every verb of the language, built or not.
public enum VerbTable {
    /// Verbs that belong together, as the documentation shows them.
    public struct Family: Sendable {
        public let title: String
        public let verbs: [Verb]

        init(title: String, verbs: [Verb]) {
            self.title = title
            self.verbs = verbs.map(\.noted)
        }
    }

    /// In the order of the documentation.
    public static let families: [Family] = [
        Family(title: "Sources", verbs: sourceVerbs),
        Family(title: "Choose", verbs: chooseVerbs + [renameVerb]),
        Family(title: "Pool", verbs: poolVerbs + orderVerbs),
        Family(title: "Two sides", verbs: sideVerbs + [stackVerb]),
        Family(title: "Vectors", verbs: vectorVerbs + representationVerbs),
        Family(title: "SAE latents", verbs: latentVerbs + setVerbs + adapterVerbs),
        Family(title: "Labels and splits", verbs: labelVerbs),
        Family(title: "Probes", verbs: probeVerbs + scoreVerbs),
        Family(title: "Inference", verbs: inferenceVerbs),
        Family(title: "Out", verbs: outputVerbs + drawingVerbs),
        Family(title: "Not available yet", verbs: laterVerbs),
    ]

    /// All verbs, family by family.
    public static let all: [Verb] = families.flatMap(\.verbs)

    private static let byName: [String: Verb] = Dictionary(
        all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    /// The verb of that name.
    public static func verb(_ name: String) -> Verb? { byName[name] }
}
