internal import QueryEngine

/// Which kernels OpenBLAS should use, and having it use them.
public enum BlasChoice {
    /// Set in a second process, so that there is no third.
    public static let guardVariable = "VARVE_STARTED_AGAIN"

    /// The core type to set, or nil to go on. A choice of the user's own stands.
    public static func coreType(environment: (String) -> String?, cpuInfo: () -> String) -> String? {
        guard environment(guardVariable) == nil, environment("OPENBLAS_CORETYPE") == nil else { return nil }
        guard Processor.blasCore == "Prescott" else { return nil }
        return Processor.betterBlasCore(cpuInfo: cpuInfo())
    }

    /// Has the library choose again in this process; false where only a new process can.
    public static func choose(_ core: String) -> Bool { Processor.chooseBlasCore(core) }

    /// Ends the threads that the library started when it was loaded.
    public static func restThreads() { Processor.restBlasThreads() }
}
