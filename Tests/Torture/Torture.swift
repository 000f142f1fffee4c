import Durability
import Foundation

/// Runs the proof and writes its figures: `Torture [--full] [--sanitized PROGRAM] [--results FOLDER [--readme FILE]] [PART …]`. Without `--full`
/// a little of each part, of which the results keep the time alone.
@main enum Torture {
    static func main() {
        var arguments = Array(CommandLine.arguments.dropFirst())
        func taken(_ option: String) -> String? {
            guard let place = arguments.firstIndex(of: option), place + 1 < arguments.count else { return nil }
            defer { arguments.removeSubrange(place...(place + 1)) }
            return arguments[place + 1]
        }
        let folder = taken("--results")
        let readme = taken("--readme")
        let sanitized = taken("--sanitized")
        let isFull = arguments.contains("--full")
        let parts = Set(arguments.filter { !$0.hasPrefix("--") })
        do {
            let scratch = try Tools.makeScratch()
            defer { try? FileManager.default.removeItem(atPath: scratch) }
            let start = Date()
            var run = try TortureRun(
                Tools(scratch: scratch), isFull: isFull, parts: parts, folder: isFull ? folder : nil,
                sanitized: sanitized)
            try run.all()
            if let folder, !isFull {
                try run.results.writeDefaultRun(seconds: Date().timeIntervalSince(start), to: folder)
            }
            if let folder, let readme { try TortureResults(from: folder).write(toReadme: readme) }
            if !run.results.isProven { exit(1) }
        } catch {
            TortureRun.say("error: \(error)")
            exit(2)
        }
    }
}
