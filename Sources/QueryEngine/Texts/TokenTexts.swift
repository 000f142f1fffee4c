import QueryLanguage
import Scan
import Store
import Tensor

/// The text around tokens of one capture, from its token ids and the pieces of its tokenizer.
struct TokenTexts {
    private let cell: StreamCell
    private let pieces: [[UInt8]]
    /// Stretches of each prompt.
    private let runs: [Int32: Range<Int>]
    private let ordinals: [[UInt8]: Int32]
    /// Positions and ids of the prompts that were asked for.
    private var read: [Int32: (positions: [Int], ids: [UInt32])] = [:]

    init(_ capture: CaptureRecord, _ executor: Executor, _ node: PlanNode) throws {
        cell = try StreamCell(
            CellSide(reader: CaptureReader(capture, of: executor.snapshot), prompts: try executor.prompts(of: capture)))
        pieces = try executor.snapshot.tokenPieces(of: capture)
        guard !pieces.isEmpty else {
            throw QueryFailure(
                "no-token-text", at: node, "the store has no text of the tokens of \(capture.name)",
                help: "captures made by `varve ingest` have it; imported numbers only where a tokenizer was given")
        }
        var runs: [Int32: Range<Int>] = [:]
        for run in cell.promptRuns { runs[cell.segments[run.lowerBound].prompt] = run }
        self.runs = runs
        ordinals = Dictionary(
            cell.prompts.keys.enumerated().map { (Array($1.utf8), Int32($0)) }, uniquingKeysWith: { first, _ in first })
    }

    /// The place of a prompt in its capture.
    func ordinal(_ key: String) -> Int32? { ordinals[Array(key.utf8)] }

    /// `before «token» after`, `width` tokens on each side; nil where the token is not stored.
    ///
    /// Pieces are joined as bytes: a character may be spread over several tokens. … stands for tokens that are not stored.
    mutating func text(prompt: Int32, position: Int, width: Int) throws -> String? {
        guard let run = runs[prompt] else { return nil }
        if read[prompt] == nil {
            let segments = Array(cell.segments[run])
            var ids: [UInt32] = []
            try cell.sides[0].reader.readIntegers(.tokenID, rows: segments.ranges(\.left), into: &ids)
            read[prompt] = (segments.flatMap { Array(Int($0.position)..<Int($0.position) + $0.count) }, ids)
        }
        guard let (positions, ids) = read[prompt] else { return nil }
        let place = positions.partitioningIndex { $0 >= position }
        guard place < positions.count, positions[place] == position else { return nil }
        let low = max(0, place - width)
        let high = min(positions.count, place + width + 1)
        let gap = Array(" … ".utf8)
        func joined(_ range: Range<Int>) -> [UInt8] {
            var bytes: [UInt8] = []
            for index in range {
                if index > low, positions[index] != positions[index - 1] + 1 { bytes += gap }
                let id = Int(ids[index])
                bytes += id < pieces.count ? pieces[id] : Array("⟨\(id)⟩".utf8)
            }
            return bytes
        }
        let parts = [joined(low..<place), joined(place..<place + 1), joined(place + 1..<high)]
        let texts = parts.map { String(decoding: $0, as: UTF8.self) }
        return texts[0] + "«" + texts[1] + "»" + texts[2]
    }
}
