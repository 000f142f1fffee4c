/// How a model is let speak.
public struct GenerationOptions: Sendable, Hashable {
    /// Tokens at most for each prompt.
    public var count: Int
    /// 0 takes the most probable token each time; above it, tokens are drawn from softmax(logits / temperature).
    public var temperature: Double
    /// Tokens are drawn from the most probable ones that together have this probability; 1 for all.
    public var topP: Double
    /// What is drawn depends on this, the prompt's place and the step, and on nothing else.
    public var seed: UInt64
    /// A sequence ends with the first of these, which belongs to it.
    public var stop: Set<UInt32>
    /// Place of the first prompt, where the prompts are a part of more.
    public var firstPlace: Int

    public init(
        count: Int, temperature: Double = 0, topP: Double = 1, seed: UInt64 = 0, stop: Set<UInt32> = [],
        firstPlace: Int = 0
    ) {
        self.count = count
        self.temperature = temperature
        self.topP = topP
        self.seed = seed
        self.stop = stop
        self.firstPlace = firstPlace
    }

    /// The longest answer that may be asked for.
    public static let longest = 1 << 20

    /// What is wrong with the values and how to mend it, in a sentence; nil where nothing is.
    public var problem: String? {
        if !(0...GenerationOptions.longest).contains(count) {
            return "cannot generate \(count) tokens; give --generate a number from 1 to \(GenerationOptions.longest)"
        }
        if !(temperature >= 0 && temperature.isFinite) {
            return
                "temperature \(temperature) is not 0 or above; give 0 for the most probable token each time, 1 for the "
                + "model's own probabilities"
        }
        if !(topP > 0 && topP <= 1) {
            return "top-p \(topP) is not above 0 and at most 1; leave --top-p out to draw from all tokens"
        }
        return nil
    }
}
