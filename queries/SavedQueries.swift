/// A query that every `varve` carries, by the name of its file.
public struct SavedQuery: Sendable, Hashable {
    /// `feature-drift`, as `varve run feature-drift` takes it.
    public let name: String
    /// The text of the `.vq` file.
    public let text: String
}

/// The saved queries, in the order in which a newcomer reads them.
public enum SavedQueries {
    public static let all: [SavedQuery] = [
        query("look-around", PackageResources.look_around_vq),
        query("lora-specialisation", PackageResources.lora_specialisation_vq),
        query("feature-drift", PackageResources.feature_drift_vq),
        query("poser", PackageResources.poser_vq),
    ]

    /// The query of that name, with or without `.vq`.
    public static func named(_ name: String) -> SavedQuery? {
        all.first { $0.name == name || $0.name + ".vq" == name }
    }

    private static func query(_ name: String, _ bytes: [UInt8]) -> SavedQuery {
        SavedQuery(name: name, text: String(decoding: bytes, as: UTF8.self))
    }
}
