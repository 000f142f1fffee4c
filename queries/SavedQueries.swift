/// A query that every `varve` carries, by the name of its file.
public struct SavedQuery: Sendable, Hashable {
    /// `feature-drift`, as `varve run feature-drift` takes it.
    public let name: String
    /// The text of the `.vq` file.
    public let text: String
}

/// The saved queries, in the order in which a newcomer reads them.
public enum SavedQueries {
    /// A first look and the three questions that the organism was trained for: `varve demo` answers these.
    public static let introduction: [SavedQuery] = [
        query("look-around", PackageResources.look_around_vq),
        query("lora-specialisation", PackageResources.lora_specialisation_vq),
        query("feature-drift", PackageResources.feature_drift_vq),
        query("poser", PackageResources.poser_vq),
    ]

    /// Those questions with all their controls, and others to start from.
    private static let further: [SavedQuery] = [
        query("lora-paper-table", PackageResources.lora_paper_table_vq),
        query("k-ablation", PackageResources.k_ablation_vq),
        query("norm-growth", PackageResources.norm_growth_vq),
        query("probe-grid", PackageResources.probe_grid_vq),
        query("permutation-test", PackageResources.permutation_test_vq),
        query("audit-gate", PackageResources.audit_gate_vq),
        query("mass-mean-transfer", PackageResources.mass_mean_transfer_vq),
        query("new-features", PackageResources.new_features_vq),
        query("where-it-lights-up", PackageResources.where_it_lights_up_vq),
        query("cka-between-models", PackageResources.cka_between_models_vq),
    ]

    public static let all: [SavedQuery] = introduction + further

    /// The query of that name, with or without `.vq`.
    public static func named(_ name: String) -> SavedQuery? {
        all.first { $0.name == name || $0.name + ".vq" == name }
    }

    private static func query(_ name: String, _ bytes: [UInt8]) -> SavedQuery {
        SavedQuery(name: name, text: String(decoding: bytes, as: UTF8.self))
    }
}
