import Foundation
import QueryEngine
import Testing

/// Queries with their answers, as text: `conformance/*.txt`. A query, a line `----`, the answer, a blank line.
///
/// `VARVE_RECORD=1 swift test --filter Conformance` writes the answers anew; read the difference before committing it.
@Suite struct ConformanceTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "conformance")

    static var files: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted()
    }

    /// The recorded answers are those of two threads.
    @Test(arguments: files, [1, 8])
    func answersAreTheSameOnAnyNumberOfThreads(file: String, threads: Int) throws {
        let url = ConformanceTests.folder.appendingPathComponent(file)
        let cases = ConformanceTests.parse(try String(contentsOf: url, encoding: .utf8))
        try ConformanceTests.withSession(for: file, threads: threads) { session in
            for one in cases { #expect(session.reply(one.query) == one.answer, "\(one.query)") }
        }
    }

    @Test(arguments: files)
    func answers(file: String) throws {
        let url = ConformanceTests.folder.appendingPathComponent(file)
        let cases = ConformanceTests.parse(try String(contentsOf: url, encoding: .utf8))
        #expect(!cases.isEmpty)
        let isRecording = ProcessInfo.processInfo.environment["VARVE_RECORD"] != nil
        var recorded: [String] = []
        try ConformanceTests.withSession(for: file) { session in
            for one in cases {
                let reply = session.reply(one.query)
                recorded.append(one.query + "\n----\n" + reply)
                if !isRecording { #expect(reply == one.answer, "\(one.query)") }
            }
        }
        if isRecording {
            try (recorded.joined(separator: "\n\n") + "\n").write(to: url, atomically: true, encoding: .utf8)
        }
    }

    /// A session on the store that the queries of a file are of.
    static func withSession(for file: String, threads: Int = 2, _ body: (QuerySession) throws -> Void) throws {
        if file.hasPrefix("odd") {
            try OddFixture.withSession(threads: threads, body)
        } else {
            try EngineFixture.withSession(threads: threads, body)
        }
    }

    @Test func thereAreMoreThanThreeHundred() throws {
        var queries: Set<String> = []
        for file in ConformanceTests.files {
            let url = ConformanceTests.folder.appendingPathComponent(file)
            for one in ConformanceTests.parse(try String(contentsOf: url, encoding: .utf8)) where !one.answer.isEmpty {
                queries.insert(one.query)
            }
        }
        #expect(queries.count >= 300)
    }

    static func parse(_ text: String) -> [(query: String, answer: String)] {
        var cases: [(query: String, answer: String)] = []
        for block in text.components(separatedBy: "\n\n") {
            let trimmed = block.trimmingCharacters(in: .newlines)
            guard !trimmed.isEmpty else { continue }
            let parts = trimmed.components(separatedBy: "\n----\n")
            cases.append((parts[0].replacingOccurrences(of: "\n----", with: ""), parts.count > 1 ? parts[1] : ""))
        }
        return cases
    }
}
