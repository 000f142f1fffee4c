import ChunkFormat
import Synchronization
import Tensor

/// Memory that reading needs between the file and the caller: one a thread, used for read after read.
///
/// Takes what the largest run of blocks read at once needs, about a megabyte, and is not allocated again.
public struct ReadScratch: ~Copyable, Sendable {
    /// Stored bytes of neighbouring blocks.
    var stored = AlignedBuffer(uninitialized: 0)
    var decode = DecodeScratch()
    /// A decoded block of which only some rows are wanted.
    private(set) var block = AlignedBuffer(uninitialized: 0)
    /// Which block that is, as stored numbers; nil where it is none or anything else.
    private var held: BlockKey?

    /// Stored bytes fetched with one call, unless a single block has more.
    static let fetchBytes = 512 << 10

    /// No memory yet.
    public init() {}

    /// Takes out the memory for a decoded block, so that it can be written while the rest of the scratch is.
    mutating func takeBlock(_ byteCount: Int) -> HeldBlock {
        var taken = HeldBlock(key: held)
        held = nil
        swap(&taken.buffer, &block)
        if taken.buffer.byteCount < byteCount {
            ReadScratch.grow(&taken.buffer, to: byteCount)
            taken.key = nil
        }
        return taken
    }

    /// Gives it back with what it holds now: whoever reads on in order finds the rest of the block here.
    mutating func putBack(_ taken: inout HeldBlock) {
        held = taken.key
        swap(&taken.buffer, &block)
    }

    /// Makes room for so many bytes, holding anything: twice as much as before, so that growing ends soon.
    static func grow(_ buffer: inout AlignedBuffer, to byteCount: Int) {
        guard buffer.byteCount < byteCount else { return }
        buffer = AlignedBuffer(uninitialized: max(byteCount, min(buffer.byteCount * 2, fetchBytes)))
    }
}

/// A decoded block in memory that is taken out of a scratch.
struct HeldBlock: ~Copyable {
    var buffer = AlignedBuffer(uninitialized: 0)
    /// nil where it holds none, or f32 made of one.
    var key: BlockKey?
}

/// A block among all that a process reads.
struct BlockKey: Hashable, Sendable {
    /// `ChunkReader.serial`.
    let reader: Int
    let column: Int
    let block: Int
}

/// What the readers of a snapshot share: scratch that no thread uses, and decoded blocks that may be wanted again.
final class ReadMemory: Sendable {
    private let idle = Mutex(InlineArray<8, ReadScratch?> { _ in nil })
    private let blocks = Mutex(GenerationCache<BlockKey, [UInt8]>(limit: ReadMemory.blockBytes))

    /// Decoded blocks kept.
    static let blockBytes = 32 << 20

    /// Scratch of an earlier read, or new; give it back afterwards.
    func takeScratch() -> ReadScratch {
        idle.withLock { idle in
            for place in idle.indices {
                if let scratch = idle[place].take() { return scratch }
            }
            return ReadScratch()
        }
    }

    func giveBack(_ scratch: consuming ReadScratch) {
        var given: ReadScratch? = consume scratch
        idle.withLock { idle in
            for place in idle.indices where idle[place] == nil {
                idle[place] = given.take()
                return
            }
        }
    }

    func block(_ key: BlockKey) -> [UInt8]? { blocks.withLock { $0.value(for: key) } }

    func keep(_ bytes: [UInt8], as key: BlockKey) {
        blocks.withLock { $0.insert(bytes, for: key, cost: bytes.count + 64) }
    }
}

/// A bounded cache in two halves: what is used moves to the young half, and when that is full the old half is dropped. Every
/// operation is O(1), and what was used last is kept.
struct GenerationCache<Key: Hashable, Value> {
    private let halfLimit: Int
    private var young: [Key: (value: Value, cost: Int)] = [:]
    private var old: [Key: (value: Value, cost: Int)] = [:]
    private var youngCost = 0

    /// - Parameter limit: cost of everything kept, but for a single value that costs more
    init(limit: Int) { halfLimit = max(1, limit / 2) }

    var count: Int { young.count + old.count }

    mutating func value(for key: Key) -> Value? {
        if let known = young[key] { return known.value }
        guard let known = old.removeValue(forKey: key) else { return nil }
        insert(known.value, for: key, cost: known.cost)
        return known.value
    }

    mutating func insert(_ value: Value, for key: Key, cost: Int) {
        if youngCost + cost > halfLimit, !young.isEmpty {
            old = young
            young = [:]
            youngCost = 0
        }
        if let before = young.updateValue((value, cost), forKey: key) { youngCost -= before.cost }
        youngCost += cost
    }
}
