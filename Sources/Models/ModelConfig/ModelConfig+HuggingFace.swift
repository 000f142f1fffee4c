public import TensorFiles

extension ModelConfig {
    /// What reads a `config.json`, by the entry of `architectures`.
    private static let families: [(name: String, read: @Sendable (ConfigFile) throws(FileError) -> ModelConfig)] = [
        ("Qwen2ForCausalLM", { file throws(FileError) in try ModelConfig(qwen2: file) }),
        ("Qwen3ForCausalLM", { file throws(FileError) in try ModelConfig(qwen3: file) }),
        ("LlamaForCausalLM", { file throws(FileError) in try ModelConfig(llama: file) }),
        ("MistralForCausalLM", { file throws(FileError) in try ModelConfig(mistral: file) }),
        ("GemmaForCausalLM", { file throws(FileError) in try ModelConfig(gemma: file) }),
        ("Gemma2ForCausalLM", { file throws(FileError) in try ModelConfig(gemma2: file) }),
        ("Phi3ForCausalLM", { file throws(FileError) in try ModelConfig(phi3: file) }),
        ("GPT2LMHeadModel", { file throws(FileError) in try ModelConfig(gpt2: file) }),
        ("GPTNeoXForCausalLM", { file throws(FileError) in try ModelConfig(neoX: file) }),
    ]

    /// Values of `architectures` that can be run.
    public static var knownArchitectures: [String] { families.map(\.name) }

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
        try self.init(json: BoundedJSON.read(path: path, limit: 4 << 20))
    }

    /// Reads the bytes of a `config.json`.
    ///
    /// - Parameter path: what errors call it.
    public init(bytes: [UInt8], path: String) throws(FileError) {
        try self.init(json: BoundedJSON.parse(bytes, path: path, limit: 4 << 20))
    }

    private init(json: JSONValue) throws(FileError) {
        let found = try json.member("architectures")
        var names: [String] = []
        for element in try found.elements() { names.append(try element.string()) }
        guard let family = ModelConfig.families.first(where: { names.contains($0.name) }) else {
            throw found.error(
                "architecture \(names.isEmpty ? "none" : names.joined(separator: ", ")) is not known",
                mend: "known are \(ModelConfig.knownArchitectures.joined(separator: ", "))")
        }
        if let quantised = json["quantization_config"] {
            throw quantised.error("quantised weights cannot be read", mend: "use the model's f32, f16 or bf16 weights")
        }
        let config = try family.read(ConfigFile(json: json))
        // What follows multiplies these numbers: none may overflow, and no model has such layers.
        let widest = config.linearModules.map { max($0.inputs, $0.outputs) }.max() ?? 0
        guard widest <= 1 << 26 else { throw json.error("a layer with \(widest) numbers a token is not believed") }
        self = config
        architecture = family.name
    }
}
