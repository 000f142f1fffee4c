import Durability
import Foundation

/// A run of the load by a program of its own, under the thread sanitizer.
struct SanitizedLoad {
    /// Snapshot reads it made.
    var reads: Int
    /// Warnings of the sanitizer.
    var races: Int
    /// What went wrong otherwise, and the first lines of each warning.
    var violations: [String]

    /// - Parameters:
    ///   - program: `Torture`, built with `--sanitize=thread`
    ///   - scratch: a folder that is made for its results
    static func run(_ program: String, isFull: Bool, scratch: String) throws -> SanitizedLoad {
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        let messages = scratch + "/messages"
        guard FileManager.default.createFile(atPath: messages, contents: nil),
            let output = FileHandle(forWritingAtPath: messages)
        else { throw ProofError("\(messages): can't be written") }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = (isFull ? ["--full"] : []) + ["--results", scratch, "load"]
        // A race must not pass for a program that ended well.
        process.environment = ProcessInfo.processInfo.environment.merging(["TSAN_OPTIONS": "exitcode=66"]) { $1 }
        process.standardError = output
        try process.run()
        process.waitUntilExit()
        let text = try String(contentsOfFile: messages, encoding: .utf8)
        let warnings = text.components(separatedBy: "WARNING: ThreadSanitizer: ").dropFirst()
        var violations = warnings.map { $0.split(separator: "\n").prefix(4).joined(separator: " ") }
        if process.terminationStatus != 0, violations.isEmpty {
            violations.append("ended with \(process.terminationStatus): \(text.suffix(300))")
        }
        let load = try TortureResults(from: scratch).figures.first { $0.numbers["reads"] != nil }
        return SanitizedLoad(reads: load?.numbers["reads"] ?? 0, races: warnings.count, violations: violations)
    }
}
