public import TensorFiles

extension ModelConfig {
    /// Values of `architectures` that can be run.
    public static let knownArchitectures = ["Qwen2ForCausalLM"]

    /// Reads `config.json` of a Hugging Face folder.
    ///
    /// Every setting that would change the numbers is either honoured or refused by name.
    public init(folder: String) throws(FileError) {
        let path = folder + "/config.json"
        guard InputFile.exists(folder) else {
            throw FileError(
                path: folder, problem: "there is no such folder", mend: "give the folder of a Hugging Face model")
        }
        guard InputFile.exists(path) else {
            throw FileError(
                path: path, problem: "the model's configuration is missing",
                mend: "give the folder that holds config.json, tokenizer.json and the .safetensors files")
        }
        let json = try BoundedJSON.read(path: path, limit: 4 << 20)
        let found = try json.member("architectures")
        var names: [String] = []
        for element in try found.elements() { names.append(try element.string()) }
        guard let name = names.first(where: { ModelConfig.knownArchitectures.contains($0) }) else {
            throw found.error(
                "architecture \(names.isEmpty ? "none" : names.joined(separator: ", ")) is not known",
                mend: "known are \(ModelConfig.knownArchitectures.joined(separator: ", "))")
        }
        try self.init(qwen2: json, architecture: name)
    }

    private init(qwen2 json: JSONValue, architecture: String) throws(FileError) {
        self.architecture = architecture
        let sizes = 1...(1 << 24)
        layerCount = try json.member("num_hidden_layers").int(in: 1...4096)
        hiddenSize = try json.member("hidden_size").int(in: sizes)
        vocabularySize = try json.member("vocab_size").int(in: sizes)
        maximumPositions = try json["max_position_embeddings"]?.int(in: 1...(1 << 30))
        let heads = try json.member("num_attention_heads").int(in: 1...65536)
        let keyValueHeads = try json["num_key_value_heads"]?.int(in: 1...65536) ?? heads
        guard heads % keyValueHeads == 0 else {
            throw json.error("\(heads) attention heads cannot share \(keyValueHeads) key and value heads evenly")
        }
        let headSize: Int
        if let value = json["head_dim"] {
            headSize = try value.int(in: 2...65536)
        } else {
            guard hiddenSize % heads == 0 else {
                throw json.error("hidden_size \(hiddenSize) is not a multiple of num_attention_heads \(heads)")
            }
            headSize = hiddenSize / heads
        }
        guard headSize % 2 == 0 else { throw json.error("rotary positions need heads of even size, found \(headSize)") }
        attention = Attention(
            headCount: heads, keyValueHeadCount: keyValueHeads, headSize: headSize,
            rotary: try Rotary(json, defaultBase: 10_000), hasInputBias: true, hasOutputBias: false)

        let activation = try json.member("hidden_act")
        guard let known = Activation(rawValue: try activation.string()) else {
            throw activation.error("activation \(activation.shown) is not known", mend: "known is silu")
        }
        feedForward = FeedForward(
            size: try json.member("intermediate_size").int(in: sizes), activation: known, hasBias: false)
        let epsilon = try json.member("rms_norm_eps")
        norm = Norm(epsilon: try epsilon.double())
        guard norm.epsilon >= 0 else { throw epsilon.error("expected a number that is not negative") }
        tiedEmbeddings = try json["tie_word_embeddings"]?.bool() ?? false
        try ModelConfig.refuseWindows(json)
        if let quantised = json["quantization_config"] {
            throw quantised.error("quantised weights cannot be read", mend: "use the model's f32, f16 or bf16 weights")
        }
    }

    /// Sliding windows are named in two ways; both may be there and switched off.
    private static func refuseWindows(_ json: JSONValue) throws(FileError) {
        if let uses = json["use_sliding_window"], try uses.bool() {
            throw uses.error("sliding-window attention is not available for this architecture")
        }
        guard let types = json["layer_types"] else { return }
        for type in try types.elements() where try type.string() != "full_attention" {
            throw type.error("attention of type \(type.shown) is not available; only full_attention is")
        }
    }
}

extension ModelConfig.Rotary {
    /// transformers 5 writes `rope_parameters`, 4 wrote `rope_theta` and `rope_scaling`.
    init(_ json: JSONValue, defaultBase: Double) throws(FileError) {
        base = defaultBase
        for key in ["rope_parameters", "rope_scaling"] {
            guard let parameters = json[key] else { continue }
            for (name, value) in try parameters.members() where !value.isNull {
                switch try name.string() {
                case "rope_theta": base = try value.double()
                case "rope_type", "type":
                    guard try value.string() == "default" else {
                        throw value.error("rotary scaling of type \(value.shown) is not available")
                    }
                case "partial_rotary_factor":
                    guard try value.double() == 1 else {
                        throw value.error("partial rotary positions are not available")
                    }
                default: throw value.error("this rotary setting is not known")
                }
            }
        }
        if let theta = json["rope_theta"] { base = try theta.double() }
        if let part = json["partial_rotary_factor"], try part.double() != 1 {
            throw part.error("partial rotary positions are not available")
        }
        guard base > 0 else { throw json.error("rope_theta must be above 0, found \(base)") }
    }
}
