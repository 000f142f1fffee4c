import Kernels

/// What the command must know of the linear algebra before it computes anything.
public enum Processor {
    /// The `OPENBLAS_CORETYPE` that OpenBLAS should have chosen, or nil where it chose well.
    ///
    /// - Parameter cpuInfo: the text of `/proc/cpuinfo`.
    public static func betterBlasCore(cpuInfo: String) -> String? {
        guard let line = cpuInfo.split(separator: "\n").first(where: { $0.hasPrefix("flags") }),
            let colon = line.firstIndex(of: ":")
        else { return nil }
        let flags = line[line.index(after: colon)...].split(separator: " ").map(String.init)
        return CPU.betterBlasCore(flags: Set(flags))
    }

    /// Has OpenBLAS choose again; false where only a new process can.
    public static func chooseBlasCore(_ core: String) -> Bool { CPU.chooseBlasCore(core) }

    /// Ends the threads that OpenBLAS started for nothing.
    public static func restBlasThreads() { CPU.restBlasThreads() }

    /// OpenBLAS' name for its chosen kernels.
    public static var blasCore: String { CPU.blasCore }
}
