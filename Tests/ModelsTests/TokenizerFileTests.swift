import Foundation
import TensorFiles
import Testing

@testable import Models

/// Files that must be refused: by name where they are of an unknown kind, with a typed error whatever they hold.
@Suite struct TokenizerFileTests {
    /// The smallest tokenizer there can be, with some parts replaced.
    static func file(_ parts: [String: String] = [:]) -> String {
        let alphabet = (0..<256).map { byte -> UInt32 in
            let isPrintable = (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE
            if isPrintable { return UInt32(byte) }
            return UInt32(0x100 + (byte < 0x21 ? byte : byte < 0xA1 ? byte - 0x7F + 0x21 : 0x43))
        }
        var vocabulary: [String] = []
        for (id, scalar) in alphabet.enumerated() { vocabulary.append("\"\\u\(hex(scalar))\":\(id)") }
        vocabulary.append("\"ab\":256")
        var all = [
            "added_tokens": "[{\"id\":257,\"content\":\"<x>\",\"special\":true}]", "normalizer": "null",
            "pre_tokenizer": "{\"type\":\"ByteLevel\",\"add_prefix_space\":false}", "post_processor": "null",
            "decoder": "{\"type\":\"ByteLevel\"}", "type": "\"BPE\"", "merges": "[\"a b\"]",
            "extra": "\"dropout\":null",
            "vocab": "{" + vocabulary.joined(separator: ",") + "}",
        ]
        all.merge(parts) { $1 }
        func part(_ name: String) -> String { all[name] ?? "null" }
        return """
            {"version":"1.0","added_tokens":\(part("added_tokens")),"normalizer":\(part("normalizer")),
            "pre_tokenizer":\(part("pre_tokenizer")),"post_processor":\(part("post_processor")),"decoder":\(part("decoder")),
            "model":{"type":\(part("type")),\(part("extra")),"vocab":\(part("vocab")),"merges":\(part("merges"))}}
            """
    }

    private static func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }

    static func problem(_ text: String) -> String {
        do throws(FileError) {
            _ = try Tokenizer(bytes: Array(text.utf8), path: "tokenizer.json")
            return "no error"
        } catch {
            return error.description
        }
    }

    @Test func readsTheSmallest() throws {
        let tokenizer = try Tokenizer(bytes: Array(Self.file().utf8), path: "x")
        #expect(tokenizer.encode("ab<x>é", addSpecialTokens: true) == [256, 257, 0xC3, 0xA9])
        #expect(tokenizer.encode(" ba\n", addSpecialTokens: true) == [32, 98, 97, 10])
        #expect(tokenizer.encode("", addSpecialTokens: true).isEmpty)
    }

