import Durability
import Foundation

/// Runs the proof and writes its figures: `Torture [--full] [--results FOLDER] [PART …]`. Without `--full` a little of each part.
@main enum Torture {
    static func main() {
        var arguments = Array(CommandLine.arguments.dropFirst())
        var folder: String?
        if let place = arguments.firstIndex(of: "--results"), place + 1 < arguments.count {
            folder = arguments[place + 1]
            arguments.removeSubrange(place...(place + 1))
        }
        let isFull = arguments.contains("--full")
        let parts = Set(arguments.filter { !$0.hasPrefix("--") })
        do {
            let scratch = try Tools.makeScratch()
            defer { try? FileManager.default.removeItem(atPath: scratch) }
            var run = try TortureRun(Tools(scratch: scratch), isFull: isFull, parts: parts)
            try run.all()
            if let folder { try run.results.write(to: folder) }
            if !run.results.isProven { exit(1) }
        } catch {
            TortureRun.say("error: \(error)")
            exit(2)
        }
    }
}
