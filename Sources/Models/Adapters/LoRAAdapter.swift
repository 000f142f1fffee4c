internal import Kernels
internal import Tensor
public import TensorFiles

/// A PEFT LoRA adapter for a decoder: low-rank matrices for some linear modules of some layers.
public struct LoRAAdapter: Sendable {
    /// The adapted modules, by layer and then in the order of `DecoderModule.allCases`.
    public let modules: [LoRAModule]
    /// Fingerprint of all matrices and their scales.
    public let digest: String
    /// layer · number of kinds + kind → place in `modules`.
    private let places: [Int: Int]

    /// The lowest layer that has an adapted module: below it the base model's activations stay as they are.
    public var firstLayer: Int { modules.first?.site.layer ?? 0 }

    /// Loads `adapter_config.json` and `adapter_model.safetensors`, checking every shape against the model.
    ///
    /// Which modules are adapted is read from the tensors; the configuration gives scale and rank.
    public init(folder: String, for config: ModelConfig) throws(FileError) {
        let path = folder + "/adapter_config.json"
        guard InputFile.exists(path) else {
            throw FileError(
                path: path, problem: "the adapter's configuration is missing",
                mend: "give the folder that PEFT's save_pretrained wrote")
        }
        let settings = try LoRASettings(path: path)
        let file = try Safetensors(folder: folder, name: "adapter_model")
        let found = try LoRAAdapter.adaptedModules(file, config)
        try LoRAAdapter.checkTargets(settings, found.map(\.path))

        var reader = WeightReader(file)
        var modules: [LoRAModule] = []
        var places: [Int: Int] = [:]
        for one in found {
            places[LoRAAdapter.place(one.module, one.layer)] = modules.count
            modules.append(try LoRAModule(one, settings, config, from: &reader))
        }
        var digest = ContentDigest()
        digest.update(reader.digest.text)
        for module in modules { digest.update("\(module.site.canonicalName) \(module.scale)") }
        self.modules = modules
        self.places = places
        self.digest = digest.text
    }

    /// The adapter of a module; nil where it has none. O(1).
    func module(_ module: DecoderModule, layer: Int) -> LoRAModule? {
        places[LoRAAdapter.place(module, layer)].map { modules[$0] }
    }

    /// The adapter of the module with that path within its layer; nil where it has none.
    func module(at path: String, layer: Int) -> LoRAModule? {
        DecoderModule(rawValue: path).flatMap { module($0, layer: layer) }
    }

    private static func place(_ module: DecoderModule, _ layer: Int) -> Int {
        layer * DecoderModule.allCases.count + (DecoderModule.allCases.firstIndex(of: module) ?? 0)
    }

    /// Sorts out the tensor names `base_model.model.model.layers.N.MODULE.lora_A.weight`.
    private static func adaptedModules(
        _ file: Safetensors, _ config: ModelConfig
    ) throws(FileError) -> [AdaptedModule] {
        var found: [AdaptedModule] = []
        for entry in file.entries {
            if entry.name.hasSuffix(".lora_B.weight") { continue }
            guard entry.name.hasSuffix(".lora_A.weight") else {
                let isEmbedding = entry.name.contains("lora_embedding_")
                throw FileError(
                    path: file.path,
                    problem: isEmbedding
                        ? "\"\(entry.name)\" adapts the embedding, which is not available"
                        : "\"\(entry.name)\" is neither lora_A nor lora_B of a linear module",
                    mend: "train the adapter with plain LoRA on linear modules")
            }
            let stem = String(entry.name.dropLast(".lora_A.weight".count))
            guard let site = SiteNames.site(stem), site.point == .lora, let layer = site.layer, let part = site.part,
                let module = DecoderModule(rawValue: part)
            else {
                throw FileError(
                    path: file.path, problem: "\"\(entry.name)\" adapts a module that this model does not have",
                    mend: "adapted can be \(DecoderModule.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            guard layer < config.layerCount else {
                throw FileError(
                    path: file.path,
                    problem: "\"\(entry.name)\" adapts layer \(layer), the model has \(config.layerCount) layers",
                    mend: "use the model that the adapter was trained on")
            }
            found.append(AdaptedModule(layer: layer, module: module, stem: stem))
        }
        guard !found.isEmpty else { throw FileError(path: file.path, problem: "holds no lora_A matrix") }
        let order = DecoderModule.allCases
        return found.sorted {
            ($0.layer, order.firstIndex(of: $0.module) ?? 0) < ($1.layer, order.firstIndex(of: $1.module) ?? 0)
        }
    }

    /// A module that the configuration lists must have tensors: else the file is cut short or belongs to another adapter.
    private static func checkTargets(_ settings: LoRASettings, _ paths: [String]) throws(FileError) {
        if let targets = settings.json["target_modules"], targets.kind == .array {
            for target in try targets.elements() {
                let name = try target.string()
                guard paths.contains(where: { $0 == name || $0.hasSuffix("." + name) }) else {
                    throw target.error("no tensor of the adapter belongs to \(target.shown)")
                }
            }
        }
        if let layers = settings.json["layers_to_transform"] {
            var numbers: [JSONValue] = []
            if layers.kind == .array { numbers += try layers.elements() } else { numbers = [layers] }
            for number in numbers {
                let layer = try number.int()
                guard paths.contains(where: { $0.contains("layers.\(layer).") }) else {
                    throw number.error("no tensor of the adapter belongs to layer \(layer)")
                }
            }
        }
    }
}

/// A linear module that an adapter file has matrices for.
private struct AdaptedModule {
    let layer: Int
    let module: DecoderModule
    /// The tensors' name up to `.lora_A.weight`.
    let stem: String

    /// Below the model: `model.layers.3.mlp.down_proj`.
    var path: String { stem.hasPrefix("base_model.model.") ? String(stem.dropFirst(17)) : stem }
}

extension LoRAModule {
    fileprivate init(
        _ one: AdaptedModule, _ settings: LoRASettings, _ config: ModelConfig, from reader: inout WeightReader
    ) throws(FileError) {
        let rank = try settings.rank(of: one.path)
        let scale = try settings.scale(of: one.path, rank: rank)
        let shape = config.shape(of: one.module)
        a = try reader.floats(one.stem + ".lora_A.weight", shape: [rank, shape.inputs])
        let b = try reader.floats(one.stem + ".lora_B.weight", shape: [shape.outputs, rank])
        bNorms = (0..<rank).map { column in
            var sum = 0.0
            for row in 0..<shape.outputs {
                let value = Double(b[row * rank + column])
                sum += value * value
            }
            return sum.squareRoot()
        }
        scaledB = b.map { $0 * Float(scale) }
        site = Site(.lora, layer: one.layer, part: one.module.rawValue)
        self.rank = rank
        self.scale = scale
    }
}
