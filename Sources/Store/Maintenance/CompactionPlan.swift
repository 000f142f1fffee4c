import ChunkFormat

/// Which chunks of a group are written anew, and how they are put together.
///
/// Greedy, as the cutting of an ingest is: neighbours go together while they fit. What it gives is its own fixed point, so that
/// compacting twice writes nothing the second time.
enum CompactionPlan {
    /// What decides about one chunk.
    struct Chunk {
        var rawBytes: Int
        /// Written by an older version of the chunk format.
        var isOld: Bool
    }

    /// Runs of chunks that become one chunk each, in row order.
    ///
    /// - Parameters:
    ///   - chunkBytes: raw bytes that neighbours are put together up to; a larger chunk stays alone
    ///   - everything: whether chunks are also written anew that are neither small nor old
    static func runs(_ chunks: [Chunk], chunkBytes: Int, everything: Bool) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var first = 0
        while first < chunks.count {
            var next = first + 1
            var bytes = chunks[first].rawBytes
            while next < chunks.count, bytes + chunks[next].rawBytes <= chunkBytes {
                bytes += chunks[next].rawBytes
                next += 1
            }
            if next - first > 1 || chunks[first].isOld || everything { runs.append(first..<next) }
            first = next
        }
        return runs
    }
}
