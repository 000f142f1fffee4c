/// What can stand at the cursor.
public struct Completion: Sendable, Hashable {
    /// One possibility.
    public struct Candidate: Sendable, Hashable {
        /// What is put in.
        public var text: String
        /// What it means, in a few words.
        public var note: String

        public init(_ text: String, note: String = "") {
            self.text = text
            self.note = note
        }
    }

    /// Characters left of the cursor that a candidate replaces.
    public var replaced: Int
    public var candidates: [Candidate]

    public init(replacing replaced: Int = 0, _ candidates: [Candidate] = []) {
        self.replaced = replaced
        self.candidates = candidates
    }

    /// What all candidates begin with.
    var common: String {
        guard let first = candidates.first?.text else { return "" }
        var length = first.count
        for candidate in candidates.dropFirst() {
            length = min(length, zip(first, candidate.text).prefix { $0 == $1 }.count)
        }
        return String(first.prefix(length))
    }

    /// The candidates as lines: one a line with its note, or in columns where there are no notes. What does not fit stands on further
    /// pages, after the last of which the first comes again.
    func lines(width: Int, limit: Int, page: Int = 0) -> [String] {
        let widest = candidates.map { TextWidth.columns($0.text) }.max() ?? 0
        var lines: [String]
        if candidates.contains(where: { !$0.note.isEmpty }) {
            lines = candidates.map { candidate in
                candidate.note.isEmpty
                    ? candidate.text
                    : TextWidth.padded(candidate.text, to: min(widest, width / 2)) + "  " + candidate.note
            }
        } else {
            let columns = max(1, (width - 1) / (widest + 2))
            lines = stride(from: 0, to: candidates.count, by: columns).map { start in
                candidates[start..<min(start + columns, candidates.count)]
                    .map { TextWidth.padded($0.text, to: widest) }.joined(separator: "  ")
            }
        }
        guard lines.count > limit else { return lines }
        let rows = max(1, limit - 1)
        let pages = (lines.count + rows - 1) / rows
        let first = page % pages * rows
        return Array(lines[first..<min(first + rows, lines.count)])
            + ["… page \(page % pages + 1) of \(pages): Tab shows the next"]
    }
}
