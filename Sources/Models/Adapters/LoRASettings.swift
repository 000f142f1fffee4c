internal import TensorFiles

/// What `adapter_config.json` says about how A and B are to be used.
struct LoRASettings {
    let json: JSONValue
    let targets: LoRATargets
    private let rank: Int
    private let alpha: Double
    private let usesRankStabilisation: Bool
    private let ranks: [(pattern: ModulePattern, value: JSONValue)]
    private let alphas: [(pattern: ModulePattern, value: JSONValue)]

    init(path: String) throws(FileError) {
        try self.init(BoundedJSON.read(path: path, limit: 4 << 20))
    }

    init(_ json: JSONValue) throws(FileError) {
        self.json = json
        if let kind = json["peft_type"], try kind.string() != "LORA" {
            throw kind.error("adapters of type \(kind.shown) cannot be read; only LORA")
        }
        try LoRASettings.refuse(json)
        rank = try json.member("r").int(in: 1...65536)
        alpha = try json.member("lora_alpha").double()
        usesRankStabilisation = try json["use_rslora"]?.bool() ?? false
        // PEFT stores the weights of Conv1D modules as those of any other: only merging looks at this.
        _ = try json["fan_in_fan_out"]?.bool()
        ranks = try LoRASettings.patterns(json["rank_pattern"])
        alphas = try LoRASettings.patterns(json["alpha_pattern"])
        targets = try LoRATargets(json)
    }

    /// Settings under which x ↦ W·x + s·B·A·x is not what the adapter computes.
    private static func refuse(_ json: JSONValue) throws(FileError) {
        let mend = "train the adapter with plain LoRA"
        let names = [
            "use_dora": "DoRA", "use_qalora": "QALoRA", "use_bdlora": "BD-LoRA", "lora_bias": "a bias on lora_B",
            "modules_to_save": "training whole modules", "trainable_token_indices": "training tokens of the embedding",
            "target_parameters": "adapting bare parameters", "layer_replication": "layer replication",
            "arrow_config": "Arrow", "alora_invocation_tokens": "activated LoRA", "velora_config": "VeLoRA",
            "monteclora_config": "MonteCLoRA", "kasa_config": "KaSA", "megatron_config": "Megatron",
        ]
        for (key, name) in names.sorted(by: { $0.key < $1.key }) {
            guard let value = json[key], try !isOff(value) else { continue }
            throw value.error("\(name) is not available", mend: mend)
        }
        if let bias = json["bias"], try bias.string() != "none" {
            throw bias.error("an adapter that trains biases is not available; expected \"none\"")
        }
        // These take something away from the base model's weights, which the folder of the adapter does not say.
        if let start = json["init_lora_weights"], start.kind != .bool {
            let name = try start.string().lowercased()
            let changes = ["pissa", "olora", "corda", "loftq", "lora_ga"].contains { name.hasPrefix($0) }
            if changes {
                throw start.error(
                    "an adapter begun with \(start.shown) belongs to a base model whose weights it changed",
                    mend: "save it with save_pretrained(folder, path_initial_model_for_weight_conversion=…)")
            }
        }
    }

    private static func isOff(_ value: JSONValue) throws(FileError) -> Bool {
        switch value.kind {
        case .bool: return try !value.bool()
        case .array:
            var elements = try value.elements()
            return elements.next() == nil
        case .object:
            var members = try value.members()
            return members.next() == nil
        default: return false
        }
    }

    private static func patterns(
        _ value: JSONValue?
    ) throws(FileError) -> [(pattern: ModulePattern, value: JSONValue)] {
        guard let value else { return [] }
        var found: [(pattern: ModulePattern, value: JSONValue)] = []
        var size = 0
        for (key, number) in try value.members() {
            let pattern = try ModulePattern(key)
            size += pattern.size
            guard found.count < 10_000, size <= 50_000 else {
                throw value.error("has more patterns than any model has modules")
            }
            found.append((pattern, number))
        }
        return found
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

    /// The first pattern of the file that matches, as PEFT takes it.
    private static func first(
        _ patterns: [(pattern: ModulePattern, value: JSONValue)], matching path: String
    ) -> JSONValue? {
        patterns.first { $0.pattern.matchesEnd(path) }?.value
    }
}

extension ModulePattern {
    /// A pattern in a file; what is not read in it is an error there.
    init(_ value: JSONValue) throws(FileError) {
        let text = try value.string()
        do throws(PatternProblem) {
            try self.init(text)
        } catch {
            throw value.error(
                "the pattern \(value.shown) \(error.description)", mend: "write one entry for each module")
        }
    }
}