    /// Merges whose results are parts of each other: every one makes the word shorter, so that none goes on for ever.
    @Test func mergesInARingEnd() throws {
        let ring = Self.file(["merges": #"["a b", "b a", "ab a", "ba b", "aba ba"]"#])
            .replacing(#""ab":256"#, with: #""ab":256,"ba":257,"aba":258,"bab":259,"ababa":260"#)
            .replacing(#""id":257"#, with: #""id":261"#)
        let tokenizer = try Tokenizer(bytes: Array(ring.utf8), path: "x")
        #expect(tokenizer.encode("aba", addSpecialTokens: false) == [258])
        #expect(tokenizer.encode("babab", addSpecialTokens: false) == [98, 256, 256])
        let long = String(repeating: "ab", count: 20_000)
        #expect(tokenizer.encode(long, addSpecialTokens: false) == [UInt32](repeating: 256, count: 20_000))
    }

    private static func replacing(_ pattern: String, by content: String) -> String {
        #"{"type":"Replace","pattern":{"String":"\#(pattern)"},"content":"\#(content)"}"#
    }

    static let refused: [([String: String], String)] = [
        (["type": "\"Unigram\""], "model.type: the model \"Unigram\" is not known"),
        (["type": "\"WordPiece\""], "\"WordPiece\""),
        (["extra": "\"dropout\":0.1"], "dropout"),
        (["extra": "\"continuing_subword_prefix\":\"##\""], "\"##\" is not supported"),
        (["normalizer": "{\"type\":\"Precompiled\"}"], "the normalizer \"Precompiled\" is not known"),
        (["normalizer": "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"StripAccents\"}]}"], "\"StripAccents\""),
        (
            ["normalizer": "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"(a+)+$\"},\"content\":\"\"}"],
            "a Replace of the expression \"(a+)+$\" is not supported"
        ),
        (["normalizer": #"{"type":"Replace","pattern":{"String":""},"content":"a"}"#], "expected 1 to 256 bytes"),
        (["normalizer": replacing("a", by: String(repeating: "a", count: 2000))], "more than 1,024 times as long"),
        (["pre_tokenizer": "null"], "the decoder \"ByteLevel\" is not known"),
        (["pre_tokenizer": "{\"type\":\"Metaspace\"}"], "has no \"replacement\""),
        (["pre_tokenizer": "{\"type\":\"Metaspace\",\"replacement\":\"ab\"}"], "expected one letter"),
        (
            ["pre_tokenizer": "{\"type\":\"Metaspace\",\"replacement\":\"_\",\"prepend_scheme\":\"often\"}"],
            "the scheme \"often\" is not known"
        ),
        (["pre_tokenizer": "{\"type\":\"Whitespace\"}"], "the pre-tokenizer \"Whitespace\" is not known"),
        (
            ["pre_tokenizer": #"{"type":"Sequence","pretokenizers":[{"type":"ByteLevel"},{"type":"Digits"}]}"#],
            "a step follows ByteLevel"
        ),
        (["pre_tokenizer": "null", "decoder": #"{"type":"Strip","content":" ","start":1}"#], "after Fuse"),
        (
            ["pre_tokenizer": "null", "decoder": "null", "extra": #""unk_token":"<q>""#],
            "\"<q>\" is not in the vocabulary"
        ),
        (
            ["pre_tokenizer": #"{"type":"Split","pattern":{"Regex":"(a+)+$"},"behavior":"Isolated","invert":false}"#],
            #"pre_tokenizer.pattern: the pattern "(a+)+$" is not known"#
        ),
        (
            ["pre_tokenizer": #"{"type":"Split","pattern":{"String":" "},"behavior":"Sideways"}"#],
            "the behavior \"Sideways\" is not known"
        ),
        (["post_processor": "{\"type\":\"BertProcessing\"}"], "has no \"cls\""),
        (["post_processor": "{\"type\":\"Mystery\"}"], "the post-processor \"Mystery\" is not known"),
        (
            ["post_processor": #"{"type":"TemplateProcessing","single":[],"special_tokens":{}}"#],
            "no place for the text"
        ),
        (
            [
                "post_processor":
                    #"{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"q"}},{"Sequence":{}}],"special_tokens":{}}"#
            ], "has no \"q\""
        ),
        (
            [
                "post_processor":
                    #"{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"q"}},{"Sequence":{}}],"special_tokens":{"q":{"ids":[9999]}}}"#
            ], "which no token has"
        ),
        (["decoder": "{\"type\":\"WordPiece\"}"], "the decoder \"WordPiece\" does not fit"),
        (["vocab": "{\"a\":0}"], "no token for the byte 0"),
        (["vocab": "{\"a\":-1}"], "whole number from 0"),
        (["vocab": "{\"a\":99999999999}"], "whole number from 0"),
        (["vocab": "{\"a\":9000000}"], "whole number from 0"),
        (["vocab": "{\"a\":0,\"b\":0}"], "two entries have the id 0"),
        (["vocab": "{\"a\":0,\"a\":1}"], "occurs twice"),
        (["vocab": "[]"], "expected an object"),
        (["merges": "[\"a c\"]"], "model.merges[0]: the merge names a token"),
        (["merges": "[\"ab\"]"], "expected two tokens"), (["merges": "[\"a b c\"]"], "expected two tokens"),
        (["merges": "[[\"a\"]]"], "expected two tokens"), (["merges": "[1]"], "expected a string"),
        (["merges": "{}"], "expected an array"),
        (["added_tokens": "[{\"id\":5,\"content\":\"ab\"}]"], "has the id 5 here and 256"),
        (["added_tokens": "[{\"id\":257,\"content\":\"\"}]"], "is empty"),
        (["added_tokens": "[{\"id\":5,\"content\":\"q!\"}]"], "has the id 5, which is another token's"),
        (["added_tokens": "[{\"id\":300,\"content\":\"q!\"}]"], "has the id 300, but the next one is 257"),
        (["added_tokens": "[{\"id\":257,\"content\":\"\(String(repeating: "a", count: 1025))\"}]"], "1024 bytes"),
        (["added_tokens": "[{\"id\":99999999999,\"content\":\"q\"}]"], "whole number"),
        (["added_tokens": "[{\"id\":7}]"], "has no \"content\""),
    ]

    @Test(arguments: refused.indices) func refuses(_ index: Int) {
        let (parts, expected) = Self.refused[index]
        let found = Self.problem(Self.file(parts))
        #expect(found.contains(expected), "\(found)")
    }

    @Test func namesFileAndMend() {
        #expect(
            Self.problem(Self.file(["type": "\"Unigram\""])).hasSuffix(
                #"for other tokenizers give the prompts as "token_ids""#))
        #expect(Self.problem("{}").contains("tokenizer.json:1:1: has no \"model\""))
        #expect(Self.problem("[]").contains("expected an object"))
        #expect(Self.problem("") != "no error")
    }

    @Test func seededMutationsNeverTrap() {
        var state: UInt64 = 11
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let seed = Array(Self.file().utf8)
        for _ in 0..<60 {
            var bytes = seed
            for _ in 0...random(2) { bytes[random(bytes.count)] = seed[random(seed.count)] }
            guard let tokenizer = try? Tokenizer(bytes: bytes, path: "x") else { continue }
            _ = tokenizer.encode("ab <x> é世界 don't 123\n\n x", addSpecialTokens: true)
        }
    }
}
