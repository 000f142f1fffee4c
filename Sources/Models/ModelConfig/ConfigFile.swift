internal import TensorFiles

/// `config.json` with the readings that families share.
struct ConfigFile {
    let json: JSONValue

    /// Largest width, vocabulary or number of heads that is believed.
    private static let sizes = 1...(1 << 24)

    func size(_ key: String) throws(FileError) -> Int { try json.member(key).int(in: ConfigFile.sizes) }

    func size(_ key: String, default value: Int) throws(FileError) -> Int {
        try json[key]?.int(in: ConfigFile.sizes) ?? value
    }

    /// The first of these keys that is there.
    func size(_ key: String, or other: String) throws(FileError) -> Int {
        json[key] == nil && json[other] != nil ? try size(other) : try size(key)
    }

    func layerCount(_ key: String = "num_hidden_layers") throws(FileError) -> Int {
        try json.member(key).int(in: 1...4096)
    }

    func maximumPositions(_ key: String = "max_position_embeddings") throws(FileError) -> Int? {
        try json[key]?.int(in: 1...(1 << 30))
    }

    func flag(_ key: String, default value: Bool) throws(FileError) -> Bool { try json[key]?.bool() ?? value }

    /// A number above 0.
    func positive(_ key: String, default value: Double) throws(FileError) -> Double {
        try json[key].map { found throws(FileError) in try ConfigFile.positive(found) } ?? value
    }

    /// A number above 0 that stays one in single precision, whatever it is divided by.
    static func positive(_ found: JSONValue) throws(FileError) -> Double {
        let number = try found.double()
        guard number >= 1e-12, number <= 1e12 else {
            throw found.error("expected a number above 0 (1e-12 to 1e12), found \(found.shown)")
        }
        return number
    }

    /// A cap above 0; `value` where the key is missing, nil where it is null.
    func cap(_ key: String, default value: Double) throws(FileError) -> Double? {
        isNull(key) ? nil : try positive(key, default: value)
    }

    /// Whether the key is there and says null, which transformers tells apart from a missing key.
    func isNull(_ key: String) -> Bool {
        guard let members = try? json.members() else { return false }
        let wanted = Array(key.utf8)
        for (name, value) in members where value.isNull {
            if (try? name.stringBytes()) == wanted { return true }
        }
        return false
    }

    func epsilon(_ key: String, default value: Double) throws(FileError) -> Double {
        guard let found = json[key] else { return value }
        let number = try found.double()
        guard number >= 0, number <= 1 else {
            throw found.error("expected a number that is not negative and at most 1, found \(found.shown)")
        }
        return number
    }

    func activation(_ key: String, default value: ModelConfig.Activation) throws(FileError) -> ModelConfig.Activation {
        guard let found = json[key] else { return value }
        guard let known = ModelConfig.Activation(name: try found.string()) else {
            throw found.error(
                "activation \(found.shown) is not known",
                mend: "known are silu, gelu, gelu_new, gelu_pytorch_tanh, relu")
        }
        return known
    }

    /// A setting that changes the numbers and is honoured only at `value`.
    func require(_ key: String, is value: Bool) throws(FileError) {
        guard let found = json[key], try found.bool() != value else { return }
        throw found.error("\(key) \(found.shown) is not available for this architecture")
    }
}
