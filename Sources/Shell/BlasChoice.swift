internal import QueryEngine

/// Whether the process should begin once more under another OpenBLAS core type.
public enum StartAgain {
    /// Set in the second process, so that there is no third.
    public static let guardVariable = "VARVE_STARTED_AGAIN"

    /// The core type to set, or nil to go on. A choice of the user's own stands.
    public static func coreType(environment: (String) -> String?, cpuInfo: () -> String) -> String? {
        guard environment(guardVariable) == nil, environment("OPENBLAS_CORETYPE") == nil else { return nil }
        guard Processor.blasCore == "Prescott" else { return nil }
        return Processor.betterBlasCore(cpuInfo: cpuInfo())
    }
}
