import Foundation

extension TortureResults {
    /// The few lines that the README shows, each a count over the figures whose names begin so.
    private var summary: String {
        func sum(_ beginning: String, _ key: String) -> String {
            let all = figures.filter { $0.name.hasPrefix(beginning) }.compactMap { $0.numbers[key] }.reduce(0, +)
            return all.formatted(.number.locale(Locale(identifier: "en_US")))
        }
        let rows = [
            (
                "states after power loss, recovery, migration, rebuild and export among them",
                sum("power loss", "states")
            ),
            (
                "an fsync, an order or a lock taken out of the protocol, each noticed",
                "\(sum("protocol mutants", "killed")) of \(sum("protocol mutants", "mutants"))"
            ),
            (
                "killed before each call; killed at random; failing calls of 8 kinds",
                "\(sum("killed before", "runs")); \(sum("killed at random", "runs")); \(sum("faults of calls", "runs"))"
            ),
            ("full disks", sum("disk full", "runs")),
            ("snapshot reads beside a writer, removal, purge and compaction in 30 s", sum("1 writer", "reads")),
            (
                "data races among them in 30 s under the thread sanitizer",
                "\(sum("the same under", "races")) in \(sum("the same under", "sanitized reads")) reads"
            ),
            (
                "flipped bytes of chunks; of a catalogue; either cut short",
                "\(sum("bits of chunks", "tries")); \(sum("bits of a catalogue", "tries")); "
                    + sum("chunks cut", "tries") + "; " + sum("catalogue cut", "tries")
            ),
        ]
        return rows.reduce("| tried | how often |\n|---|---|\n") { $0 + "| \($1.0) | \($1.1) |\n" }
    }

    /// Puts the lines between the two marks of a README; a file without them is an error.
    func write(toReadme path: String) throws {
        let url = URL(fileURLWithPath: path)
        let text = try String(contentsOf: url, encoding: .utf8)
        guard let start = text.range(of: "<!-- torture: written by Scripts/torture -->\n"),
            let end = text.range(of: "<!-- /torture -->", range: start.upperBound..<text.endIndex)
        else { throw CocoaError(.fileReadCorruptFile, userInfo: [NSFilePathErrorKey: path]) }
        try text.replacingCharacters(in: start.upperBound..<end.lowerBound, with: summary)
            .write(to: url, atomically: true, encoding: .utf8)
    }
}
