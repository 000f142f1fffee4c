public import TensorFiles

/// What a model folder says about letting the model speak.
public struct GenerationDefaults: Sendable, Hashable {
    /// A sequence ends with the first of these: `eos_token_id` of `generation_config.json`, else of `config.json`.
    public var stop: Set<UInt32> = []

    /// Reads a Hugging Face folder; a missing `generation_config.json` is no error.
    public init(folder: String) throws(FileError) {
        for name in ["generation_config.json", "config.json"] {
            let path = folder + "/" + name
            guard InputFile.exists(path) else { continue }
            guard let found = try BoundedJSON.read(path: path, limit: 4 << 20)["eos_token_id"] else { continue }
            guard found.kind == .array else {
                stop = [UInt32(try found.int(in: 0...Int(UInt32.max)))]
                return
            }
            for element in try found.elements() { stop.insert(UInt32(try element.int(in: 0...Int(UInt32.max)))) }
            return
        }
    }
}
