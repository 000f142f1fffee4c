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
        if words.contains("loss") { say("\(try loss.replay(recording, ReplayDepth(random: 0, stride: scale)))") }
        if words.contains("mutants") {
            let hunt = MutantHunt(loss)
            for mutant in Mutant.all { say("\(try hunt.hunt(mutant, in: recording))") }
            say("\(try hunt.live())")
        }
        if words.contains("migrate") { say("\(try PowerLoss.migration(tools, ReplayDepth(random: 1, stride: scale)))") }
        if words.contains("load") {
            say("\(try Load(path: scratch + "/load").run(seconds: Double(scale)))")
        }
        if words.contains("flips") {
            try Flips.makeStore(scratch + "/flips")
            let new = Flips(tools, store: scratch + "/flips")
            say("\(try new.flipChunks(masks: [1], stride: scale))")
            say("\(try new.cutChunks(stride: scale))")
            say("\(try new.flipCatalog(stride: scale))")
            say("\(try new.cutCatalog(stride: scale))")
            let old = Flips(tools, store: Flips.golden)
            say("\(try old.flipChunks(masks: [1], stride: scale * 10))")
            say("\(try old.flipCatalog(stride: scale))")
        }
        let interruptions = Interruptions(tools, Workload.everything)
        if words.contains("kill") { say("\(try interruptions.killPoints(recording, limit: scale))") }
        if words.contains("random") { say("\(try interruptions.randomKills(scale))") }
        if words.contains("faults") { say("\(try interruptions.faults(recording, places: scale))") }
        if words.contains("full") { say("\(try interruptions.fullDisks(recording, limit: scale))") }
    }
}
