import Foundation
import Models
import Store
import Tensor
import TensorFiles
import Testing

@testable import Capture

@Suite struct PromptFileTests {
    static func read(_ bytes: [UInt8]) throws(FileError) -> [Prompt] {
        let path = NSTemporaryDirectory() + "varve-\(UUID().uuidString).jsonl"
        _ = FileManager.default.createFile(atPath: path, contents: Data(bytes))
        defer { try? FileManager.default.removeItem(atPath: path) }
        do throws(FileError) {
            return try PromptFile.read(path)
        } catch {
            var named = error
            named.path = "p.jsonl"
            throw named
        }
    }

    static func read(_ text: String) throws(FileError) -> [Prompt] { try read(Array(text.utf8)) }

    static func problem(_ bytes: [UInt8]) -> String {
        do throws(FileError) {
            return "\(try read(bytes).count) prompts"
        } catch {
            return error.description
        }
    }

    @Test(arguments: ["id,text\n1,Hello", "\"text\", \"ID\"\nHello,1", "\n\nid,n,prompt\n"])
    func aTableThatIsNotNamedSo(text: String) {
        let line = text.hasPrefix("\n") ? 3 : 1
        #expect(
            Self.problem(Array(text.utf8))
                == "p.jsonl:\(line):1: looks like the header of a table with commas, and JSON lines are expected; "
                + "let the file's name end in .csv, or write one JSON object a line")
    }

    @Test func readsEveryWayToWriteAPrompt() throws {
        let prompts = try Self.read(
            """
            {"id": "a", "text": "Hello", "group": "x", "n": 1}
            {"id": 7, "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}], "n": 2.5}

            {"id": "c", "prompt": "q", "response": "r", "ok": true, "group": null}
            {"id": "d", "token_ids": [1, 2, 3], "prompt": "kept"}
            """)
        #expect(prompts.map(\.id) == ["a", "7", "c", "d"])
        #expect(prompts.map(\.line) == [1, 2, 4, 5])
        #expect(prompts.map(\.asksForAnswer) == [false, true, false, false])
        #expect(prompts[0].content == .text("Hello"))
        #expect(
            prompts[1].content
                == .messages([ChatMessage(role: "system", content: "s"), ChatMessage(role: "user", content: "q")]))
        #expect(prompts[2].content == .exchange(prompt: "q", response: "r"))
        #expect(prompts[3].content == .tokens([1, 2, 3], roles: nil))
        #expect(prompts[0].metadata.map(\.name) == ["group", "n"])
        #expect(prompts[0].metadata.map(\.value) == [.string("x"), .double(1)])
        #expect(prompts[1].metadata.map(\.value) == [.double(2.5)])
        #expect(prompts[2].metadata.map(\.value) == [.bool(true)])
        #expect(prompts[3].metadata.map(\.value) == [.string("kept")])
        #expect(prompts[0].source == "Hello")
        #expect(prompts[2].source == #"[{"role":"user","content":"q"},{"role":"assistant","content":"r"}]"#)
        #expect(prompts[3].source == "[1,2,3]")
    }

    @Test func readsRolesAndNumbersOfTokens() throws {
        let prompts = try Self.read(
            #"{"id": "a", "token_ids": [5, 6, 7], "roles": ["user", "template", "assistant"], "kl": [0.5, null, 2], "n": 1}"#
                + "\n" + #"{"id": "b", "text": "x", "roles": "kept", "grad": [1]}"#)
        #expect(prompts[0].content == .tokens([5, 6, 7], roles: [.user, .template, .assistant]))
        #expect(prompts[0].tokenNumbers.map(\.name) == ["kl"] && prompts[0].metadata.map(\.name) == ["n"])
        #expect(prompts[0].tokenNumbers[0].values[0] == 0.5 && prompts[0].tokenNumbers[0].values[1].isNaN)
        #expect(prompts[1].metadata.map(\.name) == ["roles"] && prompts[1].tokenNumbers[0].values == [1])
    }

    @Test func keepsTheOrderOfColumns() throws {
        let prompts = try Self.read(
            #"{"id":"1","text":"t","b":1,"a":2}"# + "\n" + #"{"a":1,"c":0,"b":2,"id":"2","text":"t"}"#)
        #expect(prompts[1].metadata.map(\.name) == ["b", "a", "c"])
    }

    @Test func toleratesMarksAndLineEnds() throws {
        let text = "\u{FEFF}{\"id\":\"1\",\"text\":\"a\\r\\n\"}\r\n\r\n \t\r\n{\"id\":\"2\",\"text\":\"é😀\"}"
        let prompts = try Self.read(text)
        #expect(prompts.map(\.content) == [.text("a\r\n"), .text("é😀")])
        #expect(prompts.map(\.line) == [1, 4])
    }

    @Test func keepsCanonicallyEqualIDsApart() throws {
        let prompts = try Self.read("{\"id\":\"\u{E9}\",\"text\":\"a\"}\n{\"id\":\"e\u{301}\",\"text\":\"b\"}")
        #expect(prompts.count == 2)
    }

    @Test func readsLinesLongerThanItsBuffer() throws {
        let long = String(repeating: "x", count: 3 << 20)
        let prompts = try Self.read("{\"id\":\"1\",\"text\":\"\(long)\"}\n{\"id\":\"2\",\"text\":\"b\"}\n")
        #expect(prompts[0].content == .text(long))
        #expect(prompts.count == 2)
    }

    static let good = #"{"id":"1","text":"a","n":1,"s":"x"}"# + "\n"
    static let refused: [(String, String)] = [
        ("", "p.jsonl: holds no prompt; write one JSON object a line"),
        ("\n \n\r\n", "holds no prompt"),
        (good + #"{"id":"1","text":"b"}"#, "p.jsonl:2:7: id: is the same as in line 1; give every prompt"),
        (good + #"{"id":"2"}"#, "p.jsonl:2:1: has neither \"text\" nor \"messages\"; add"),
        (#"{"id":"2","prompt":"q"}"#, "has neither"),
        (#"{"id":"2","text":null}"#, "has neither"),
        (#"{"id":"2","text":""}"#, "p.jsonl:1:18: text: is empty"),
        (#"{"id":"2","text":3}"#, "text: expected a string, found 3"),
        (#"{"text":"a"}"#, "has no \"id\""), (#"{"id":"","text":"a"}"#, "id: an id has 1 to 4,096 bytes"),
        (#"{"id":1.5,"text":"a"}"#, "id: expected a string, found 1.5"),
        (#"{"id":"2","text":"a","messages":[]}"#, "has both \"text\" and \"messages\""),
        (#"{"id":"2","messages":[]}"#, "messages: is empty"), (#"{"id":"2","messages":{}}"#, "expected an array"),
        (#"{"id":"2","messages":[{"role":"user"}]}"#, "messages[0]: has no \"content\""),
        (#"{"id":"2","messages":[{"role":"user","content":[1]}]}"#, "messages[0].content: expected a string"),
        (#"{"id":"2","messages":[{"role":"king","content":"a"}]}"#, "the role \"king\" is not known; use system"),
        (#"{"id":"2","messages":[{"role":"user","content":"a","tool_calls":[]}]}"#, "\"tool_calls\" of a message"),
        (#"{"id":"2","token_ids":[]}"#, "token_ids: is empty"),
        (#"{"id":"2","token_ids":[-1]}"#, "token_ids[0]: expected a whole number from 0"),
        (
            #"{"id":"2","text":"a","m":["x"]}"#,
            "p.jsonl:1:27: m[0]: expected a number, found \"x\"; a list holds one number for each token"
        ),
        (#"{"id":"2","text":"a","m":{"k":1}}"#, "found an object"),
        (#"{"id":"2","text":"a","m":[]}"#, "m: is empty; give one number for each token"),
        (good + #"{"id":"2","text":"a","n":[1]}"#, "n: is a list of numbers here and a whole number in line 1"),
        (#"{"id":"2","token_ids":[1,2],"roles":["user"]}"#, "roles: has 1 roles for 2 tokens; give one role"),
        (
            #"{"id":"2","token_ids":[1],"roles":["king"]}"#,
            "roles[0]: the role \"king\" is not known; roles of tokens are"
        ),
        (#"{"id":"2","token_ids":[1],"roles":"user"}"#, "roles: expected an array"),
        (#"{"id":"2","text":"a","m":99999999999999999999}"#, "at most 64 bits"),
        (good + #"{"id":"2","text":"a","n":"x"}"#, "p.jsonl:2:26: n: is a string here and a whole number in line 1"),
        (good + #"{"id":"2","text":"a","s":true}"#, "s: is true or false here and a string in line 1"),
        (good + "[1]", "p.jsonl:2:1: expected an object, found an array"),
        (good + "\n{\"id\":\"2\",\"text\":\"a\"", "p.jsonl:3:21: expected ',' or '}'"),
        (good + #"{"id":"2","id":"3","text":"a"}"#, "p.jsonl:2:11: the key \"id\" occurs twice"),
        (#"{"id":"1","text":"a"} {"id":"2","text":"b"}"#, "expected the end, found '{'"),
        (#"{"id":"1","text":"a","n":NaN}"#, "NaN and Infinity are not JSON"),
        (#"{"id":"1","text":"a","":1}"#, "names of 1 to 256 bytes"),
        ("{\"id\":\"1\",\"text\":\"a\",\"\u{E9}\":1,\"e\u{301}\":2}", "looks the same"),
    ]

    @Test(arguments: refused.indices) func refuses(_ index: Int) {
        let (text, expected) = Self.refused[index]
        let found = Self.problem(Array(text.utf8))
        #expect(found.contains(expected), "\(found)")
    }

    @Test func refusesInvalidUTF8WithItsPlace() {
        let bytes = Array(Self.good.utf8) + Array(#"{"id":"2","text":""#.utf8) + [0xFF] + Array("\"}".utf8)
        #expect(Self.problem(bytes) == "p.jsonl:2:19: invalid UTF-8; save the file as UTF-8")
    }

    @Test func refusesLinesOverTheLimit() {
        let bytes = Array(Self.good.utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: PromptFile.maximumLine + 1)
        #expect(Self.problem(bytes).hasPrefix("p.jsonl:2:1: the line is longer than 16777216 bytes"))
    }

    @Test func refusesWhatIsNoFile() {
        #expect(throws: FileError.self) { try PromptFile.read("/nonexistent/prompts.jsonl") }
        #expect(throws: FileError.self) { try PromptFile.read("/tmp") }
    }

    @Test func seededMutationsNeverTrap() {
        var state: UInt64 = 5
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let seed = Array(
            (Self.good + #"{"id":"2","messages":[{"role":"user","content":"é"}],"n":2.5}"# + "\n"
                + #"{"id":3,"token_ids":[1,2],"n":null}"# + "\r\n").utf8)
        for _ in 0..<400 {
            var bytes = seed
            for _ in 0...random(3) {
                bytes[random(bytes.count)] = random(4) == 0 ? UInt8(random(256)) : seed[random(seed.count)]
            }
            _ = Self.problem(bytes)
        }
    }
}
