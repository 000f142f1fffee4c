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
        func say(_ text: String) {
            FileHandle.standardError.write(Data("\(Int(Date().timeIntervalSince(start))) s: \(text)\n".utf8))
        }
        let recording = try loss.record()
        say("recorded \(recording.calls.count) calls")
        let words = Set(CommandLine.arguments.dropFirst())
        let scale = words.compactMap { Int($0) }.first ?? 10
        if words.contains("loss") { say("\(try loss.replay(recording, random: 0, stride: scale))") }
        if words.contains("mutants") {
            let hunt = MutantHunt(loss)
            for mutant in Mutant.all { say("\(try hunt.hunt(mutant, in: recording))") }
            say("\(try hunt.live())")
        }
        let interruptions = Interruptions(tools, Workload.everything)
        if words.contains("kill") { say("\(try interruptions.killPoints(recording, limit: scale))") }
        if words.contains("random") { say("\(try interruptions.randomKills(scale))") }
        if words.contains("faults") { say("\(try interruptions.faults(recording, places: scale))") }
        if words.contains("full") { say("\(try interruptions.fullDisks(recording, limit: scale))") }
    }
}
