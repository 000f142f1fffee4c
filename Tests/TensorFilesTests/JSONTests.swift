import Testing

@testable import TensorFiles

@Suite struct JSONTests {
    @Test func readsEveryKind() throws {
        let json = try parse(
            #" {"a": 1, "b": -2.5e3, "c": [true, false, null], "d": "x\n\u00e9\ud83d\ude00", "e": {}} "#)
        #expect(try json.member("a").int() == 1)
        #expect(try json.member("a").double() == 1)
        #expect(try json.member("b").double() == -2500)
        #expect(try json.member("d").string() == "x\né😀")
        let list = Array(try json.member("c").elements())
        #expect(list.map(\.kind) == [.bool, .bool, .null])
        #expect(try list[0].bool() && !list[1].bool())
        #expect(try json.members().map { try $0.key.string() } == ["a", "b", "c", "d", "e"])
        #expect(try Array(json.member("e").members()).isEmpty)
        #expect(json["zzz"] == nil)
        #expect(list[0]["a"] == nil)
    }

    @Test func keepsWholeNumbersExact() throws {
        let json = try parse("[9223372036854775807, -9223372036854775808, 9007199254740993, 9223372036854775808, 1.0]")
        let all = Array(try json.elements())
        #expect(try all[0].int() == Int.max)
        #expect(try all[1].int() == Int.min)
        #expect(try all[2].int() == 9_007_199_254_740_993)
        #expect(throws: FileError.self) { try all[3].int() }
        #expect(try all[3].double() == 9.223372036854775808e18)
        #expect(throws: FileError.self) { try all[4].int() }
        #expect(all[3].isWholeNumber && !all[4].isWholeNumber)
    }

    @Test func keepsCanonicallyEqualKeysApart() throws {
        let json = try parse("{\"\u{E9}\": 1, \"e\u{301}\": 2}")
        #expect(try json.member("\u{E9}").int() == 1)
        #expect(try json.member("e\u{301}").int() == 2)
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1", "[1,", "[1,]", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{a:1}",
        "{1:1}",
        "\"", "\"a", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"a\nb\"", "\"\u{1}\"", "01", "-", "+1", ".5", "1.", "1e", "1e+", "0x10", "NaN", "Infinity", "-Infinity",
        "tru",
        "nul", "falsee", "1 2", "[1 2]", "{\"a\" 1}", "[1}", "{\"a\":1]", "\u{FEFF}{}", "'a'", "// c\n1",
        "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}",
    ])
    func refuses(_ text: String) {
        #expect(throws: FileError.self) { try parse(text) }
    }

    @Test(arguments: [
        [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22],
        [0x22, 0xF0, 0x9F],
        [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x80], [0x22, 0xE0, 0x80, 0x80, 0x22],
    ])
    func refusesInvalidUTF8(_ bytes: [Int]) {
        let text = message { _ = try BoundedJSON.parse(bytes.map { UInt8($0) }, path: "x") }
        #expect(text.contains("invalid UTF-8"))
    }

    @Test func boundsDepthAndSize() throws {
        let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(try parse(deep).kind == .array)
        #expect(message { _ = try parse("[" + deep + "]") } == "x.json:1:65: nested deeper than 64 levels")
        #expect(throws: FileError.self) { try parse(String(repeating: "{\"a\":", count: 100_000)) }
        #expect(message { _ = try BoundedJSON.parse([0x20, 0x31], path: "x", limit: 1) }.contains("the limit is 1"))
    }

    @Test func findsDuplicatesAmongMany() throws {
        let members = (0..<5000).map { "\"k\($0)\":\($0)" }
        #expect(try parse("{" + members.joined(separator: ",") + "}").member("k4999").int() == 4999)
        let text = message { _ = try parse("{" + (members + ["\"k17\":0"]).joined(separator: ",") + "}") }
        #expect(text.contains("the key \"k17\" occurs twice"))
    }

    @Test func namesThePlaceAndThePath() throws {
        let json = try parse("{\n  \"hidden_size\": \"x\",\n  \"a\": [{\"b.c\": 1}, {\"b\": [0, null]}]\n}")
        #expect(
            message { _ = try json.member("hidden_size").int() }
                == "x.json:2:18: hidden_size: expected a whole number, found \"x\"")
        let inner = Array(try Array(try json.member("a").elements())[1].member("b").elements())[1]
        #expect(inner.path == "a[1].b[1]")
        #expect(message { _ = try inner.double() } == "x.json:3:31: a[1].b[1]: expected a number, found null")
        #expect(message { _ = try json.member("layers") } == "x.json:1:1: has no \"layers\"")
        #expect(message { _ = try json.member("a").int(in: 0...3) }.contains("expected a whole number"))
        #expect(message { _ = try parse("[1e999]").elements().map { try $0.double() } }.contains("a double can hold"))
    }

