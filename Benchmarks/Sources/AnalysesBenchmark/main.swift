import Foundation
import QueryEngine
import QueryLanguage
import Store

// AnalysesBenchmark make DATA STORE             writes the captures of `data.py` to a new store
// AnalysesBenchmark serve STORE THREADS         queries as JSON lines on stdin, each answered by one line on stdout
// AnalysesBenchmark once STORE THREADS QUERY    one query in a process of its own: seconds and peak memory

struct Command: Decodable {
    let action: String
    var query: String?

    enum CodingKeys: String, CodingKey {
        case action = "do"
        case query
    }
}

struct Answer: Encodable {
    var seconds: Double?
    /// Every shown value as JSON.
    var values: [String]?
    var peakBytes: Int?
    var storedBytes: Int?
}

/// Peak resident memory of this process.
func peakBytes() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    guard let number = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first,
        let kibibytes = Int(number)
    else { throw BenchmarkError("no VmHWM") }
    return kibibytes * 1024
}

/// One line of JSON on stdout, at once.
func say(_ value: some Encodable) throws {
    FileHandle.standardOutput.write(try JSONEncoder().encode(value) + Data("\n".utf8))
}

/// Runs a query as `varve query --format json` does: from its text to the text of its answers.
func run(_ session: QuerySession, _ text: String) throws -> (seconds: Double, values: [String]) {
    var values: [String] = []
    let start = ContinuousClock.now
    do {
        try session.run(SourceText(name: "query", text: text)) { values.append($0.json()) }
    } catch let errors as QueryErrors {
        throw BenchmarkError(errors.diagnostics.map(\.message).joined(separator: "; "))
    }
    return ((ContinuousClock.now - start) / .seconds(1), values)
}

func serve(_ store: String, threads: Int) throws {
    // A session keeps what it has computed: only `again` may use that.
    var session = try QuerySession(store: store, options: .init(threads: threads))
    while let line = readLine() {
        let command = try JSONDecoder().decode(Command.self, from: Data(line.utf8))
        var answer = Answer()
        switch command.action {
        case "query", "again":
            if command.action == "query" { session = try QuerySession(store: store, options: .init(threads: threads)) }
            let (seconds, values) = try run(session, command.query ?? "")
            answer.seconds = seconds
            answer.values = values
        default: throw BenchmarkError("unknown command \(command.action)")
        }
        answer.peakBytes = try peakBytes()
        try say(answer)
    }
}

func main(_ arguments: [String]) throws {
    guard arguments.count > 3 else { throw BenchmarkError("arguments: see main.swift") }
    switch arguments[1] {
    case "make":
        let captures = try Captures(folder: arguments[2])
        try? FileManager.default.removeItem(atPath: arguments[3])
        let store = try StoreWriter(path: arguments[3])
        for capture in captures.captures { try capture.write(to: store, folder: arguments[2]) }
        try say(Answer())
    case "serve": try serve(arguments[2], threads: Int(arguments[3]) ?? 2)
    case "once" where arguments.count > 4:
        let session = try QuerySession(store: arguments[2], options: .init(threads: Int(arguments[3]) ?? 2))
        let (seconds, values) = try run(session, arguments[4])
        try say(Answer(seconds: seconds, values: values, peakBytes: peakBytes()))
    default: throw BenchmarkError("unknown command \(arguments[1])")
    }
}

do {
    try main(CommandLine.arguments)
} catch {
    FileHandle.standardError.write(Data("AnalysesBenchmark: \(error)\n".utf8))
    exit(1)
}
