import Foundation

/// One call of a recorded child, as `FaultShim` wrote it.
public struct RecordedCall: Sendable {
    /// Numbers of `shim.h`.
    public enum Kind: UInt16, Sendable {
        case mark = 1
        case open, close, write, truncate, sync, syncRange, rename, link, unlink, makeDirectory, removeDirectory, mode
        case lock, read, allocate, unsupported, start
    }

    /// What it did.
    public var kind: Kind
    /// Bits of `FaultMode.bit`: what can go wrong with it.
    public var modes: UInt8
    /// Whether it failed, by itself or by a fault.
    public var failed: Bool
    /// Descriptor, or −1.
    public var descriptor: Int32
    /// Of `open`.
    public var flags: Int32
    /// Of a write; the length of a truncation.
    public var offset: Int
    /// Below the root; the old name of a rename.
    public var path: String
    /// Written bytes; the new name of a rename; the text of a mark.
    public var data: [UInt8]

    /// `data` as text.
    public var text: String { String(decoding: data, as: UTF8.self) }
}

/// What went wrong with a proof's own machinery, not with the store.
public struct ProofError: Error, CustomStringConvertible {
    /// For people.
    public let description: String

    /// A sentence.
    public init(_ description: String) { self.description = description }
}

/// Everything that one or more children did below a directory, in order.
public struct Recording: Sendable {
    /// In the order in which the kernel saw them.
    public var calls: [RecordedCall]
    /// What was there before, safely on disk.
    var before = DiskImage()
    /// What was acknowledged before.
    var promised = Expectation()

    /// Calls made up or changed by a test.
    public init(calls: [RecordedCall]) { self.calls = calls }

    /// Reads a log; a child that was killed leaves whole records.
    public init(log path: String) throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        var calls: [RecordedCall] = []
        var place = 0
        func number<T: FixedWidthInteger>(_ type: T.Type, at offset: Int) -> T {
            var value: T = 0
            for index in 0..<(T.bitWidth / 8) {
                value |= T(truncatingIfNeeded: UInt64(bytes[place + offset + index]) << UInt64(index * 8))
            }
            return value
        }
        let head = 32
        while place + head <= bytes.count {
            let length = Int(number(UInt32.self, at: 0))
            let pathLength = Int(number(UInt32.self, at: 24))
            let dataLength = Int(number(UInt32.self, at: 28))
            guard length == head + pathLength + dataLength, place + length <= bytes.count,
                let kind = RecordedCall.Kind(rawValue: number(UInt16.self, at: 4))
            else { throw ProofError("\(path): no record at byte \(place)") }
            let middle = place + head + pathLength
            calls.append(
                RecordedCall(
                    kind: kind, modes: bytes[place + 6], failed: bytes[place + 7] != 0,
                    descriptor: number(Int32.self, at: 8), flags: number(Int32.self, at: 12),
                    offset: Int(number(Int64.self, at: 16)),
                    path: String(decoding: bytes[(place + head)..<middle], as: UTF8.self),
                    data: Array(bytes[middle..<(place + length)])))
            place += length
        }
        self.calls = calls
    }

    /// The marks that the child wrote, in order.
    public var marks: [String] { calls.filter { $0.kind == .mark }.map(\.text) }

    /// Calls that a fault of this mode can strike.
    public func count(of mode: FaultMode) -> Int { calls.count { $0.modes & mode.bit != 0 } }
}

/// How the Nth call fails.
public enum FaultMode: String, Sendable, CaseIterable {
    case killBefore = "kill-before"
    case killAfter = "kill-after"
    case noSpaceOnce = "enospc-once"
    case noSpaceForGood = "enospc-for-good"
    case ioError = "eio"
    case syncError = "eio-on-fsync"
    case shortWrite = "short-write"
    case interrupt = "eintr"
    case noDescriptor = "emfile"

    /// The calls that it can strike, as in `shim.h`.
    var bit: UInt8 {
        switch self {
        case .killBefore, .killAfter: 1
        case .noSpaceOnce, .noSpaceForGood: 2
        case .ioError: 4
        case .syncError: 8
        case .shortWrite: 16
        case .interrupt: 32
        case .noDescriptor: 64
        }
    }
}
