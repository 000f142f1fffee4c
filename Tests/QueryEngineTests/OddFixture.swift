import QueryEngine
import Store
import Tensor
import TestSupport

/// A store that nobody would make on purpose: names with blanks and other characters, one prompt alone, NaN and infinite
/// activations, layers that only one side has, a capture of one token a prompt.
enum OddFixture {
    /// Columns that are no plain words.
    static func prompts(_ count: Int) -> [PromptRecord] {
        SyntheticCapture.prompts(count).enumerated().map { index, prompt in
            var prompt = prompt
            prompt.metadata = [
                ("my group", .string(index % 2 == 0 ? "a b" : "c`d")), ("in", .int(index)), ("1st", .bool(index == 0)),
                ("a`b", .string(index < 3 ? "low" : "high")), ("x\ny", .double(Double(index) / 2)),
                ("größe", .string(index % 2 == 0 ? "klein" : "groß")), ("None", .int(index % 3)),
                ("part", .string(index % 3 == 2 ? "test" : "train")), ("fold of", .string("f\(index % 3)")),
                ("layer", .int(index)), ("\u{202E}evil", .string("\u{1B}[31m")),
            ]
            return prompt
        }
    }

    static func make(at path: String) throws {
        let writer = try StoreWriter(path: path)
        let noise = SyntheticCapture.noise(seed: 3, latents: 8)
        try SyntheticCapture(model: "odd model", dataset: "one", prompts: Array(prompts(1)), values: noise).write(
            to: writer)
        try SyntheticCapture(model: "odd model", dataset: "naïve 🦜", prompts: prompts(9), latents: 8, values: noise)
            .write(to: writer)
        // NaN in p3, token 1, layer 1; infinity in p4, token 0, layer 0.
        try SyntheticCapture(model: "odd model", dataset: "holes", prompts: prompts(8)) {
            column, prompt, position, place in
            if column == .site(Site(.residPost, layer: 1)), prompt == 3, position == 1, place == 2 { return .nan }
            if column == .site(Site(.residPost, layer: 0)), prompt == 4, position == 0, place == 0 { return .infinity }
            return noise(column, prompt, position, place)
        }.write(to: writer)
        // One layer more and another width.
        try SyntheticCapture(
            model: "wider", dataset: "holes", prompts: prompts(8), layers: 3, hiddenSize: 12, values: noise
        ).write(to: writer)
        // The same width, one layer more.
        try SyntheticCapture(model: "deeper", dataset: "holes", prompts: prompts(8), layers: 3, values: noise).write(
            to: writer)
        let single = prompts(5).map { prompt in
            var prompt = prompt
            prompt.tokenCount = 1
            return prompt
        }
        try SyntheticCapture(
            model: "one wide", dataset: "single", prompts: single, layers: 1, hiddenSize: 1, values: noise
        )
        .write(to: writer)
    }

    static func withSession<T>(threads: Int = 2, _ body: (QuerySession) throws -> T) throws -> T {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/odd"
        try make(at: path)
        return try body(
            QuerySession(store: path, options: QuerySession.Options(threads: threads, exportRoot: folder.path)))
    }
}
