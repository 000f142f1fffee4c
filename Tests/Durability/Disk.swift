/// A file or directory as the kernel shows it, and as the disk holds it: whatever was not synchronised may be lost.
final class DiskNode {
    let isDirectory: Bool
    /// Content at the last fsync, and changes since, oldest first.
    var durable: [UInt8] = []
    var changes: [FileChange] = []
    var live: [UInt8] = []
    /// Names at the last fsync of this directory, and changes since.
    var durableNames: [String: DiskNode] = [:]
    var nameChanges: [NameChange] = []
    var names: [String: DiskNode] = [:]
    /// The call that last changed the durable content: it becomes the time of modification.
    var durableTime = 0

    init(isDirectory: Bool) { self.isDirectory = isDirectory }

    var isClean: Bool { changes.isEmpty && nameChanges.isEmpty }

    /// What fsync promises: content, or the names of a directory. Not the name of the file itself.
    func synchronize() {
        durableTime = changes.last?.time ?? durableTime
        durable = live
        changes = []
        durableNames = names
        nameChanges = []
    }

    func setName(_ name: String, _ node: DiskNode?) {
        names[name] = node
        nameChanges.append(NameChange(name: name, node: node))
    }

    func change(_ change: FileChange) {
        change.apply(.present, to: &live)
        changes.append(change)
    }
}

struct NameChange {
    let name: String
    let node: DiskNode?
}

struct FileChange {
    enum What {
        case write(offset: Int, bytes: [UInt8])
        case resize(Int)
    }

    let what: What
    let time: Int

    func apply(_ fate: Fate, to content: inout [UInt8]) {
        switch what {
        case .resize(let length):
            guard fate != .absent else { return }
            if length < content.count {
                content.removeLast(content.count - length)
            } else {
                content += [UInt8](repeating: 0, count: length - content.count)
            }
        case .write(let offset, let bytes):
            let kept: Range<Int>
            switch fate {
            case .absent: return
            case .present: kept = 0..<bytes.count
            case .zeroed: kept = 0..<0
            case .head(let count): kept = 0..<min(count, bytes.count)
            case .tail(let count): kept = min(count, bytes.count)..<bytes.count
            }
            // Torn writes keep what was there beside them; a zeroed one is room without data.
            let end = fate == .zeroed ? offset + bytes.count : offset + kept.upperBound
            if content.count < end { content += [UInt8](repeating: 0, count: end - content.count) }
            if fate == .zeroed {
                content.replaceSubrange(offset..<end, with: repeatElement(0, count: bytes.count))
            } else if !kept.isEmpty {
                content.replaceSubrange((offset + kept.lowerBound)..<end, with: bytes[kept])
            }
        }
    }
}

/// What power loss made of one change that was not synchronised.
enum Fate: Hashable, Sendable {
    case absent, present
    /// The file is as long as if it had been written, but holds zeros.
    case zeroed
    /// Only the first bytes were written, or only those from there on.
    case head(Int), tail(Int)
}

/// Runs a recording's calls on a disk of its own.
struct Disk {
    let root = DiskNode(isDirectory: true)
    private var open: [Int32: DiskNode] = [:]
    private(set) var time = 0
    /// Bytes by which files grew in all.
    private(set) var growth = 0

    /// Applies one call; true if it changed something that power loss can undo or that makes something durable.
    mutating func apply(_ call: RecordedCall) throws -> Bool {
        time += 1
        if call.failed { return false }
        switch call.kind {
        case .mark, .lock, .read, .mode, .syncRange: return false
        case .unsupported: throw ProofError("the replay has no model of a recorded call about \(call.path)")
        case .start: open = [:]
        case .open: return try open(call)
        case .close: open[call.descriptor] = nil
        case .write:
            guard !call.data.isEmpty else { return false }
            let node = try file(call)
            growth += max(0, call.offset + call.data.count - node.live.count)
            node.change(FileChange(what: .write(offset: call.offset, bytes: call.data), time: time))
            return true
        case .truncate:
            try file(call).change(FileChange(what: .resize(call.offset), time: time))
            return true
        case .allocate:
            let node = try file(call)
            guard node.live.count < call.offset else { return false }
            node.change(FileChange(what: .resize(call.offset), time: time))
            return true
        case .sync:
            let node = try file(call)
            let wasClean = node.isClean
            node.synchronize()
            return !wasClean
        case .rename, .link:
            let (from, old) = try place(call.path)
            let (to, new) = try place(call.text)
            guard let node = from.names[old] else { throw ProofError("rename of \(call.path), which isn't there") }
            to.setName(new, node)
            if call.kind == .rename { from.setName(old, nil) }
            return true
        case .unlink, .removeDirectory:
            let (directory, name) = try place(call.path)
            directory.setName(name, nil)
            return true
        case .makeDirectory:
            let (directory, name) = try place(call.path)
            directory.setName(name, DiskNode(isDirectory: true))
            return true
        }
        return false
    }

    /// Linux's values of what `open` may be asked.
    private static let create: Int32 = 0o100
    private static let truncate: Int32 = 0o1000

    private mutating func open(_ call: RecordedCall) throws -> Bool {
        guard !call.path.isEmpty else {
            open[call.descriptor] = root
            return false
        }
        let (directory, name) = try place(call.path)
        if let node = directory.names[name] {
            open[call.descriptor] = node
            guard call.flags & Disk.truncate != 0, !node.live.isEmpty else { return false }
            node.change(FileChange(what: .resize(0), time: time))
            return true
        }
        guard call.flags & Disk.create != 0 else { throw ProofError("\(call.path) was opened but never made") }
        let node = DiskNode(isDirectory: false)
        node.durableTime = time
        directory.setName(name, node)
        open[call.descriptor] = node
        return true
    }

    private func file(_ call: RecordedCall) throws -> DiskNode {
        guard let node = open[call.descriptor] else { throw ProofError("a call about an unknown descriptor") }
        return node
    }

    private func place(_ path: String) throws -> (DiskNode, String) {
        var node = root
        var pieces = path.split(separator: "/").map(String.init)
        guard let last = pieces.popLast() else { throw ProofError("a call about the root") }
        for piece in pieces where piece != "." {
            guard let next = node.names[piece], next.isDirectory else { throw ProofError("\(path): no such directory") }
            node = next
        }
        return (node, last)
    }
}
