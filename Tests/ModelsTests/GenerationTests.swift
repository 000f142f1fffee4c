import Foundation
import Models
import Tensor
import TensorFiles
import Testing

@Suite struct GenerationTests {
    static let names = ["qwen2", "llama", "mistral", "gemma2", "phi3", "phi3-long", "gpt2", "neox"]
    private static let count = 16

    private static func greedy(_ name: String) throws -> (Decoder, [[UInt32]], [[UInt32]]) {
        let fixture = try Fixture("families/\(name).safetensors")
        let flat = try fixture.indices("greedy")
        let expected = fixture.prompts.indices.map { Array(flat[$0 * count..<($0 + 1) * count]) }
        return (try Decoder(folder: Fixture.path("families/\(name)")), fixture.prompts, expected)
    }

    @Test(arguments: names) func greedyTokensEqualTransformers(name: String) throws {
        let (decoder, prompts, expected) = try Self.greedy(name)
        var workspace = Workspace()
        let together = decoder.generate(prompts, options: GenerationOptions(count: Self.count), workspace: &workspace)
        #expect(together == expected)
        // Alone, in another order, after something else.
        for (prompt, tokens) in zip(prompts, expected).reversed() {
            let alone = decoder.generate([prompt], options: GenerationOptions(count: Self.count), workspace: &workspace)
            #expect(alone == [tokens])
        }
    }

    @Test func theCacheIsWhatAWholePassGives() throws {
        let (decoder, prompts, _) = try Self.greedy("gemma2")
        var workspace = Workspace()
        let new = decoder.generate(prompts, options: GenerationOptions(count: 12), workspace: &workspace)
        // Each generated token is the argmax of a pass without a cache.
        for (prompt, tokens) in zip(prompts, new) {
            let logits = try #require(SiteRun(decoder, [prompt + tokens], finish: .logits).logits)
            #expect(Array(logits.argmaxToken[(prompt.count - 1)..<(prompt.count + tokens.count - 1)]) == tokens)
        }
    }

    @Test func anAdapterChangesWhatIsSaid() throws {
        let (decoder, prompts, expected) = try Self.greedy("llama")
        let adapter = try LoRAAdapter(folder: Fixture.path("families/llama-lora"), for: decoder.config)
        var workspace = Workspace()
        let tuned = decoder.generate(
            prompts, options: GenerationOptions(count: 8), adapter: adapter, workspace: &workspace)
        #expect(tuned != expected.map { Array($0[..<8]) })
        let logits = try #require(SiteRun(decoder, [prompts[1] + tuned[1]], adapter, finish: .logits).logits)
        let from = prompts[1].count - 1
        #expect(Array(logits.argmaxToken[from..<from + 8]) == tuned[1])
    }

    @Test func sequencesEndAtStopTokensAndWherePositionsEnd() throws {
        let (decoder, prompts, expected) = try Self.greedy("gpt2")
        var workspace = Workspace()
        let stop = expected[1][4]
        let stopped = decoder.generate(
            prompts, options: GenerationOptions(count: Self.count, stop: [stop]), workspace: &workspace)
        for (found, whole) in zip(stopped, expected) {
            let end = whole.firstIndex(of: stop).map { $0 + 1 } ?? whole.count
            #expect(found == Array(whole[..<end]))
        }
        let long = decoder.generate(prompts, options: GenerationOptions(count: 100), workspace: &workspace)
        #expect(long.map(\.count) == prompts.map { 48 - $0.count })
        #expect(decoder.generate([], options: GenerationOptions(count: 3), workspace: &workspace).isEmpty)
        #expect(decoder.generate([[5]], options: GenerationOptions(count: 0), workspace: &workspace) == [[]])
        var asked = 0
        let cut = decoder.generate(prompts, options: GenerationOptions(count: 9), workspace: &workspace) {
            asked += 1
            return asked > 3
        }
        #expect(cut.map(\.count) == [3, 3, 3])
    }

