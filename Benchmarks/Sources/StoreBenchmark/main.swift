import Foundation
import Store
import Tensor

// StoreBenchmark serve DATA SET            commands on stdin, answers on stdout
// StoreBenchmark ingest DATA SET STORE     writes a set; prints seconds, bytes and the process' peak memory
// StoreBenchmark ingest-mapped …           the same from mapped memory, whole chunks with one call
// StoreBenchmark scan DATA SET STORE       reads a set's store whole; prints seconds and peak memory
// StoreBenchmark blocks DATA SET           speeds of single blocks
// StoreBenchmark make-large STORE          a store of 10,000 chunks and 1,000,000 prompts
// StoreBenchmark open STORE                seconds of opening a store for reading and for writing
// StoreBenchmark columns STORE             what each column takes and how its blocks are encoded

struct Measured: Encodable {
    let seconds: Double
    var stored: Int?
    let raw: Int
    /// Peak resident memory of this process.
    let peakBytes: Int
}

struct StoredColumn: Encodable {
    let name: String
    let type: String
    let raw: Int
    let stored: Int
    let encodings: [String: Int]
}

/// From the kernel's own account, which begins anew with the program: `getrusage` would count whoever started this.
func peakBytes() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    guard let number = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first,
        let kibibytes = Int(number)
    else { throw BenchmarkError("no VmHWM") }
    return kibibytes * 1024
}

func run(_ arguments: [String]) throws {
    guard arguments.count > 2 else { throw BenchmarkError("arguments: see main.swift") }
    let (action, place) = (arguments[1], arguments[2])
    func data() throws -> DataSet {
        guard arguments.count > 3 else { throw BenchmarkError("\(action): which data set?") }
        return try DataSet(folder: place, name: arguments[3])
    }
    func store() throws -> String {
        guard arguments.count > 4 else { throw BenchmarkError("\(action): which store?") }
        return arguments[4]
    }
    switch action {
    case "serve": try serve(data())
    case "ingest", "ingest-mapped":
        let set = try data()
        let written = try ingest(set, path: store(), arrival: action == "ingest" ? .streamed : .bulk)
        try say(
            Measured(seconds: written.seconds, stored: written.stored, raw: set.rawBytes, peakBytes: peakBytes()))
    case "scan":
        let set = try data()
        let seconds = try Reading(store(), set).scan(Array(set.columns.indices), checked: false)
        try say(Measured(seconds: seconds, raw: set.rawBytes, peakBytes: peakBytes()))
    case "blocks": try say(BlockSpeeds.measure(data(), blocks: 400, rounds: 7))
    case "make-large": try say(Large.make(place))
    case "open": try say(Large.open(place))
    case "columns":
        let captures = try Snapshot.open(place).summary().captures
        try say(
            captures.flatMap(\.columns).map {
                StoredColumn(
                    name: $0.spec.id.canonicalName, type: $0.spec.elementType.rawValue, raw: $0.rawBytes,
                    stored: $0.storedBytes, encodings: $0.encodings)
            })
    default: throw BenchmarkError("unknown command \(action)")
    }
}

do {
    try run(CommandLine.arguments)
} catch {
    FileHandle.standardError.write(Data("StoreBenchmark: \(error)\n".utf8))
    exit(1)
}
