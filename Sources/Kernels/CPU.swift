internal import CBLAS

/// What OpenBLAS took this processor for, and how many threads it may use.
public enum CPU {
    /// OpenBLAS' name for its chosen kernels, such as `SkylakeX` or `Prescott`.
    public static var blasCore: String {
        guard let name = unsafe openblas_get_corename() else { return "unknown" }
        return unsafe String(cString: name)
    }

    /// The `OPENBLAS_CORETYPE` that suits this processor where OpenBLAS 0.3.21 fell back to its 2004 kernels; nil where
    /// its own choice stands. The choice is made when the library loads, so a new one takes a new process.
    public static func betterBlasCore(flags: Set<String>) -> String? {
        guard blasCore == "Prescott" else { return nil }
        if flags.contains("avx512f"), flags.contains("avx512bw"), flags.contains("avx512vl") { return "SkylakeX" }
        if flags.contains("avx2"), flags.contains("fma") { return "Haswell" }
        return nil
    }

    /// Threads OpenBLAS uses inside one product.
    public static func setBlasThreads(_ count: Int) { openblas_set_num_threads(Int32(max(1, count))) }
}