    /// The first token of many prompts that are all the same: its frequencies are the model's probabilities.
    @Test(arguments: [(0.7, 1.0), (1.3, 0.6), (1.0, 0.9)]) func samplingFollowsTheDistribution(
        temperature: Double, topP: Double
    ) throws {
        let (decoder, prompts, _) = try Self.greedy("gemma2")
        let times = 1500
        var workspace = Workspace()
        var options = GenerationOptions(count: 1, temperature: temperature, topP: topP, seed: 5)
        let many = [[UInt32]](repeating: [prompts[1][0]], count: times)
        let drawn = decoder.generate(many, options: options, workspace: &workspace).map { $0[0] }
        #expect(drawn == decoder.generate(many, options: options, workspace: &workspace).map { $0[0] })
        // A part of the prompts draws what the whole does.
        options.firstPlace = 100
        #expect(
            decoder.generate(Array(many[..<7]), options: options, workspace: &workspace).map { $0[0] }
                == Array(drawn[100..<107]))
        options.seed = 6
        #expect(decoder.generate(many, options: options, workspace: &workspace).map { $0[0] } != drawn)

        let expected = try Self.probabilities(decoder, prompts[1][0], temperature, topP)
        var counts = [Double](repeating: 0, count: expected.count)
        for token in drawn { counts[Int(token)] += 1 }
        #expect(expected.indices.allSatisfy { expected[$0] > 0 || counts[$0] == 0 })
        // Pearson's statistic over cells that expect at least five: its mean is the degrees of freedom, its variance twice that.
        let cells = expected.indices.filter { expected[$0] * Double(times) >= 5 }
        let statistic = cells.reduce(0.0) { sum, cell in
            let mean = expected[cell] * Double(times)
            return sum + (counts[cell] - mean) * (counts[cell] - mean) / mean
        }
        let degrees = Double(cells.count - 1)
        #expect(cells.count > 3 && statistic < degrees + 4 * (2 * degrees).squareRoot(), "\(statistic) of \(degrees)")
    }

    /// What sampling should give, computed the long way from log-probabilities of one pass for each token.
    private static func probabilities(
        _ decoder: Decoder, _ first: UInt32, _ temperature: Double, _ topP: Double
    ) throws -> [Double] {
        let vocabulary = UInt32(decoder.config.vocabularySize)
        let pairs = (0..<vocabulary).map { [first, $0] }
        let logits = try #require(SiteRun(decoder, pairs, finish: .logits).logits)
        let logs = (0..<Int(vocabulary)).map { Double(logits.nextLogProbability[2 * $0]) / temperature }
        let weights = logs.map { exp($0) }
        let total = weights.reduce(0, +)
        var kept = [Double](repeating: 0, count: weights.count)
        var sum = 0.0
        for token in weights.indices.sorted(by: { weights[$0] > weights[$1] }) where sum < topP * total {
            kept[token] = weights[token]
            sum += weights[token]
        }
        return kept.map { $0 / sum }
    }

    @Test func optionsThatMakeNoSenseAreNamed() {
        #expect(GenerationOptions(count: -1).problem?.contains("-1") == true)
        #expect(GenerationOptions(count: 1, temperature: .nan).problem != nil)
        #expect(GenerationOptions(count: 1, temperature: -0.5).problem?.contains("-0.5") == true)
        #expect(GenerationOptions(count: 1, topP: 0).problem?.contains("top-p") == true)
        #expect(GenerationOptions(count: 1, topP: 1.5).problem != nil)
        #expect(GenerationOptions(count: 1, temperature: 1, topP: 0.5).problem == nil)
    }

    @Test func stopTokensComeFromTheFolder() throws {
        let folder = try TemporaryFolder(copying: "tiny")
        #expect(try GenerationDefaults(folder: folder.path).stop.isEmpty)
        try folder.replace("\"eos_token_id\": null", by: "\"eos_token_id\": 7", in: "config.json")
        #expect(try GenerationDefaults(folder: folder.path).stop == [7])
        try #"{"eos_token_id": [3, 4]}"#.write(
            toFile: folder.path + "/generation_config.json", atomically: true, encoding: .utf8)
        #expect(try GenerationDefaults(folder: folder.path).stop == [3, 4])
        try #"{"eos_token_id": "x"}"#.write(
            toFile: folder.path + "/generation_config.json", atomically: true, encoding: .utf8)
        #expect(throws: FileError.self) { try GenerationDefaults(folder: folder.path) }
    }
}
