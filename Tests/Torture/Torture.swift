import Durability
import Foundation

/// Runs the proof's full figures.
@main enum Torture {
    static func main() throws {
        let scratch = try Tools.makeScratch()
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        let tools = try Tools(scratch: scratch)
        let loss = PowerLoss(tools, Workload.everything)
        let start = Date()
        let recording = try loss.record()
        print("recorded \(recording.calls.count) calls, \(Date().timeIntervalSince(start)) s")
        let report = try loss.replay(recording, random: 2, limit: Int(CommandLine.arguments[1]) ?? 100)
        print(report, Date().timeIntervalSince(start))
    }
}
