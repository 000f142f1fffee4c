internal import Glibc
internal import Kernels

/// How many forward passes run side by side.
public enum PassThreads {
    /// Processors online.
    public static var count: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// Makes every matrix product stay on its caller's thread: passes run side by side instead. Process-wide.
    ///
    /// - Parameter threads: more than 1 where a single pass, one that generates, is to use them all.
    public static func confineProducts(to threads: Int = 1) { CPU.setBlasThreads(threads) }
}