    @Test func cutsLongValuesInMessages() throws {
        let json = try parse("\"" + String(repeating: "é", count: 10_000) + "\"")
        #expect(message { _ = try json.int() }.utf8.count < 300)
    }

    @Test func everyTruncationIsAnError() throws {
        let text = Array(#"{"a":[1,2.5,{"b":"x\u00e9"}],"c":true}"#.utf8)
        for count in 0..<text.count {
            #expect(throws: FileError.self) { try BoundedJSON.parse(Array(text[..<count]), path: "x") }
        }
    }

    @Test func seededMutationsNeverTrap() {
        var state: UInt64 = 7
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let seed = Array(#"{"a":[1,-2.5e-3,{"b":"x\u00e9\ud83d\ude00"}],"c":true,"d":null,"e":[[],{}]}"#.utf8)
        for _ in 0..<5000 {
            var bytes = seed
            for _ in 0...random(3) {
                switch random(3) {
                case 0: bytes[random(bytes.count)] = UInt8(random(256))
                case 1: bytes.remove(at: random(bytes.count))
                default: bytes.insert(seed[random(seed.count)], at: random(bytes.count))
                }
            }
            guard let json = try? BoundedJSON.parse(bytes, path: "x") else { continue }
            _ = json.shown
            guard let members = try? json.members() else { continue }
            for (key, value) in members {
                _ = try? key.string()
                _ = try? value.int()
                _ = try? value.double()
                _ = value.path
            }
        }
    }
}

@Suite struct JSONWriterTests {
    @Test func writesWhatTheReaderReads() throws {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("a\"b")
        writer.beginArray()
        for value in [0.1, 1e300, -0.0, .nan, .infinity, .leastNonzeroMagnitude, 1e16] { writer.double(value) }
        writer.float(0.1)
        writer.int(Int.min)
        writer.endArray()
        writer.key("s")
        writer.string("\u{1}\n\t\\\"é😀\u{7F}")
        writer.key("e")
        writer.beginObject()
        writer.endObject()
        writer.key("n")
        writer.null()
        writer.key("t")
        writer.bool(true)
        writer.endObject()
        #expect(
            writer.text.hasPrefix(#"{"a\"b":[0.1,1e+300,-0.0,null,null,5e-324,1e+16,0.1,-9223372036854775808],"s":""#))
        let json = try parse(writer.text)
        #expect(try json.member("s").string() == "\u{1}\n\t\\\"é😀\u{7F}")
        #expect(try Array(json.member("a\"b").elements())[5].double() == .leastNonzeroMagnitude)
    }

    @Test func indents() {
        var writer = JSONWriter(indent: 2)
        writer.beginObject()
        writer.key("a")
        writer.beginArray()
        writer.int(1)
        writer.int(2)
        writer.endArray()
        writer.key("b")
        writer.beginArray()
        writer.endArray()
        writer.endObject()
        #expect(writer.text == "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": []\n}")
    }
}
