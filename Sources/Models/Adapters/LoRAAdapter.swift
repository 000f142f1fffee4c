internal import Kernels
internal import Tensor
public import TensorFiles

/// A PEFT LoRA adapter for a decoder: low-rank matrices for some linear modules of some layers.
public struct LoRAAdapter: Sendable {
    /// The adapted modules, by layer and then in the order of computation.
    public let modules: [LoRAModule]
    /// Fingerprint of all matrices and their scales.
    public let digest: String
    /// Layer → path within it → place in `modules`.
    private let places: [Int: [String: Int]]

    /// The lowest layer that has an adapted module: below it the base model's activations stay as they are.
    public var firstLayer: Int { modules.first?.site.layer ?? 0 }

    /// Loads `adapter_config.json` and `adapter_model.safetensors`.
    ///
    /// Which modules are adapted is read from the tensors, and must be what the settings say; these give scale and rank.
    ///
    /// - Parameter config: the model that it runs with: every module and shape is checked against it. nil to apply A to stored
    ///   inputs alone, without any model.
    public init(folder: String, for config: ModelConfig?) throws(FileError) {
        let path = folder + "/adapter_config.json"
        guard InputFile.exists(path) else {
            throw FileError(
                path: path, problem: "the adapter's configuration is missing",
                mend: "give the folder that PEFT's save_pretrained wrote")
        }
        let settings = try LoRASettings(path: path)
        let file = try Safetensors(folder: folder, name: "adapter_model")
        let found = try LoRATensors.all(in: file)
        if let config { try LoRAAdapter.check(found.map(\.path), config, file.path) }
        let all = config.map { config in
            (0..<config.layerCount).flatMap { layer in
                config.linearModules.map {
                    LoRAPath(prefix: found[0].path.prefix, layer: layer, module: $0.path)
                }
            }
        }
        try settings.targets.check(found.map(\.path), among: all, in: file.path)

        var reader = WeightReader(file)
        var modules: [LoRAModule] = []
        for one in found {
            let linear = config?.linearModules.first { $0.path == one.path.module }
            modules.append(try LoRAModule(one, settings, linear.map { ($0.inputs, $0.outputs) }, from: &reader))
        }
        var digest = ContentDigest()
        digest.update(reader.digest.text)
        for module in modules { digest.update("\(module.site.canonicalName) \(module.scale)") }
        self.digest = digest.text
        self.modules = LoRAAdapter.ordered(modules, config)
        var places: [Int: [String: Int]] = [:]
        for (place, module) in self.modules.enumerated() {
            if let layer = module.site.layer, let part = module.site.part { places[layer, default: [:]][part] = place }
        }
        self.places = places
    }

    /// The adapter of the module with that path within its layer; nil where it has none. O(1).
    func module(at path: String, layer: Int) -> LoRAModule? { places[layer]?[path].map { modules[$0] } }

    /// Every adapted module must be one of the model's.
    private static func check(_ paths: [LoRAPath], _ config: ModelConfig, _ file: String) throws(FileError) {
        let known = config.linearModules.map(\.path)
        for path in paths {
            guard known.contains(path.module) else {
                throw FileError(
                    path: file, problem: "adapts \(path.whole), a module that this model does not have",
                    mend: "adapted can be \(known.joined(separator: ", "))")
            }
            guard path.layer < config.layerCount else {
                throw FileError(
                    path: file,
                    problem: "adapts \(path.whole): layer \(path.layer), the model has \(config.layerCount) layers",
                    mend: "use the model that the adapter was trained on")
            }
        }
    }

    /// By layer and then in the order of computation: attention before the feed-forward network where the model isn't known.
    private static func ordered(_ modules: [LoRAModule], _ config: ModelConfig?) -> [LoRAModule] {
        let order = config?.linearModules.map(\.path)
        func rank(_ module: LoRAModule) -> Int {
            let part = module.site.part ?? ""
            if let order { return order.firstIndex(of: part) ?? order.count }
            return part.hasPrefix("mlp") ? 1 : 0
        }
        let keyed = modules.enumerated().map { (layer: $1.site.layer ?? 0, rank: rank($1), place: $0, module: $1) }
        return keyed.sorted { ($0.layer, $0.rank, $0.place) < ($1.layer, $1.rank, $1.place) }.map(\.module)
    }
}

extension LoRAModule {
    /// - Parameter sizes: of the module; nil to take them from the tensors.
    fileprivate init(
        _ one: LoRATensors, _ settings: LoRASettings, _ sizes: (inputs: Int, outputs: Int)?,
        from reader: inout WeightReader
    ) throws(FileError) {
        let path = one.path.whole
        let rank = try settings.rank(of: path)
        let scale = try settings.scale(of: path, rank: rank)
        guard scale.isFinite, Float(scale).isFinite else {
            throw settings.json.error("the scale of \(path) is \(scale), which no float holds")
        }
        let inputs: Int
        let outputs: Int
        if let sizes {
            (inputs, outputs) = sizes
        } else {
            inputs = try LoRAModule.size(1, of: one.a, reader.file)
            outputs = try LoRAModule.size(0, of: one.b, reader.file)
        }
        a = try reader.floats(one.a, shape: [rank, inputs])
        let b = try reader.floats(one.b, shape: [outputs, rank])
        bNorms = (0..<rank).map { column in
            var sum = 0.0
            for row in 0..<outputs {
                let value = Double(b[row * rank + column])
                sum += value * value
            }
            return sum.squareRoot()
        }
        scaledB = b.map { $0 * Float(scale) }
        site = Site(.lora, layer: one.path.layer, part: one.path.module)
        self.rank = rank
        self.inputSize = inputs
        self.scale = scale
    }

    private static func size(_ dimension: Int, of name: String, _ file: Safetensors) throws(FileError) -> Int {
        let shape = try file.floats(name).shape
        guard shape.count == 2, shape[dimension] > 0 else {
            throw FileError(path: file.path, problem: "\"\(name)\" has shape \(shape); expected a matrix")
        }
        return shape[dimension]
    }
}
