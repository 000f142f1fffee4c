internal import CBLAS

/// What OpenBLAS took this processor for, and how many threads it may use.
public enum CPU {
    /// OpenBLAS' name for its chosen kernels, such as `SkylakeX` or `Prescott`.
    public static var blasCore: String {
        guard let name = unsafe openblas_get_corename() else { return "unknown" }
        return unsafe String(cString: name)
    }

    /// The `OPENBLAS_CORETYPE` that suits this processor where OpenBLAS 0.3.21 fell back to its 2004 kernels; nil where
    /// its own choice stands.
    public static func betterBlasCore(flags: Set<String>) -> String? {
        guard blasCore == "Prescott" else { return nil }
        if flags.contains("avx512f"), flags.contains("avx512bw"), flags.contains("avx512vl") { return "SkylakeX" }
        if flags.contains("avx2"), flags.contains("fma") { return "Haswell" }
        return nil
    }

    /// Has OpenBLAS choose its kernels again, as if it had been loaded under this `OPENBLAS_CORETYPE`, in microseconds. To be
    /// called before the first product, by the only thread that knows the library. False, with nothing changed, where the
    /// library was built for one processor: then only a new process can choose.
    public static func chooseBlasCore(_ core: String) -> Bool { unsafe varve_blas_choose_core(core) }

    /// Ends the threads that OpenBLAS starts when it is loaded. Waiting for work, they give their turn back again and again for
    /// some 30 ms, which a short command feels. A product on several threads starts them anew.
    public static func restBlasThreads() { varve_blas_rest() }

    /// Threads OpenBLAS uses inside one product.
    public static func setBlasThreads(_ count: Int) { openblas_set_num_threads(Int32(max(1, count))) }
}
