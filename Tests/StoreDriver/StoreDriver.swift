import Durability
import Glibc

/// The child of the durability tests: does a workload to a store, and says on standard output, in writes of its own, what
/// was acknowledged.
@main enum StoreDriver {
    static func main() {
        let arguments = CommandLine.arguments
        do {
            if arguments.count == 4, arguments[1] == "run", let workload = Workload(arguments[3]) {
                try workload.run(arguments[2]) { say($0) }
            } else if arguments.count == 3, let change = CatalogChange(rawValue: arguments[1]) {
                // The store was there before.
                say("created")
                try change.run(arguments[2])
                say("step 1")
            } else if arguments.count == 4, arguments[1] == "export" {
                try ExportLoss.run(from: arguments[2], to: arguments[3])
                say("step 1")
            } else {
                say("usage: StoreDriver run STORE WORKLOAD | migrate STORE | rebuild STORE | export STORE TARGET")
                exit(2)
            }
        } catch {
            say("error \(Workload.errorText(error))")
            exit(3)
        }
    }

    /// Past the C library's buffers: the shim sees it between the file calls before and after.
    static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}
