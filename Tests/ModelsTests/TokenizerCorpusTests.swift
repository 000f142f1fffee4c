import Foundation
import TensorFiles
import Testing

@testable import Models

/// 5,600 texts in many scripts against what the `tokenizers` package makes of them; see `Fixtures/make_tokenizer_corpus.py`.
@Suite struct TokenizerCorpusTests {
    static let kinds = [
        "dropped", "fused", "gemma", "gpt4o", "llama2", "llama3", "metaspace", "mistral3", "phi3", "pythia", "qwen2",
        "roberta", "tekken", "unknown",
    ]

    static func file(_ name: String) throws -> String {
        let folder = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/corpus")
        return folder.appendingPathComponent(name).path
    }

    static let corpus: [String] = {
        let lines = try? BoundedJSON.read(path: file("corpus.json"), limit: 8 << 20).elements().map { try? $0.string() }
        return lines?.compactMap { $0 } ?? []
    }()

    static func digest(_ bytes: [UInt8]) -> UInt64 {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return value ^ value >> 32
    }

    /// What differs from a recording.
    struct Comparison {
        /// Lines that have other ids.
        var ids: [String] = []
        /// Lines whose ids are decoded to another text.
        var texts: [String] = []
        /// Of all lines.
        var tokens = 0
    }

    static func compare(
        _ tokenizer: Tokenizer, recorded path: String, lines: [String] = corpus
    ) throws -> Comparison {
        let recorded = try BoundedJSON.read(path: path, limit: 8 << 20)
        let ids = Array(try recorded.member("ids").stringBytes())
        let texts = Array(try recorded.member("texts").stringBytes())
        var result = Comparison()
        func number(_ digits: [UInt8], _ place: Int, _ width: Int) -> UInt64? {
            UInt64(String(decoding: digits[place * width..<(place + 1) * width], as: UTF8.self), radix: 16)
        }
        try #require(lines.count >= 5000 && ids.count == lines.count * 6 && texts.count == lines.count * 4)
        for (place, line) in lines.enumerated() {
            let tokens = tokenizer.encode(line, addSpecialTokens: true)
            result.tokens += tokens.count
            let bytes = unsafe tokens.withUnsafeBytes { unsafe Array($0) }
            if digest(bytes) & 0xFF_FFFF != number(ids, place, 6) { result.ids.append(line) }
            let text = Array(tokenizer.decode(tokens).utf8)
            if digest(text) & 0xFFFF != number(texts, place, 4) { result.texts.append(line) }
        }
        #expect(result.tokens == (try recorded.member("tokens").int()))
        return result
    }

    @Test(arguments: kinds) func givesTheSameIDsAndTextsAsTheLibrary(_ kind: String) throws {
        let tokenizer = try Tokenizer(contentsOf: Self.file("\(kind).tokenizer.json"))
        let other = try Self.compare(tokenizer, recorded: Self.file("\(kind).expected.json"))
        #expect(other.ids.isEmpty, "\(other.ids.count) lines have other ids, first \(other.ids.prefix(3))")
        #expect(other.texts.isEmpty, "\(other.texts.count) lines have other texts, first \(other.texts.prefix(3))")
    }

    /// Every token starts where its text does, and all of them together cover the text in order.
    @Test(arguments: kinds) func tokensStartInOrder(_ kind: String) throws {
        let tokenizer = try Tokenizer(contentsOf: Self.file("\(kind).tokenizer.json"))
        for line in Self.corpus.prefix(700) {
            let bytes = Array(line.utf8)
            let (ids, starts) = tokenizer.tokens(of: bytes)
            #expect(ids.count == starts.count && starts == starts.sorted() && starts.allSatisfy { $0 <= bytes.count })
        }
    }

    /// Without a pre-tokenizer a line is one word: merging it must not take the square of its length.
    @Test(arguments: ["llama2", "gemma", "pythia", "tekken", "metaspace"]) func longLinesAreQuick(_ kind: String) throws
    {
        let tokenizer = try Tokenizer(contentsOf: Self.file("\(kind).tokenizer.json"))
        let clock = ContinuousClock()
        for part in ["ab", "\u{4E16}\u{754C}", " ", "\u{301}\u{316}", "!"] {
            let text = String(repeating: part, count: 100_000 / part.utf8.count)
            let time = clock.measure { #expect(!tokenizer.encode(text, addSpecialTokens: false).isEmpty) }
            #expect(time < .seconds(20), "\(part.debugDescription) took \(time)")
        }
    }
}
