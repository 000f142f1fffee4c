import SavedQueries

/// A query file that every `varve` carries, run by its name.
public struct BuiltInQuery: Sendable, Hashable {
    /// The file's name without `.vq`.
    public let name: String
    /// Its text.
    public let text: String

    /// All of them, in the order in which a newcomer reads them.
    public static let all: [BuiltInQuery] = SavedQueries.all.map { BuiltInQuery(name: $0.name, text: $0.text) }

    /// Those that the demo answers, in their order.
    public static let introduction = Array(all.prefix(SavedQueries.introduction.count))

    /// The query of that name, with or without `.vq`.
    public static func named(_ name: String) -> BuiltInQuery? {
        let stem = name.hasSuffix(".vq") ? String(name.dropLast(3)) : name
        return all.first { $0.name == stem }
    }
}
