import ChunkFormat

/// Chunks of one group that follow each other without a gap from row 0.
///
/// Old and compacted chunks of the same rows may lie side by side. Taken are those that reach farthest; of ways that reach
/// equally far the one with the fewest chunks; then the one whose chunks are newest, by format and then by time.
enum ChunkTiling {
    private struct Way {
        var endRow: Int
        var count: Int
        var version: UInt16
        var modified: Int
        /// The chunk that begins it; nil at its end.
        var next: Int?

        func isBetter(than other: Way) -> Bool {
            if endRow != other.endRow { return endRow > other.endRow }
            if count != other.count { return count < other.count }
            if version != other.version { return version > other.version }
            return modified > other.modified
        }
    }

    private struct Place: Hashable {
        var row: Int
        var prompt: Int
    }

    /// The chunks to take, as indices in row order; none where no chunk begins at row 0. O(n log n).
    static func choose(_ chunks: [AdoptableChunk]) -> [Int] {
        // From the last row back: what follows a chunk is known before the chunk is weighed.
        let order = chunks.indices.sorted { (chunks[$0].firstRow, $0) > (chunks[$1].firstRow, $1) }
        var best: [Place: Way] = [:]
        for index in order {
            let chunk = chunks[index]
            let end = Place(row: chunk.endRow, prompt: chunk.endPrompt)
            let rest =
                best[end]
                ?? Way(endRow: chunk.endRow, count: 0, version: .max, modified: .max, next: nil)
            let way = Way(
                endRow: rest.endRow, count: rest.count + 1, version: min(rest.version, chunk.version),
                modified: min(rest.modified, chunk.modified), next: index)
            let start = Place(row: chunk.firstRow, prompt: chunk.firstPrompt)
            if let known = best[start], !way.isBetter(than: known) { continue }
            best[start] = way
        }
        var chosen: [Int] = []
        var place = Place(row: 0, prompt: 0)
        while let next = best[place]?.next {
            chosen.append(next)
            place = Place(row: chunks[next].endRow, prompt: chunks[next].endPrompt)
        }
        return chosen
    }
}
