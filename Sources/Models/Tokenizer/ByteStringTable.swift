/// Byte strings by number, found again by their bytes: an arena and an open hash table with a per-process seed.
struct ByteStringTable: Sendable {
    private var arena: [UInt8] = []
    private var starts: [Int] = [0]
    private var values: [UInt32] = []
    private var slots: [Int32]
    private let seed = UInt64.random(in: .min ... .max)

    /// - Parameter capacity: strings expected; more are taken as well.
    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        slots = [Int32](repeating: -1, count: size)
    }

    /// Adds a string; false, and nothing changes, where it is there already. Amortised O(bytes).
    mutating func insert(_ bytes: [UInt8], value: UInt32) -> Bool {
        var slot = hash(bytes, 0..<bytes.count)
        while slots[slot] >= 0 {
            if equals(Int(slots[slot]), bytes, 0..<bytes.count) { return false }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = Int32(values.count)
        arena += bytes
        starts.append(arena.count)
        values.append(value)
        if values.count * 2 > slots.count { grow() }
        return true
    }

    /// The value stored with these bytes. O(bytes).
    func value(of bytes: [UInt8], _ range: Range<Int>) -> UInt32? {
        var slot = hash(bytes, range)
        while slots[slot] >= 0 {
            let index = Int(slots[slot])
            if equals(index, bytes, range) { return values[index] }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: slots.count * 2)
        for index in values.indices {
            var slot = hash(arena, starts[index]..<starts[index + 1])
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(index)
        }
    }

    private func equals(_ index: Int, _ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        let start = starts[index]
        guard starts[index + 1] - start == range.count else { return false }
        for offset in 0..<range.count where arena[start + offset] != bytes[range.lowerBound + offset] { return false }
        return true
    }

    private func hash(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        Int(truncatingIfNeeded: ByteHash.of(bytes, range, seed: seed)) & (slots.count - 1)
    }
}

/// A seeded hash of a few bytes, quick on words.
enum ByteHash {
    @inline(__always)
    static func of(_ bytes: [UInt8], _ range: Range<Int>, seed: UInt64) -> UInt64 {
        var state = seed ^ UInt64(range.count)
        for index in range {
            state = (state ^ UInt64(bytes[index])) &* 0x9FB2_1C65_1E98_DF25
            state ^= state >> 29
        }
        state = (state ^ state >> 32) &* 0xD6E8_FEB8_6659_FD93
        return state ^ state >> 32
    }
}
