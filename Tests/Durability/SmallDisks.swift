import Foundation
import Synchronization

extension Interruptions {
    /// File systems in memory that are too small, sizes evenly chosen: the kernel's own ENOSPC. Once they are made larger the
    /// workload is completed.
    ///
    /// - Returns: nil where this user may not mount
    public func smallDisks(_ recording: Recording, limit: Int) throws -> StrikeReport? {
        let root = tools.place("small")
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        guard Interruptions.mount(root, ["-t", "tmpfs", "-o", "size=64k", "none"]) else { return nil }
        _ = Interruptions.unmount(root)
        // Files come and go: about a third of what was ever written is there at a time.
        let largest = try recording.growth() / 3 / 4096 + 1
        let check = RecoveryCheck(workload)
        var report = StrikeReport()
        for pages in Interruptions.places(largest, limit) {
            guard Interruptions.mount(root, ["-t", "tmpfs", "-o", "size=\(pages * 4)k", "none"]) else { return nil }
            defer { _ = Interruptions.unmount(root) }
            let path = root + "/" + PowerLoss.storeName
            let child = try Child(
                tools, ["run", path, workload.description],
                ["LD_PRELOAD": tools.shim, "VARVE_SHIM_ROOT": root, "VARVE_SHIM_ROOM": "1"])
            report.count(child, .budget(pages * 4096))
            do {
                let expectation = Expectation(child.marks)
                try judge(child, .budget(pages * 4096), expectation)
                if expectation.isCreated { try StoreCheck(expectation: expectation).run(path) }
                guard Interruptions.mount(root, ["-o", "remount,size=1g"]) else { throw ProofError("no remount") }
                try check.run(path, expectation)
            } catch  where !(error is ProofError) {
                report.violations.append("tmpfs of \(pages * 4) KiB: \(error)")
            }
        }
        return report
    }

    private static func mount(_ path: String, _ arguments: [String]) -> Bool {
        run("mount", arguments + [path])
    }

    private static func unmount(_ path: String) -> Bool { run("umount", [path]) }

    private static func run(_ program: String, _ arguments: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
