internal import Tensor
internal import TensorFiles

/// A linear module of one layer by its path below the model that PEFT wrapped: `model.layers.3.mlp.down_proj`.
struct LoRAPath {
    /// The whole path.
    let whole: String
    /// What stands before the layer's number: `model.layers`, `transformer.h`.
    let prefix: String
    let layer: Int
    /// Within the layer: `mlp.down_proj`.
    let module: String

    /// The list of layers: `layers`, `h`.
    var container: String { String(prefix.split(separator: ".").last ?? "") }

    init(prefix: String, layer: Int, module: String) {
        self.prefix = prefix
        self.layer = layer
        self.module = module
        whole = "\(prefix).\(layer).\(module)"
    }

    /// nil where the path is none of a module in a list of layers.
    init?(_ whole: String) {
        let pieces = whole.split(separator: ".", omittingEmptySubsequences: false)
        // The first number, as PEFT takes it: later ones would count experts.
        guard
            let place = pieces.firstIndex(where: { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            (1...2).contains(place), place + 1 < pieces.count, let layer = Int(pieces[place]), layer <= 4095,
            ["layers", "h"].contains(pieces[place - 1]),
            place == 1 || ["model", "transformer", "gpt_neox"].contains(pieces[0])
        else { return nil }
        self.whole = whole
        prefix = pieces[..<place].joined(separator: ".")
        self.layer = layer
        module = pieces[(place + 1)...].joined(separator: ".")
    }
}

/// The tensors of one adapted module.
struct LoRATensors {
    let path: LoRAPath
    /// Names in the file.
    let a: String
    let b: String
}

extension LoRATensors {
    /// Sorts out the names `base_model.model.PATH.lora_A.weight` and `….lora_B.weight`; PEFT's own checkpoints put the adapter's
    /// name, `default`, before `.weight`. In the order of layers and paths.
    static func all(in file: Safetensors) throws(FileError) -> [LoRATensors] {
        var found: [LoRATensors] = []
        var partners: Set<String> = []
        var adapterName: String?
        for entry in file.entries {
            let (stem, part, name) = try split(entry.name, file.path)
            guard name == adapterName ?? name else {
                throw FileError(
                    path: file.path, problem: "holds two adapters, \"\(adapterName ?? "")\" and \"\(name)\"",
                    mend: "save one adapter a folder")
            }
            adapterName = name
            guard let path = LoRAPath(stem) else {
                let reason =
                    isUnembedding(stem)
                    ? "the unembedding \(stem), which is not available"
                    : "\(stem), which is no module of a decoder layer"
                throw FileError(path: file.path, problem: "\"\(entry.name)\" adapts \(reason)", mend: mend)
            }
            guard part == "A" else {
                partners.insert(entry.name)
                continue
            }
            let other = entry.name.replacing(".lora_A.", with: ".lora_B.")
            found.append(LoRATensors(path: path, a: entry.name, b: other))
        }
        guard !found.isEmpty else { throw FileError(path: file.path, problem: "holds no lora_A matrix") }
        for one in found where partners.remove(one.b) == nil {
            throw FileError(path: file.path, problem: "has \"\(one.a)\" without \"\(one.b)\"")
        }
        if let alone = partners.min() {
            throw FileError(path: file.path, problem: "has \"\(alone)\" without its lora_A")
        }
        found.sort { ($0.path.layer, $0.path.module) < ($1.path.layer, $1.path.module) }
        if let other = found.first(where: { $0.path.prefix != found[0].path.prefix }) {
            throw FileError(
                path: file.path,
                problem: "adapts both \(found[0].path.whole) and \(other.path.whole): no one model has both")
        }
        return found
    }

    /// Path of the module, `A` or `B`, and the adapter's name, which is empty where the file has none.
    private static func split(_ name: String, _ path: String) throws(FileError) -> (String, String, String) {
        var rest = name[...]
        if rest.hasPrefix("base_model.model.") { rest = rest.dropFirst(17) }
        let pieces = rest.split(separator: ".", omittingEmptySubsequences: false)
        if let place = pieces.firstIndex(where: { $0 == "lora_A" || $0 == "lora_B" }), place > 0,
            pieces.last == "weight", pieces.count - place <= 3
        {
            let adapter = pieces.count - place == 3 ? String(pieces[place + 1]) : ""
            return (pieces[..<place].joined(separator: "."), String(pieces[place].suffix(1)), adapter)
        }
        // PEFT saves the weight itself beside the adapter of an embedding or unembedding.
        let base = rest.firstRange(of: ".base_layer.").map { String(rest[..<$0.lowerBound]) }
        let problem =
            if let base, isUnembedding(base) {
                "adapts the unembedding \(base), which is not available"
            } else if name.contains("lora_embedding_") || base.map(isEmbedding) == true {
                "adapts the embedding, which is not available"
            } else if name.contains("lora_magnitude_vector") {
                "belongs to DoRA, which is not available"
            } else if name.hasSuffix(".bias") {
                "is a trained bias, which is not available"
            } else if !name.contains(".lora_"), name.hasSuffix(".weight") {
                "is a whole weight beside the adapter's matrices, which is not available"
            } else {
                "is neither lora_A nor lora_B of a linear module"
            }
        throw FileError(path: path, problem: "\"\(name)\" \(problem)", mend: mend)
    }

    private static let mend = "train the adapter with plain LoRA on linear modules of the layers"

    private static func isUnembedding(_ path: String) -> Bool { ["lm_head", "embed_out"].contains(last(path)) }

    private static func isEmbedding(_ path: String) -> Bool {
        ["embed_tokens", "embed_in", "wte", "wpe"].contains(last(path))
    }

    private static func last(_ path: String) -> Substring { path.split(separator: ".").last ?? "" }
}
