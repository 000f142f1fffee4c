import Foundation
import Store

/// Commands as JSON lines on stdin, each answered by a JSON line with the seconds it took: the same protocol as the peers' `worker.py`.
struct Command: Decodable {
    let action: String
    var path: String?
    var layers: [Int]?
    var layer: Int?
    var rows: [Int]?

    enum CodingKeys: String, CodingKey {
        case action = "do"
        case path, layers, layer, rows
    }
}

struct Answer: Encodable {
    var seconds: Double?
    var stored: Int?
}

func serve(_ data: DataSet) throws {
    try data.map()
    var reading: Reading?
    func open() throws -> Reading {
        guard let reading else { throw BenchmarkError("no store is open") }
        return reading
    }
    while let line = readLine() {
        let command = try JSONDecoder().decode(Command.self, from: Data(line.utf8))
        let path = command.path ?? ""
        let layer = command.layer ?? 0
        let rows = command.rows ?? []
        var answer = Answer()
        switch command.action {
        case "ingest", "append":
            let written = try ingest(data, path: path, arrival: command.action == "ingest" ? .bulk : .prompts)
            answer = Answer(seconds: written.seconds, stored: written.stored)
        case "open": reading = try Reading(path, data)
        case "check": _ = try open().array()
        case "scan": answer.seconds = try open().scan(command.layers ?? [])
        case "array": answer.seconds = try open().array()
        case "rows": answer.seconds = try open().rows(layer, rows)
        case "slices": answer.seconds = try open().slices(layer, firsts: rows, count: DataSet.promptLength)
        case "row": answer.seconds = try open().slices(layer, firsts: rows, count: 1)
        case "close": reading = nil
        default: throw BenchmarkError("unknown command \(command.action)")
        }
        try say(answer)
    }
}

/// One line of JSON on stdout, at once.
func say(_ value: some Encodable) throws {
    FileHandle.standardOutput.write(try JSONEncoder().encode(value) + Data("\n".utf8))
}
