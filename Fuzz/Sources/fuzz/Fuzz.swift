import FuzzTargets
import Glibc

@_cdecl("LLVMFuzzerInitialize")
func initialize(_ count: UnsafeMutableRawPointer?, _ arguments: UnsafeMutableRawPointer?) -> Int32 {
    guard let folder = unsafe getenv("VARVE_FUZZ_SEEDS").map({ unsafe String(cString: $0) }) else { return 0 }
    for (index, seed) in target.seeds.enumerated() {
        guard let file = unsafe fopen("\(folder)/seed-\(index)", "w") else { exit(74) }
        unsafe fwrite(seed, 1, seed.count, file)
        unsafe fclose(file)
    }
    exit(0)
}

@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    unsafe target.run(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
