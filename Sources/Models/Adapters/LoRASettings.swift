internal import TensorFiles

/// What `adapter_config.json` says about how A and B are to be used.
struct LoRASettings {
    let json: JSONValue
    let rank: Int
    let alpha: Double
    let usesRankStabilisation: Bool
    private let ranks: [(pattern: String, value: JSONValue)]
    private let alphas: [(pattern: String, value: JSONValue)]

    init(path: String) throws(FileError) {
        let json = try BoundedJSON.read(path: path, limit: 4 << 20)
        self.json = json
        if let kind = json["peft_type"], try kind.string() != "LORA" {
            throw kind.error("adapters of type \(kind.shown) cannot be read; only LORA")
        }
        try LoRASettings.refuse(json)
        rank = try json.member("r").int(in: 1...65536)
        alpha = try json.member("lora_alpha").double()
        usesRankStabilisation = try json["use_rslora"]?.bool() ?? false
        ranks = try LoRASettings.patterns(json["rank_pattern"])
        alphas = try LoRASettings.patterns(json["alpha_pattern"])
    }

    /// Settings under which x ↦ W·x + s·B·A·x is not what the adapter computes.
    private static func refuse(_ json: JSONValue) throws(FileError) {
        let flags = [
            "use_dora": "DoRA", "use_qalora": "QALoRA", "use_bdlora": "BD-LoRA", "lora_bias": "a bias on lora_B",
        ]
        for (key, name) in flags.sorted(by: { $0.key < $1.key }) {
            guard let value = json[key] else { continue }
            if value.kind == .bool, try !value.bool() { continue }
            throw value.error("\(name) is not available", mend: "train the adapter with plain LoRA")
        }
        let lists = [
            "modules_to_save", "trainable_token_indices", "target_parameters", "layer_replication", "arrow_config",
            "alora_invocation_tokens", "velora_config", "monteclora_config",
        ]
        for key in lists {
            guard let value = json[key] else { continue }
            if value.kind == .array {
                var elements = try value.elements()
                if elements.next() == nil { continue }
            }
            throw value.error("this setting is not available", mend: "train the adapter with plain LoRA")
        }
        if let bias = json["bias"], try bias.string() != "none" {
            throw bias.error("an adapter that trains biases is not available; expected \"none\"")
        }
    }

    private static func patterns(_ value: JSONValue?) throws(FileError) -> [(pattern: String, value: JSONValue)] {
        guard let value else { return [] }
        var found: [(pattern: String, value: JSONValue)] = []
        for (key, number) in try value.members() {
            let text = try key.string()
            let unescaped = text.split(separator: "\\", omittingEmptySubsequences: false).joined()
            guard unescaped.utf8.allSatisfy({ isNameByte($0) }) else {
                throw key.error(
                    "pattern \(key.shown) is a regular expression; only module names are read",
                    mend: "write one entry for each module")
            }
            found.append((unescaped, number))
        }
        return found
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"): true
        default: false
        }
    }

    /// The rank stated for a module, by its path below the model.
    func rank(of path: String) throws(FileError) -> Int {
        guard let found = LoRASettings.first(ranks, matching: path) else { return rank }
        return try found.int(in: 1...65536)
    }

    /// α/r, under rsLoRA α/√r.
    func scale(of path: String, rank: Int) throws(FileError) -> Double {
        let alpha = try LoRASettings.first(alphas, matching: path)?.double() ?? alpha
        return alpha / (usesRankStabilisation ? Double(rank).squareRoot() : Double(rank))
    }

    /// The first pattern that is the path or its end after a dot, as PEFT searches.
    private static func first(_ patterns: [(pattern: String, value: JSONValue)], matching path: String) -> JSONValue? {
        patterns.first { path == $0.pattern || path.hasSuffix("." + $0.pattern) }?.value
    }
}
