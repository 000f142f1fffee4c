import Foundation
import Tensor
import TensorFiles
import Testing

@testable import Models

@Suite struct ChatTemplateTests {
    struct Recorded {
        var name: String
        var template: String
        var messages: [ChatMessage]
        var generate: Bool
        /// nil where jinja2 reported an error.
        var text: String?
    }

    static func recorded() throws -> [Recorded] {
        try BoundedJSON.read(path: tokenizerFixture("chat_templates.json"), limit: 8 << 20).elements().map { json in
            Recorded(
                name: try json.member("name").string(), template: try json.member("template").string(),
                messages: try json.member("messages").elements().map {
                    ChatMessage(role: try $0.member("role").string(), content: try $0.member("content").string())
                }, generate: try json.member("generate").bool(), text: try json["text"]?.string())
        }
    }

    static func template(_ source: String) throws(FileError) -> ChatTemplate {
        try ChatTemplate(
            source: source, path: "chat_template.jinja", specialTokens: ["bos_token": "<s>", "eos_token": "</s>"])
    }

    /// What goes wrong with a template on one message.
    static func problem(_ source: String) -> String {
        do throws(FileError) {
            let text = try template(source).render(
                [ChatMessage(role: "user", content: "Hi")], addGenerationPrompt: true)
            return "rendered \(text.text)"
        } catch {
            return error.description
        }
    }

    @Test func rendersWhatJinjaRenders() throws {
        let cases = try Self.recorded()
        #expect(cases.count > 80)
        for recorded in cases {
            do {
                let rendered = try Self.template(recorded.template).render(
                    recorded.messages, addGenerationPrompt: recorded.generate)
                #expect(rendered.text == recorded.text, "\(recorded.name)")
            } catch {
                #expect(recorded.text == nil, "\(recorded.name): \(error)")
            }
        }
    }

    @Test func everyByteHasARole() throws {
        for recorded in try Self.recorded() {
            guard
                let rendered = try? Self.template(recorded.template).render(
                    recorded.messages, addGenerationPrompt: recorded.generate)
            else { continue }
            var at = 0
            for segment in rendered.segments {
                #expect(segment.range.lowerBound == at && !segment.range.isEmpty)
                at = segment.range.upperBound
            }
            #expect(at == rendered.text.utf8.count)
        }
    }

    static let chatML = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"

    @Test func contentsHaveTheirMessagesRole() throws {
        // The contents look like markup and like each other, which a search for them would confuse.
        let messages = [
            ChatMessage(role: "system", content: "user"), ChatMessage(role: "user", content: "<|im_start|>user\nuser"),
            ChatMessage(role: "assistant", content: "é"), ChatMessage(role: "tool", content: ""),
        ]
        let rendered = try Self.template(Self.chatML).render(messages, addGenerationPrompt: false)
        let bytes = Array(rendered.text.utf8)
        let parts = rendered.segments.filter { $0.role != .template }.map {
            ($0.role, String(decoding: bytes[$0.range], as: UTF8.self))
        }
        #expect(parts.map(\.0) == [.system, .user, .assistant])
        #expect(parts.map(\.1) == ["user", "<|im_start|>user\nuser", "é"])
    }

    @Test func changedContentsKeepTheirRole() throws {
        let source = "{% for m in messages %}{{ ('[' + m.content | trim | upper)[0:3] ~ '.' }}{% endfor %}"
        let rendered = try Self.template(source).render(
            [ChatMessage(role: "user", content: " abc ")], addGenerationPrompt: false)
        #expect(rendered.text == "[AB.")
        #expect(rendered.segments.map(\.role) == [.template, .user, .template])
        #expect(rendered.segments.map(\.range) == [0..<1, 1..<3, 3..<4])
    }

