public import FuzzTargets
import Glibc
import Synchronization

/// What every fuzzer does, whatever its parsers: libFuzzer brings `main` and calls these two functions.
public enum FuzzProgram {
    fileprivate static let chosen = Mutex<FuzzTarget?>(nil)

    /// Before the first input. `VARVE_FUZZ_TARGET` names the parser; without it the names are printed and nothing is run.
    /// With `VARVE_FUZZ_SEEDS` the parser's seeds are written to that folder and nothing is run.
    public static func begin(_ targets: [FuzzTarget]) -> Int32 {
        guard let name = variable("VARVE_FUZZ_TARGET") else {
            for target in targets { print(target.name) }
            exit(0)
        }
        guard let target = targets.first(where: { $0.name == name }) else {
            preconditionFailure(
                "VARVE_FUZZ_TARGET must be one of: \(targets.map(\.name).joined(separator: " "))")
        }
        if let folder = variable("VARVE_FUZZ_SEEDS") {
            for (index, seed) in target.seeds.enumerated() {
                guard let file = unsafe fopen("\(folder)/seed-\(index)", "w") else { exit(74) }
                unsafe fwrite(seed, 1, seed.count, file)
                unsafe fclose(file)
            }
            exit(0)
        }
        chosen.withLock { $0 = target }
        return 0
    }

    private static func variable(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let target = FuzzProgram.chosen.withLock { $0 }
    unsafe target?.run(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
