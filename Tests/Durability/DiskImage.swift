import ChunkFormat
import Foundation
import Glibc

/// A whole directory tree: what a disk holds after power loss, or what a directory holds now.
struct DiskImage {
    struct File {
        var bytes: [UInt8]
        /// The call that last wrote it; only the order matters.
        var time: Int
    }

    /// Paths below the root.
    var files: [String: File] = [:]
    var directories: Set<String> = []

    init() {}

    /// Equal for equal names and bytes.
    var digest: Digest128 {
        var text = ByteList()
        for path in directories.sorted() { text.append(path) }
        for (path, file) in files.sorted(by: { $0.key < $1.key }) {
            text.append(path)
            text.append(Checksum.of(file.bytes))
        }
        return Digest128(of: text.bytes.rawSpan)
    }

    /// Makes the tree below a new directory, with times of modification in the order of the calls.
    func write(to root: String) throws {
        guard unsafe mkdir(root, 0o700) == 0 else { throw ProofError("\(root): can't be made") }
        for path in directories.sorted() where unsafe mkdir(root + "/" + path, 0o700) != 0 {
            throw ProofError("\(root)/\(path): can't be made")
        }
        for (path, file) in files {
            let descriptor = unsafe open(root + "/" + path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw ProofError("\(root)/\(path): can't be made") }
            defer { _ = close(descriptor) }
            let count = unsafe file.bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count == file.bytes.count else { throw ProofError("\(root)/\(path): can't be written") }
            let second = timespec(tv_sec: 1_700_000_000 + file.time, tv_nsec: 0)
            let times = [second, second]
            unsafe times.withUnsafeBufferPointer { unsafe _ = futimens(descriptor, $0.baseAddress) }
        }
    }

    /// Reads what a directory holds now.
    init(reading root: String, skipping: (String) -> Bool = { _ in false }) throws {
        var queue = [""]
        while let below = queue.popLast() {
            let directory = below.isEmpty ? root : root + "/" + below
            for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
                let path = below.isEmpty ? name : below + "/" + name
                if skipping(path) { continue }
                var status = stat()
                guard unsafe lstat(root + "/" + path, &status) == 0 else { continue }
                if status.st_mode & S_IFMT == S_IFDIR {
                    directories.insert(path)
                    queue.append(path)
                } else {
                    files[path] = File(bytes: try DiskImage.contents(root + "/" + path), time: 0)
                }
            }
        }
    }

    static func contents(_ path: String) throws -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ProofError("\(path): can't be read") }
        defer { _ = close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw ProofError("\(path): can't be read") }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
        guard count == bytes.count else { throw ProofError("\(path): can't be read") }
        return bytes
    }
}

/// Bytes of a digest's text.
struct ByteList {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ text: String) {
        bytes += Array(text.utf8)
        bytes.append(0)
    }

    mutating func append(_ number: UInt64) {
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(shift * 8))) }
    }
}

extension Disk {
    /// A disk that holds a tree, all of it synchronised.
    init(_ image: DiskImage) {
        self.init()
        var directories = ["": root]
        func add(_ path: String, _ node: DiskNode) {
            let slash = path.lastIndex(of: "/")
            let parent = slash.map { String(path[..<$0]) } ?? ""
            let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
            directories[parent]?.names[name] = node
            directories[parent]?.durableNames[name] = node
        }
        for path in image.directories.sorted() {
            let node = DiskNode(isDirectory: true)
            add(path, node)
            directories[path] = node
        }
        for (path, file) in image.files {
            let node = DiskNode(isDirectory: false)
            (node.durable, node.live) = (file.bytes, file.bytes)
            add(path, node)
        }
    }

    /// A change that was not synchronised: of a file's content, or of a directory's names.
    struct Pending {
        let node: DiskNode
        let index: Int
        let isName: Bool
        /// Bytes of a write; 0 for everything else.
        let length: Int
    }

    /// Every change that power loss could undo now, in the order of the tree.
    func pending() -> [Pending] {
        var found: [Pending] = []
        var seen: Set<ObjectIdentifier> = []
        var queue = [root]
        while let node = queue.popLast() {
            guard seen.insert(ObjectIdentifier(node)).inserted else { continue }
            for (index, change) in node.changes.enumerated() {
                var length = 0
                if case .write(_, let bytes) = change.what { length = bytes.count }
                found.append(Pending(node: node, index: index, isName: false, length: length))
            }
            for index in node.nameChanges.indices {
                found.append(Pending(node: node, index: index, isName: true, length: 0))
            }
            let below = node.durableNames.merging(node.names) { first, _ in first }
            queue += below.sorted { $0.key < $1.key }.map(\.value)
            // A name that was made and taken away again since the last fsync, and one that was replaced.
            queue += node.nameChanges.compactMap(\.node)
            queue += node.names.values
        }
        return found
    }

    /// The tree after power loss; `fates` goes with `pending`.
    func image(_ pending: [Pending], _ fates: [Fate]) -> DiskImage {
        var chosen: [ObjectIdentifier: [(index: Int, isName: Bool, fate: Fate)]] = [:]
        for (change, fate) in zip(pending, fates) {
            chosen[ObjectIdentifier(change.node), default: []].append((change.index, change.isName, fate))
        }
        var image = DiskImage()
        func add(_ node: DiskNode, _ path: String) {
            let fates = chosen[ObjectIdentifier(node)] ?? []
            if node.isDirectory {
                if !path.isEmpty { image.directories.insert(path) }
                var names = node.durableNames
                for entry in fates where entry.isName && entry.fate != .absent {
                    let change = node.nameChanges[entry.index]
                    names[change.name] = change.node
                }
                for (name, child) in names { add(child, path.isEmpty ? name : path + "/" + name) }
            } else {
                var bytes = node.durable
                var time = node.durableTime
                for entry in fates where !entry.isName && entry.fate != .absent {
                    node.changes[entry.index].apply(entry.fate, to: &bytes)
                    time = node.changes[entry.index].time
                }
                image.files[path] = DiskImage.File(bytes: bytes, time: time)
            }
        }
        add(root, "")
        return image
    }
}
