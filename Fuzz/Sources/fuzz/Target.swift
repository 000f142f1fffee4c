import FuzzTargets
import Glibc

/// `VARVE_FUZZ_TARGET` names the parser; with `VARVE_FUZZ_SEEDS` its seeds are written there and nothing is run.
let target: FuzzTarget = {
    let name = unsafe getenv("VARVE_FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        let known = FuzzTarget.allCases.map(\.rawValue).joined(separator: " ")
        preconditionFailure("VARVE_FUZZ_TARGET must be one of: \(known)")
    }
    return target
}()