    @Test func tokensGetTheRoleOfTheirFirstByte() throws {
        let tokenizer = try Tokenizer(contentsOf: tokenizerFixture("qwen2.json"))
        let messages = [ChatMessage(role: "user", content: "hi"), ChatMessage(role: "assistant", content: "yes é")]
        let rendered = try Self.template(Self.chatML).render(messages, addGenerationPrompt: false)
        let (ids, roles) = tokenizer.encode(rendered)
        #expect(ids == tokenizer.encode(rendered.text, addSpecialTokens: false))
        func text(_ role: TokenRole) -> String { tokenizer.decode(zip(ids, roles).filter { $0.1 == role }.map(\.0)) }
        #expect(text(.user) == "hi")
        #expect(text(.assistant) == "yes é")
        let end = try #require(tokenizer.specialTokens["<|im_end|>"])
        #expect(zip(ids, roles).allSatisfy { $0.0 != end || $0.1 == .template })
        let plain = tokenizer.encode(RenderedPrompt(text: "hi there"))
        #expect(!plain.roles.isEmpty && plain.roles.allSatisfy { $0 == .text })
    }

    @Test func readsTheTemplateOfAFolder() throws {
        let folder = NSTemporaryDirectory() + "varve-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func put(_ name: String, _ text: String) throws {
            try text.write(toFile: folder + "/" + name, atomically: false, encoding: .utf8)
        }
        func rendered() throws -> String {
            try ChatTemplate(folder: folder).render(
                [ChatMessage(role: "user", content: "Hi")], addGenerationPrompt: true
            ).text
        }
        #expect(throws: FileError.self) { try rendered() }
        try put("tokenizer_config.json", #"{"bos_token": {"content": "<b>"}, "eos_token": null}"#)
        #expect(throws: FileError.self) { try rendered() }
        try put(
            "tokenizer_config.json",
            #"{"bos_token": {"content": "<b>"}, "chat_template": "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}"}"#
        )
        #expect(try rendered() == "<b>Hi")
        try put(
            "tokenizer_config.json",
            #"{"chat_template": [{"name": "tool_use", "template": "no"}, {"name": "default", "template": "yes"}]}"#)
        #expect(try rendered() == "yes")
        try put("chat_template.jinja", "alone\n")
        #expect(try rendered() == "alone")
    }

    static let refused: [(String, String)] = [
        ("{% for m in messages %}", "a block is not closed; end it with else or endfor"),
        ("a\nb{% if x", "chat_template.jinja:2:1: a tag is not closed"), ("{{ 'a }}", "a string is not closed"),
        ("{{ a b }}", "expected the end of the tag, found 'b'"), ("{{ }}", "expected a value"),
        ("{{ (1 }}", "is not closed"),
        ("{% endif %}", "'endif' is not supported or out of place"), ("{% macro f() %}{% endmacro %}", "'macro'"),
        ("{% include 'x' %}", "'include'"), ("{% import 'os' as os %}", "'import'"), ("{% else %}", "'else'"),
        ("{{ 1 / 2 }}", "'/' is not supported"), ("{{ 2 ** 9999 }}", "'**' is not supported"),
        ("{{ 'a' ! }}", "unexpected character"),
        ("{{ ''.__class__ }}", "printing a function is not supported"),
        ("{{ ''.__class__() }}", "'__class__' of a string"),
        ("{{ messages.x.y }}", "'x' is undefined, so it has no 'y'"),
        ("{{ strftime_now('%d') }}", "asks for today's date (strftime_now)"),
        ("{{ 'a'.split(none, 1) }}", "split without a separator, but with a limit"),
        ("{{ 'a' | eval }}", "the filter 'eval' is not supported"),
        ("{{ 1 is divisibleby 3 }}", "the test 'divisibleby'"),
        ("{{ messages }}", "printing a list"), ("{{ 1 + 'a' }}", "'+' is not defined for a number and a string"),
        ("{{ 1 % 0 }}", "division by zero"), ("{{ 9223372036854775807 + 1 }}", "overflows"),
        ("{{ 'a'[::0] }}", "step other than 0"),
        ("{{ 99999999999999999999 }}", "is too large"), ("{% set a.b = 1 %}", "'a' is no namespace"),
        ("{% set a, b = [1] %}", "expected 2 values"), ("{{ raise_exception('No!') }}", "refuses these messages: No!"),
        ("{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}", "too much work"),
        ("{% for i in range(9999999999) %}{% endfor %}", "too much work"),
        ("{% set s = namespace(t='ab') %}{% for i in range(99) %}{% set s.t = s.t + s.t %}{% endfor %}", "grows over"),
        ("{{ 'abcdefgh' * 999999999 }}", "too much work"), ("{{ 1 < 'a' }}", "have no order"),
        ("{{ ''.split('') }}", "not empty"), ("{{ {\(members)} }}", "more than 256 members"),
        ("{% set l = 'a' * 500000 %}{% set n = 'a' * 200000 + 'b' %}{{ n in l }}", "too much work"),
        ("{% set l = 'a' * 500000 %}{{ l.replace('a' * 100000 + 'b', '') }}", "too much work"),
        ("{% set l = 'a' * 900000 %}{% for i in range(9999) %}{% set x = l | length %}{% endfor %}", "too much work"),
        ("{% set l = range(99999) %}{% for i in range(9999) %}{% set x = l == l %}{% endfor %}", "too much work"),
        ("{% set l = range(99999) %}{% for i in range(9999) %}{% set x = l | reverse %}{% endfor %}", "too much work"),
    ]

    private static var members: String { (0..<300).map { "'\($0)': 1" }.joined(separator: ",") }

    @Test(arguments: refused.indices) func refuses(_ index: Int) {
        let (source, expected) = Self.refused[index]
        let found = Self.problem(source)
        #expect(found.contains(expected), "\(found.prefix(300))")
    }

    @Test func deepNestingIsAnError() {
        let parens = "{{ " + String(repeating: "(", count: 5000) + "1" + String(repeating: ")", count: 5000) + " }}"
        #expect(Self.problem(parens).contains("nested too deep"))
        let blocks = String(repeating: "{% if 1 %}", count: 5000) + String(repeating: "{% endif %}", count: 5000)
        #expect(Self.problem(blocks).contains("nested too deep"))
        #expect(Self.problem("{{ a" + String(repeating: ".b", count: 5000) + " }}").contains("too long"))
        #expect(Self.problem("{{ 1" + String(repeating: " + 1", count: 5000) + " }}").contains("too long"))
        #expect(Self.problem("{{ " + String(repeating: "not ", count: 5000) + "1 }}").contains("rendered"))
        #expect(
            Self.problem("{{ " + String(repeating: "1 if 1 else ", count: 5000) + "1 }}").contains("nested too deep"))
    }

