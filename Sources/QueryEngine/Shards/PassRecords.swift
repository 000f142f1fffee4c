/// The states of one part's pieces, written down pass by pass.
///
/// A file: magic and version; the query, its parameters, the store's identity, generation and path; the part, its passes, the round
/// and whether another one follows; then the passes: key, pieces in all, counters of the steps, and of each piece its number, length
/// and states; at the end a check sum of all before.
final class PassRecorder {
    /// What a part belongs to: parts of one answer have the same.
    struct Origin: Equatable {
        var query: String
        var parameters: String
        var storeID: String
        var generation: Int
    }

    static let magic = "varve partial 2"

    private(set) var body = StateWriter()
    private(set) var passes = 0
    private(set) var pieces = 0
    /// What the parts of the rounds before have in all.
    let earlier: PassReplay?
    /// Whether a pass waits for what this round's parts give together.
    var isOpen = false
    private var keys: Set<String> = []

    init(after earlier: PassReplay? = nil) { self.earlier = earlier }

    /// From 1.
    var round: Int { (earlier?.rounds ?? 0) + 1 }

    /// Whether a pass is not written down yet: steps that compute the same may ask for the same.
    func begin(_ key: String) -> Bool { keys.insert(key).inserted }

    func append(_ pass: StateWriter, pieces count: Int) {
        body.append(pass)
        passes += 1
        pieces += count
    }

    /// The whole file.
    func file(_ origin: Origin, store path: String, _ shard: Shard) -> [UInt8] {
        var out = StateWriter()
        out.text(PassRecorder.magic)
        out.text(origin.query)
        out.text(origin.parameters)
        out.text(origin.storeID)
        out.int(origin.generation)
        out.text(path)
        out.ints([shard.index, shard.count, passes, round, isOpen ? 1 : 0])
        out.append(body)
        out.int(PassRecorder.checksum(out.bytes[...]))
        return out.bytes
    }

    /// FNV-1a over 64 bits: finds what a copy has damaged.
    static func checksum(_ bytes: ArraySlice<UInt8>) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return Int(truncatingIfNeeded: hash)
    }
}

/// All parts of an answer, read back.
final class PassReplay {
    private(set) var origin = PassRecorder.Origin(query: "", parameters: "", storeID: "", generation: 0)
    /// Where the store was as the first part was made.
    private(set) var storePath = ""
    private struct Place {
        var file: Int
        var range: Range<Int>
    }
    private struct PartPlace: Hashable {
        var index: Int
        var round: Int
    }
    private struct Pass {
        var pieceCount: Int
        var counters: [[Int]]
        var pieces: [Int: Place]
    }
    private let files: [(name: String, bytes: [UInt8])]
    private var passes: [String: Pass] = [:]
    /// How many rounds there are.
    private(set) var rounds = 0
    /// Parts in all.
    private(set) var count = 0
    /// Whether the last round left a pass for another one.
    private(set) var isOpen = false

    /// - Throws: `PartialError` where a file is damaged, a part is missing or twice there, or parts belong to different queries.
    init(_ files: [(name: String, bytes: [UInt8])]) throws {
        self.files = files
        var found: (origin: PassRecorder.Origin, path: String, count: Int)?
        var parts: [PartPlace: String] = [:]
        var open: Set<Int> = []
        for (index, file) in files.enumerated() {
            guard file.bytes.count > 8 else { throw PartialError("\(file.name): no part of an answer") }
            let end = file.bytes.count - 8
            var tail = StateReader(file.bytes, in: end..<file.bytes.count, name: file.name)
            var input = StateReader(file.bytes, in: 0..<end, name: file.name)
            guard let magic = try? input.text(), magic == PassRecorder.magic else {
                throw PartialError("\(file.name): not what `varve partial` writes")
            }
            guard try tail.int() == PassRecorder.checksum(file.bytes[..<end]) else {
                throw input.damage("the check sum is another")
            }
            let origin = PassRecorder.Origin(
                query: try input.text(), parameters: try input.text(), storeID: try input.text(),
                generation: try input.int())
            let path = try input.text()
            let numbers = try input.ints()
            guard numbers.count == 5, let shard = Shard(index: numbers[0], of: numbers[1]),
                (1...1000).contains(numbers[3])
            else { throw input.damage("no such part") }
            let round = numbers[3]
            if numbers[4] != 0 { open.insert(round) }
            rounds = max(rounds, round)
            if let found, found.origin != origin || found.count != shard.count {
                throw PartialError(
                    "\(file.name): made of another query, other parameters, another state of the store or another number of parts than \(files[0].name)"
                )
            }
            found = found ?? (origin, path, shard.count)
            if let other = parts.updateValue(file.name, forKey: PartPlace(index: shard.index, round: round)) {
                throw PartialError("\(file.name): part \(shard.index + 1) of \(shard.count) is also \(other)")
            }
            for _ in 0..<numbers[2] { try read(&input, file: index) }
            guard input.isAtEnd else { throw input.damage("more than its passes") }
        }
        guard let found else { throw PartialError("there are no parts to merge") }
        for round in 1...max(1, rounds) {
            let missing = (0..<found.count).filter { parts[PartPlace(index: $0, round: round)] == nil }
            guard missing.isEmpty else {
                let names = missing.prefix(8).map { "\($0 + 1)/\(found.count)" }.joined(separator: ", ")
                throw PartialError(
                    "part\(missing.count == 1 ? "" : "s") \(names)\(rounds > 1 ? " of round \(round)" : "") missing: make "
                        + "\(missing.count == 1 ? "it" : "them") with `varve partial`")
            }
        }
        (origin, storePath, count, isOpen) = (found.origin, found.path, found.count, open.contains(rounds))
    }

    private func read(_ input: inout StateReader, file: Int) throws {
        let key = try input.text()
        let pieceCount = try input.int()
        let steps = try input.count(8)
        let counters = try (0..<steps).map { _ in try input.ints() }
        var pass =
            passes[key] ?? Pass(pieceCount: pieceCount, counters: counters.map { $0.map { _ in 0 } }, pieces: [:])
        guard pass.pieceCount == pieceCount, pass.counters.count == counters.count,
            zip(pass.counters, counters).allSatisfy({ $0.count == $1.count && $0.count == 3 })
        else { throw input.damage("a pass of another size") }
        for (place, counter) in counters.enumerated() {
            pass.counters[place] = [
                pass.counters[place][0] + counter[0], pass.counters[place][1] + counter[1],
                max(pass.counters[place][2], counter[2]),
            ]
        }
        for _ in 0..<(try input.count(16)) {
            let number = try input.int()
            let length = try input.count(1)
            guard pass.pieces.updateValue(Place(file: file, range: input.skip(length)), forKey: number) == nil else {
                throw input.damage("a piece is there twice")
            }
        }
        passes[key] = pass
    }

    /// Whether the parts have a pass.
    func holds(_ key: String) -> Bool { passes[key] != nil }

    /// How many pieces a pass had in all, and its steps' counters.
    func pass(_ key: String) throws -> (pieceCount: Int, counters: [[Int]]) {
        guard let pass = passes[key] else {
            throw PartialError("the parts hold nothing of `\(key)`: they were made by another version of varve")
        }
        return (pass.pieceCount, pass.counters)
    }

    /// The states of a piece.
    func reader(_ key: String, piece: Int) throws -> StateReader {
        guard let place = passes[key]?.pieces[piece] else {
            throw PartialError("the parts hold no piece \(piece + 1) of `\(key)`")
        }
        let file = files[place.file]
        return StateReader(file.bytes, in: place.range, name: file.name)
    }
}
