internal import TensorFiles

/// Which modules an adapter's configuration names: `target_modules`, `exclude_modules`, `layers_to_transform`, `layers_pattern`.
///
/// PEFT chooses the modules when it trains; afterwards the tensors tell which they were. Both must agree.
struct LoRATargets {
    private enum Choice {
        /// Nothing is stated.
        case any
        /// Every linear module but the unembedding.
        case allLinear
        /// A module's path or its end after a dot, each with its place in the file.
        case names([(name: String, value: JSONValue)])
        /// The whole path.
        case pattern(ModulePattern, JSONValue)

        func contains(_ path: String) -> Bool {
            switch self {
            case .any, .allLinear: true
            case .names(let names): names.contains { path == $0.name || path.hasSuffix("." + $0.name) }
            case .pattern(let pattern, _): pattern.matchesWhole(path)
            }
        }
    }

    private let json: JSONValue
    private let targets: Choice
    private let excluded: Choice?
    private let layers: [(number: Int, value: JSONValue)]?
    private let containers: Set<String>?

    init(_ json: JSONValue) throws(FileError) {
        self.json = json
        targets = try LoRATargets.choice(json["target_modules"]) ?? .any
        excluded = try LoRATargets.choice(json["exclude_modules"])
        var layers: [(number: Int, value: JSONValue)] = []
        if let value = json["layers_to_transform"] {
            if value.kind == .array {
                for number in try value.elements() { layers.append((try number.int(in: 0...4095), number)) }
            } else {
                layers.append((try value.int(in: 0...4095), value))
            }
            if case .pattern = targets, !layers.isEmpty {
                throw value.error("goes with a list of target_modules, not with a pattern")
            }
        }
        self.layers = layers.isEmpty ? nil : layers
        containers = try LoRATargets.containers(json["layers_pattern"])
        if containers != nil, self.layers == nil, let value = json["layers_pattern"] {
            throw value.error("goes with layers_to_transform, which is not there")
        }
    }

    private static func choice(_ value: JSONValue?) throws(FileError) -> Choice? {
        guard let value else { return nil }
        if value.kind == .string {
            if try value.string().lowercased() == "all-linear" { return .allLinear }
            return .pattern(try ModulePattern(value), value)
        }
        var names: [(name: String, value: JSONValue)] = []
        for name in try value.elements() {
            guard names.count < 10_000 else { throw value.error("has more names than any model has modules") }
            names.append((try name.string(), name))
        }
        return names.isEmpty ? nil : .names(names)
    }

    /// `layers`, `h`; nil where any list of layers is meant.
    private static func containers(_ value: JSONValue?) throws(FileError) -> Set<String>? {
        guard let value else { return nil }
        var names: Set<String> = []
        for one in value.kind == .array ? Array(try value.elements()) : [value] {
            let name = try one.string()
            guard name.utf8.allSatisfy({ ByteSet.word.contains($0) }) else {
                throw one.error(
                    "layers_pattern \(one.shown) is a regular expression; only the name of the list is read")
            }
            if !name.isEmpty { names.insert(name) }
        }
        return names.isEmpty ? nil : names
    }

    /// Whether PEFT would adapt the module of that path.
    func contains(_ path: LoRAPath) -> Bool {
        guard targets.contains(path.whole), !(excluded?.contains(path.whole) ?? false) else { return false }
        guard let layers else { return true }
        return layers.contains { $0.number == path.layer } && (containers?.contains(path.container) ?? true)
    }

    /// Compares with the modules that have tensors: one too many or one too few, and settings and file are not of one adapter.
    ///
    /// - Parameter all: the modules of the model; nil where it isn't known.
    func check(_ found: [LoRAPath], among all: [LoRAPath]?, in file: String) throws(FileError) {
        if let extra = found.first(where: { !contains($0) }) {
            let value = json["target_modules"] ?? json
            throw value.error("does not cover \(extra.whole), which has tensors in \(file)", mend: LoRATargets.mend)
        }
        let wholes = Set(found.map(\.whole))
        if let missing = all?.first(where: { contains($0) && !wholes.contains($0.whole) }) {
            let value = json["target_modules"] ?? json
            throw value.error(
                "covers \(missing.whole), which has no tensor in \(file)", mend: LoRATargets.mend)
        }
        for (number, value) in layers ?? [] where !found.contains(where: { $0.layer == number }) {
            throw value.error("no tensor of the adapter belongs to layer \(number)", mend: LoRATargets.mend)
        }
    }

    private static let mend =
        "the file is cut short or belongs to another adapter: use the two that were saved together"
}
