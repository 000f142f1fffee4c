public import Tensor

/// Tensors by name, of one `.safetensors` file or of the shards that an index lists. Nothing but headers is read on opening.
public final class Safetensors: Sendable {
    /// What was opened: a file or an index.
    public let path: String
    /// File after file, in the order of their data.
    public let entries: [TensorEntry]
    /// `__metadata__` of the first file that has one.
    public let metadata: [(key: String, value: String)]
    private let files: [InputFile]
    private let places: [String: Int]

    /// One file, or the shards of a `….safetensors.index.json`.
    public convenience init(path: String) throws(FileError) {
        if path.hasSuffix(".json") {
            try self.init(index: path)
        } else if path.hasSuffix(".bin") || path.hasSuffix(".pt") || path.hasSuffix(".pth") {
            throw FileError(
                path: path, problem: "is a pickle, which can run code and is never read", mend: Safetensors.convert)
        } else {
            try self.init(path: path, paths: [path])
        }
    }

    /// `NAME.safetensors` of a folder, else the shards of `NAME.safetensors.index.json`.
    public convenience init(folder: String, name: String = "model") throws(FileError) {
        let single = "\(folder)/\(name).safetensors"
        if InputFile.exists(single) {
            try self.init(path: single, paths: [single])
        } else if InputFile.exists(single + ".index.json") {
            try self.init(index: single + ".index.json")
        } else {
            let pickle = ["pytorch_model.bin", "pytorch_model.bin.index.json", "adapter_model.bin", "\(name).bin"]
                .contains { InputFile.exists("\(folder)/\($0)") }
            throw FileError(
                path: single,
                problem: pickle ? "is missing; the folder holds a pickle, which is never read" : "is missing",
                mend: pickle ? Safetensors.convert : "check the folder")
        }
    }

    private static let convert =
        "convert it where torch is trusted: model.save_pretrained(folder, safe_serialization=True)"

    private init(path: String, paths: [String]) throws(FileError) {
        self.path = path
        var files: [InputFile] = []
        var entries: [TensorEntry] = []
        var places: [String: Int] = [:]
        var metadata: [(key: String, value: String)] = []
        for shard in paths {
            let file = try InputFile(path: shard)
            let header = try SafetensorsHeader(file, ordinal: files.count)
            for entry in header.entries {
                guard places.updateValue(entries.count, forKey: entry.name) == nil else {
                    throw FileError(
                        path: shard,
                        problem: "a second tensor is called \(JSONText.quoted(entry.name)), or looks the same")
                }
                entries.append(entry)
            }
            if metadata.isEmpty { metadata = header.metadata }
            files.append(file)
        }
        self.files = files
        self.entries = entries
        self.places = places
        self.metadata = metadata
    }

    private convenience init(index path: String) throws(FileError) {
        let index = try BoundedJSON.read(path: path, limit: SafetensorsHeader.maximumBytes)
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        var shards: [String] = []
        var seen: Set<String> = []
        var promised: [(JSONValue, String)] = []
        for (key, value) in try index.member("weight_map").members() {
            let file = try value.string()
            guard !file.isEmpty, !file.contains("/"), file != "..", file != ".", !file.utf8.contains(0) else {
                throw value.error("expected the name of a file beside the index, found \(value.shown)")
            }
            if seen.insert(file).inserted { shards.append(file) }
            promised.append((key, file))
        }
        guard !shards.isEmpty else { throw index.error("the index lists no tensor") }
        guard shards.count <= 1000 else {
            throw index.error("the index lists \(shards.count) files, the limit is 1000")
        }
        try self.init(path: path, paths: shards.map { folder + $0 })
        for (key, file) in promised {
            guard let entry = self[try key.string()], files[entry.file].path == folder + file else {
                throw key.error("\(key.shown) is not in \(file)", mend: "copy or download the model again")
            }
        }
    }

    /// The tensor of that name; nil where there is none.
    public subscript(name: String) -> TensorEntry? { places[name].map { entries[$0] } }

    /// The tensor of that name, which must be there, hold floats that widen to f32, and have `shape` if one is given.
    public func floats(_ name: String, shape: [Int]? = nil) throws(FileError) -> TensorEntry {
        guard let entry = self[name] else {
            throw FileError(path: path, problem: "has no tensor \(JSONText.quoted(name))", mend: near(name))
        }
        guard let type = entry.type.elementType, type.isFloatingPoint else {
            throw FileError(
                path: files[entry.file].path,
                problem: "\(JSONText.quoted(name)) is \(entry.type.rawValue); expected F32, F16 or BF16")
        }
        if let shape, shape != entry.shape {
            throw FileError(
                path: files[entry.file].path,
                problem: "\(JSONText.quoted(name)) has shape \(entry.shape); expected \(shape)")
        }
        return entry
    }

    private func near(_ name: String) -> String? {
        let last = name.split(separator: ".").suffix(2).joined(separator: ".")
        guard let other = entries.first(where: { $0.name.hasSuffix(last) }) ?? entries.first else { return nil }
        return "it has \(entries.count) tensors, such as \(JSONText.quoted(other.name))"
    }

    /// Fills `target`, which must have `entry.byteCount` bytes, with the stored bytes.
    public func read(_ entry: TensorEntry, into target: inout MutableRawSpan) throws(FileError) {
        precondition(target.byteCount == entry.byteCount, "the target has another size than the tensor")
        try files[entry.file].read(into: &target, at: entry.offset)
    }

    /// The stored bytes of rows `rows` of the outermost dimension, as `target` has room for exactly these.
    public func read(_ entry: TensorEntry, rows: Range<Int>, into target: inout MutableRawSpan) throws(FileError) {
        let height = entry.shape.first ?? 1
        precondition(rows.lowerBound >= 0 && rows.upperBound <= height, "rows outside the tensor")
        let rowBytes = height == 0 ? 0 : entry.byteCount / height
        precondition(target.byteCount == rows.count * rowBytes, "the target has another size than the rows")
        try files[entry.file].read(into: &target, at: entry.offset + rows.lowerBound * rowBytes)
    }

    /// The stored bytes in a buffer of their own.
    public func buffer(_ entry: TensorEntry) throws(FileError) -> AlignedBuffer {
        var buffer = AlignedBuffer(byteCount: entry.byteCount)
        var span = buffer.mutableSpan(of: UInt8.self, count: entry.byteCount)
        var raw = unsafe span.mutableBytes
        try read(entry, into: &raw)
        return buffer
    }

    /// The stored bytes as an array.
    public func bytes(_ entry: TensorEntry) throws(FileError) -> [UInt8] {
        try files[entry.file].bytes(at: entry.offset, count: entry.byteCount)
    }

    /// The stored bytes of a range of elements.
    ///
    /// - Precondition: within the tensor.
    public func bytes(_ entry: TensorEntry, of range: Range<Int>) throws(FileError) -> [UInt8] {
        let width = entry.type.byteCount
        precondition(
            range.lowerBound >= 0 && range.upperBound * width <= entry.byteCount, "elements outside the tensor")
        return try files[entry.file].bytes(at: entry.offset + range.lowerBound * width, count: range.count * width)
    }
}
