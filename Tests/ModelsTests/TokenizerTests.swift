import Foundation
import TensorFiles
import Testing

@testable import Models

/// One text with what the `tokenizers` package made of it; see `Fixtures/make_tokenizer_fixtures.py`.
struct RecordedText {
    var text: String
    var ids: [UInt32]
    var before: [UInt32]
    var after: [UInt32]
    var decoded: String

    static func read(_ path: String) throws -> [RecordedText] {
        func numbers(_ json: JSONValue) throws -> [UInt32] { try json.elements().map { UInt32(try $0.int()) } }
        return try BoundedJSON.read(path: path, limit: 64 << 20).elements().map { json in
            RecordedText(
                text: try json.member("text").string(), ids: try numbers(json.member("ids")),
                before: try numbers(json.member("before")), after: try numbers(json.member("after")),
                decoded: try json.member("decoded").string())
        }
    }
}

func tokenizerFixture(_ name: String) throws -> String {
    let folder = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/tokenizer")
    return folder.appendingPathComponent(name).path
}

@Suite struct TokenizerTests {
    static let names = ["qwen2", "gpt2", "llama3", "digits"]

    static func check(_ tokenizer: Tokenizer, _ cases: [RecordedText]) {
        #expect(cases.count > 300)
        var differing: [String] = []
        for recorded in cases {
            let ids = tokenizer.encode(recorded.text, addSpecialTokens: false)
            let marked = tokenizer.encode(recorded.text, addSpecialTokens: true)
            if ids != recorded.ids || marked != recorded.before + recorded.ids + recorded.after {
                differing.append(recorded.text)
            }
        }
        #expect(differing.isEmpty, "\(differing.count) of \(cases.count) differ, first \(differing.first ?? "")")
    }

    @Test(arguments: names) func givesTheSameIDsAsTheLibrary(_ name: String) throws {
        let tokenizer = try Tokenizer(contentsOf: tokenizerFixture("\(name).json"))
        Self.check(tokenizer, try RecordedText.read(tokenizerFixture("\(name).expected.json")))
    }

    @Test(arguments: names) func decodesLikeTheLibrary(_ name: String) throws {
        let tokenizer = try Tokenizer(contentsOf: tokenizerFixture("\(name).json"))
        for recorded in try RecordedText.read(tokenizerFixture("\(name).expected.json")) {
            // The library's decoder takes the é of this added token for a byte of its alphabet.
            if recorded.text.contains("<norm") { continue }
            #expect(Array(tokenizer.decode(recorded.ids).utf8) == Array(recorded.decoded.utf8))
        }
    }

    @Test func knowsItsTokens() throws {
        let path = try tokenizerFixture("qwen2.json")
        let tokenizer = try Tokenizer(contentsOf: path)
        let end = try #require(tokenizer.specialTokens["<|im_end|>"])
        #expect(tokenizer.pieces[Int(end)] == Array("<|im_end|>".utf8))
        #expect(tokenizer.id(of: "<|im_end|>") == end)
        #expect(tokenizer.specialTokens["<tool_call>"] == nil)
        #expect(tokenizer.id(of: " the").map { tokenizer.pieces[Int($0)] } == Array(" the".utf8))
        #expect(tokenizer.id(of: "no such token") == nil)
        let ids = tokenizer.encode("hi<|im_end|>", addSpecialTokens: false)
        #expect(tokenizer.decode(ids) == "hi<|im_end|>")
        #expect(tokenizer.decode(ids + [4_000_000], skipSpecialTokens: true) == "hi")
        #expect(tokenizer.digest == (try Tokenizer(contentsOf: path)).digest)
        #expect(tokenizer.digest != (try Tokenizer(contentsOf: tokenizerFixture("gpt2.json"))).digest)
    }

    @Test(arguments: names) func tokensStartWhereTheirTextDoes(_ name: String) throws {
        let tokenizer = try Tokenizer(contentsOf: tokenizerFixture("\(name).json"))
        for text in ["x <|im_start|>user\nnaïve 世界 don't", "a  b\n\n c", "a1b22 c", "<|im_end|>"] {
            let bytes = Array(text.utf8)
            let (ids, starts) = tokenizer.tokens(of: bytes)
            #expect(starts == starts.sorted())
            for (index, id) in ids.enumerated() {
                let end = index + 1 < starts.count ? starts[index + 1] : bytes.count
                let piece = tokenizer.pieces[Int(id)]
                #expect(piece.suffix(end - starts[index]) == bytes[starts[index]..<end])
            }
        }
    }

    @Test func composedTextKnowsItsOrigins() {
        let text = Array("ae\u{301}b\u{1112}\u{1161}\u{11AB}c".utf8)
        var composed = TrackedText(text[...])
        UnicodeForm.nfc.apply(to: &composed)
        #expect(composed.bytes == Array("a\u{E9}b\u{D55C}c".utf8))
        #expect([0, 1, 3, 4, 7, 8].map(composed.origin) == [0, 1, 4, 5, 14, 15])
    }

    @Test func longWordsAreQuick() throws {
        let tokenizer = try Tokenizer(contentsOf: tokenizerFixture("qwen2.json"))
        let text = String(repeating: "ab", count: 100_000)
        let clock = ContinuousClock()
        let time = clock.measure { #expect(tokenizer.decode(tokenizer.encode(text, addSpecialTokens: false)) == text) }
        #expect(time < .seconds(20))
    }

    @Test func severalThreadsGetTheSame() async throws {
        let tokenizer = try Tokenizer(contentsOf: tokenizerFixture("qwen2.json"))
        let cases = try RecordedText.read(tokenizerFixture("qwen2.expected.json"))
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask { cases.allSatisfy { tokenizer.encode($0.text, addSpecialTokens: false) == $0.ids } }
            }
            for await isSame in group { #expect(isSame) }
        }
    }
}
