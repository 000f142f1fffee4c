internal import Glibc
internal import TensorFiles

extension ConfigFile {
    /// transformers 5 writes `rope_parameters`, 4 wrote `rope_theta` and `rope_scaling`; families have names of their own for
    /// base and part.
    func rotary(
        headSize: Int, base defaultBase: Double = 10_000, baseKey: String = "rope_theta",
        part defaultPart: Double = 1, partKey: String = "partial_rotary_factor"
    ) throws(FileError) -> ModelConfig.Rotary {
        var parameters: JSONValue?
        for key in ["rope_parameters", "rope_scaling"] {
            guard let found = json[key] else { continue }
            guard parameters == nil else { throw found.error("rope_parameters and rope_scaling are both there") }
            parameters = found
        }
        let base = try agreed(json[baseKey], parameters?["rope_theta"]) ?? defaultBase
        let part = try agreed(json[partKey], parameters?["partial_rotary_factor"]) ?? defaultPart
        guard base > 0, base <= 1e12 else {
            throw json.error("\(baseKey) must be above 0 and at most 1e12, found \(base)")
        }
        guard part > 0, part <= 1 else { throw json.error("\(partKey) must be above 0 and at most 1, found \(part)") }
        let size = Int(Double(headSize) * part)
        guard size % 2 == 0, size > 0 else {
            throw json.error("rotary positions need an even number of turned places a head, found \(size)")
        }
        var rotary = ModelConfig.Rotary(base: base, size: size)
        if let parameters { rotary.scaling = try scaling(parameters, pairs: size / 2) }
        return rotary
    }

    /// One number that may be told in two places.
    private func agreed(_ one: JSONValue?, _ other: JSONValue?) throws(FileError) -> Double? {
        guard let one else { return try other?.double() }
        let value = try one.double()
        if let other, try other.double() != value {
            throw other.error("is \(other.shown), but \(one.path) is \(one.shown)")
        }
        return value
    }

    private func scaling(_ parameters: JSONValue, pairs: Int) throws(FileError) -> ModelConfig.Rotary.Scaling {
        let kind = try agreedKind(parameters)
        var known: Set<String> = ["rope_theta", "partial_rotary_factor", "rope_type", "type"]
        let scaling: ModelConfig.Rotary.Scaling
        switch kind {
        case "default": scaling = .none
        case "linear":
            known.insert("factor")
            scaling = .linear(factor: try factor(parameters))
        case "llama3":
            known.formUnion(["factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"])
            scaling = try llama3(parameters)
        case "longrope", "su":
            known.formUnion([
                "short_factor", "long_factor", "factor", "attention_factor", "original_max_position_embeddings",
            ])
            scaling = try longrope(parameters, pairs: pairs)
        default:
            throw (parameters["rope_type"] ?? parameters["type"] ?? parameters).error(
                "rotary scaling of type \(kind) is not available", mend: "known are default, linear, llama3, longrope")
        }
        for (name, value) in try parameters.members() where !value.isNull {
            guard known.contains(try name.string()) else { throw value.error("this rotary setting is not known") }
        }
        return scaling
    }

    private func agreedKind(_ parameters: JSONValue) throws(FileError) -> String {
        let new = try parameters["rope_type"]?.string()
        let old = try parameters["type"]?.string()
        if let new, let old, new != old { throw parameters.error("rope_type is \(new), but type is \(old)") }
        return new ?? old ?? "default"
    }

    private func factor(_ parameters: JSONValue) throws(FileError) -> Double {
        try ConfigFile.positive(parameters.member("factor"))
    }

    private func llama3(_ parameters: JSONValue) throws(FileError) -> ModelConfig.Rotary.Scaling {
        let low = try ConfigFile.positive(parameters.member("low_freq_factor"))
        let high = try ConfigFile.positive(parameters.member("high_freq_factor"))
        guard high > low else { throw parameters.error("high_freq_factor must be above low_freq_factor") }
        return .llama3(
            factor: try factor(parameters), low: low, high: high,
            originalPositions: try originalPositions(parameters))
    }

    private func longrope(_ parameters: JSONValue, pairs: Int) throws(FileError) -> ModelConfig.Rotary.Scaling {
        func factors(_ key: String) throws(FileError) -> [Double] {
            let list = try parameters.member(key)
            var factors: [Double] = []
            for element in try list.elements() {
                factors.append(try ConfigFile.positive(element))
            }
            guard factors.count == pairs else {
                throw list.error("has \(factors.count) factors, the heads have \(pairs) pairs")
            }
            return factors
        }
        let original = try originalPositions(parameters)
        let positions = try maximumPositions() ?? original
        let factor =
            try parameters["factor"].map { found throws(FileError) in try ConfigFile.positive(found) }
            ?? Double(positions) / Double(original)
        let magnitude: Double
        if let stated = parameters["attention_factor"] {
            magnitude = try ConfigFile.positive(stated)
        } else {
            // Equation 1 of the LongRoPE report as transformers has it.
            magnitude =
                factor <= 1 || original < 2 ? 1 : (1 + log(factor) / log(Double(original))).squareRoot()
        }
        return .longrope(
            short: try factors("short_factor"), long: try factors("long_factor"), originalPositions: original,
            magnitude: magnitude)
    }

    /// Beside the scaling or, which goes first, at the top.
    private func originalPositions(_ parameters: JSONValue) throws(FileError) -> Int {
        let key = "original_max_position_embeddings"
        if let own = json[key] { return try own.int(in: 1...(1 << 30)) }
        if let inner = parameters[key] { return try inner.int(in: 1...(1 << 30)) }
        guard let positions = try maximumPositions() else { throw parameters.error("has no \"\(key)\"") }
        return positions
    }
}
