import Foundation
import Models

// ModelsBenchmark THREADS                  commands as JSON lines on stdin, each answered by one on stdout; see serve.

struct Command: Decodable {
    let action: String
    var path: String?
    var prompts: [[UInt32]]?
    /// Tokens run together.
    var batch: Int?
    var count: Int?
    var layer: Int?
    var prompt: Int?

    enum CodingKeys: String, CodingKey {
        case action = "do"
        case path, prompts, batch, count, layer, prompt
    }
}

struct Answer: Encodable {
    var seconds: Double?
    /// Time that all threads together spent inside matrix products, where they are watched.
    var products: Double?
    var peakBytes: Int?
    var tokens: [[UInt32]]?
    var values: [Float]?
}

struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
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

func serve(threads: Int) throws {
    var model: Decoder?
    var prefill: Prefill?
    func loaded() throws -> Decoder {
        guard let model else { throw BenchmarkError("no model is loaded") }
        return model
    }
    while let line = readLine() {
        let command = try JSONDecoder().decode(Command.self, from: Data(line.utf8))
        var answer = Answer()
        let start = ContinuousClock.now
        switch command.action {
        case "load": model = try Decoder(folder: command.path ?? "")
        case "prompts": prefill = Prefill(try loaded(), command.prompts ?? [])
        case "prefill":
            let before = ProductClock.seconds
            prefill?.run(threads: threads, batchTokens: command.batch ?? 1024)
            answer.products = ProductClock.seconds.flatMap { now in before.map { now - $0 } }
        case "generate":
            PassThreads.confineProducts(to: threads)
            var workspace = Workspace()
            answer.tokens = try loaded().generate(
                command.prompts ?? [], options: GenerationOptions(count: command.count ?? 1), workspace: &workspace)
        case "values": answer.values = prefill?.values(layer: command.layer ?? 0, prompt: command.prompt ?? 0)
        default: throw BenchmarkError("unknown command \(command.action)")
        }
        answer.seconds = (ContinuousClock.now - start) / .seconds(1)
        answer.peakBytes = try peakBytes()
        try say(answer)
    }
}

do {
    guard let threads = CommandLine.arguments.dropFirst().first.flatMap({ Int($0) }), threads > 0 else {
        throw BenchmarkError("how many threads?")
    }
    try serve(threads: threads)
} catch {
    FileHandle.standardError.write(Data("ModelsBenchmark: \(error)\n".utf8))
    exit(1)
}
