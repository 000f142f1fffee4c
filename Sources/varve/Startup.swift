import Glibc
import Shell

/// OpenBLAS chooses its kernels when it is loaded, and takes newer processors for one of 2004: it is told to choose again,
/// which takes microseconds. Where the library can't, the process begins once more with the right choice in its environment.
enum Startup {
    static func chooseKernels() {
        BlasChoice.restThreads()
        guard
            let core = BlasChoice.coreType(
                environment: { name in
                    guard let value = unsafe getenv(name) else { return nil }
                    return unsafe String(cString: value)
                }, cpuInfo: cpuInfo), !BlasChoice.choose(core)
        else { return }
        unsafe setenv("OPENBLAS_CORETYPE", core, 1)
        unsafe setenv(BlasChoice.guardVariable, "1", 1)
        var arguments = unsafe CommandLine.arguments.map { unsafe strdup($0) }
        unsafe arguments.append(nil)
        // Comes back only where it failed: then this process goes on, slower.
        _ = unsafe execv("/proc/self/exe", &arguments)
    }

    private static func cpuInfo() -> String {
        guard let bytes = try? InputBytes.file("/proc/cpuinfo", limit: 1 << 20) else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
