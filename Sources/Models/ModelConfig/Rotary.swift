internal import Glibc

extension ModelConfig {
    /// Rotary positions: pair i of a head's first `size` numbers, halves paired, is turned at position p by p · f(i), where f(i)
    /// is base^(−2i / size) before scaling.
    public struct Rotary: Sendable, Hashable {
        /// `rope_theta`.
        public var base: Double
        /// How many numbers of a head are turned: even, at most its size.
        public var size: Int
        /// How the angles reach beyond the positions of the first training.
        public var scaling: Scaling = .none

        public enum Scaling: Sendable, Hashable {
            case none
            /// All frequencies divided by the factor.
            case linear(factor: Double)
            /// Low frequencies divided by the factor, high ones kept, those between interpolated (Llama 3.1).
            case llama3(factor: Double, low: Double, high: Double, originalPositions: Int)
            /// Each frequency divided by its own factor; those of `long` once a prompt is longer than `originalPositions`.
            case longrope(short: [Double], long: [Double], originalPositions: Int, magnitude: Double)
        }

        /// Whether a prompt of so many tokens is turned by other angles than a short one.
        func isLong(_ tokens: Int) -> Bool {
            guard case .longrope(_, _, let original, _) = scaling else { return false }
            return tokens > original
        }

        /// What cosine and sine are multiplied by.
        var magnitude: Float {
            guard case .longrope(_, _, _, let magnitude) = scaling else { return 1 }
            return Float(magnitude)
        }

        /// f(i) for all pairs, rounded where PyTorch rounds: each step is f32.
        func frequencies(long: Bool) -> [Float] {
            let powers = (0..<size / 2).map { pair in
                Float(pow(Double(Float(base)), Double(Float(2 * pair) / Float(size))))
            }
            switch scaling {
            case .none: return powers.map { 1 / $0 }
            case .linear(let factor): return powers.map { 1 / $0 / Float(factor) }
            case .longrope(let short, let far, _, _):
                let factors = long ? far : short
                return zip(powers, factors).map { 1 / (Float($1) * $0) }
            case .llama3(let factor, let low, let high, let original):
                return powers.map { power in
                    let frequency = 1 / power
                    let length = Float(2 * Double.pi) / frequency
                    if length < Float(Double(original) / high) { return frequency }
                    if length > Float(Double(original) / low) { return frequency / Float(factor) }
                    let share = (Float(original) / length - Float(low)) / Float(high - low)
                    return (1 - share) * frequency / Float(factor) + share * frequency
                }
            }
        }
    }
}

/// Cosine and sine of every position and pair.
struct RotaryTable: Sendable {
    /// [positions, pairs], row-major.
    private(set) var cosine: [Float] = []
    private(set) var sine: [Float] = []
    private let frequencies: [Float]
    private let magnitude: Float

    init(_ rotary: ModelConfig.Rotary, long: Bool) {
        frequencies = rotary.frequencies(long: long)
        magnitude = rotary.magnitude
    }

    /// Makes sure that positions 0 ..< `positions` are there. O(new positions · pairs).
    mutating func reach(_ positions: Int) {
        let pairs = frequencies.count
        let there = pairs == 0 ? positions : cosine.count / pairs
        guard there < positions else { return }
        cosine.reserveCapacity(positions * pairs)
        sine.reserveCapacity(positions * pairs)
        for position in there..<positions {
            for frequency in frequencies {
                let angle = Double(Float(position) * frequency)
                cosine.append(Float(cos(angle)) * magnitude)
                sine.append(Float(sin(angle)) * magnitude)
            }
        }
    }
}
