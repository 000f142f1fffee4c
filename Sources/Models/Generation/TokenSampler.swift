internal import Glibc

/// Draws a token from a row of logits.
struct TokenSampler {
    let options: GenerationOptions

    /// The token for one step of one prompt.
    ///
    /// - Parameter place: the prompt's, among all prompts.
    func token(_ logits: Span<Float>, place: Int, step: Int) -> UInt32 {
        var best = 0
        for index in logits.indices where logits[index] > logits[best] { best = index }
        guard options.temperature > 0 else { return UInt32(best) }
        let nucleus = nucleus(logits, top: Double(logits[best]))
        let total = nucleus.reduce(0) { $0 + $1.weight }
        var left = uniform(place: place, step: step) * total
        for one in nucleus {
            left -= one.weight
            if left < 0 { return UInt32(one.token) }
        }
        return UInt32(nucleus.last?.token ?? best)
    }

    /// The most probable tokens that together have probability `topP`, most probable first, equals by lower id.
    private func nucleus(_ logits: Span<Float>, top: Double) -> [(token: Int, weight: Double)] {
        let weights = logits.indices.map { exp((Double(logits[$0]) - top) / options.temperature) }
        let total = weights.reduce(0, +)
        let wanted = options.topP * total
        // Tokens below this share are, all together, less than what may be left out: only the others need sorting.
        let least = options.topP < 1 ? (1 - options.topP) * total / Double(weights.count) : 0
        var candidates: [(token: Int, weight: Double)] = []
        for (token, weight) in weights.enumerated() where weight >= least && weight > 0 {
            candidates.append((token, weight))
        }
        guard options.topP < 1 else { return candidates }
        candidates.sort { ($1.weight, $0.token) < ($0.weight, $1.token) }
        var sum = 0.0
        for (index, one) in candidates.enumerated() {
            sum += one.weight
            if sum >= wanted { return Array(candidates[...index]) }
        }
        return candidates
    }

    /// A number in 0 ..< 1 that depends on seed, place and step alone (SplitMix64's mixing of each in turn).
    private func uniform(place: Int, step: Int) -> Double {
        var state = options.seed
        for word in [UInt64(bitPattern: Int64(place)), UInt64(bitPattern: Int64(step))] {
            state = TokenSampler.mixed(state &+ 0x9E37_79B9_7F4A_7C15 &* (word &+ 1))
        }
        return Double(state >> 11) * 0x1p-53
    }

    private static func mixed(_ word: UInt64) -> UInt64 {
        var z = word
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