    @Test func valuesCannotNestWithoutEnd() {
        let lists = "{% set n = namespace(x=[]) %}{% for i in range(99999) %}{% set n.x = [n.x] %}{% endfor %}"
        #expect(Self.problem(lists).contains("nested too deep"))
        let names = "{% set a = namespace() %}{% set a.b = a %}"
        #expect(Self.problem(names).contains("holds a namespace"))
        #expect(Self.problem("{% set a = namespace(b=namespace()) %}").contains("holds a namespace"))
        #expect(Self.problem(String(repeating: "{% set x = [x] %}", count: 9999)).contains("nested too deep"))
    }

    @Test func seededMutationsNeverTrap() throws {
        var state: UInt64 = 3
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var seeds: [String: [Unicode.Scalar]] = [:]
        for recorded in try Self.recorded() { seeds[recorded.name] = Array(recorded.template.unicodeScalars) }
        for (_, seed) in seeds.sorted(by: { $0.key < $1.key }) {
            for _ in 0..<50 {
                var scalars = seed
                for _ in 0...random(3) {
                    switch random(3) {
                    case 0: scalars[random(scalars.count)] = seed[random(seed.count)]
                    case 1: scalars.remove(at: random(scalars.count))
                    default: scalars.insert(seed[random(seed.count)], at: random(scalars.count))
                    }
                }
                var source = String.UnicodeScalarView()
                source.append(contentsOf: scalars)
                _ = Self.problem(String(source))
            }
        }
    }
}
