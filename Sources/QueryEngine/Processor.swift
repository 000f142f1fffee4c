import Kernels

/// What the command must know of the linear algebra before it computes anything.
public enum Processor {
    /// The `OPENBLAS_CORETYPE` with which varve should start itself again, or nil where OpenBLAS chose well.
    ///
    /// - Parameter cpuInfo: the text of `/proc/cpuinfo`.
    public static func betterBlasCore(cpuInfo: String) -> String? {
        guard let line = cpuInfo.split(separator: "\n").first(where: { $0.hasPrefix("flags") }),
            let colon = line.firstIndex(of: ":")
        else { return nil }
        let flags = line[line.index(after: colon)...].split(separator: " ").map(String.init)
        return CPU.betterBlasCore(flags: Set(flags))
    }

    /// OpenBLAS' name for its chosen kernels.
    public static var blasCore: String { CPU.blasCore }
}
