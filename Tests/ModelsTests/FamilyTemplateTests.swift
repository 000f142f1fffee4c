import Foundation
import Tensor
import TensorFiles
import Testing

@testable import Models

/// Templates with the constructs of every family's own, against transformers' `apply_chat_template`; see
/// `Fixtures/make_family_templates.py`.
@Suite struct FamilyTemplateTests {
    struct Recorded {
        var name: String
        var source: String
        var messages: [ChatMessage]
        var generate: Bool
        /// nil where transformers reported an error.
        var text: String?
    }

    static func recorded(_ path: String? = nil) throws -> [Recorded] {
        let json = try BoundedJSON.read(
            path: path ?? tokenizerFixture("family_templates.json"), limit: 64 << 20)
        let conversations = try json.member("conversations").elements().map { conversation in
            try conversation.elements().map {
                ChatMessage(role: try $0.member("role").string(), content: try $0.member("content").string())
            }
        }
        return try json.member("cases").elements().map { entry in
            let name = try entry.member("template").string()
            let source = try json.member("templates").member(name).string()
            return Recorded(
                name: name, source: source, messages: conversations[try entry.member("conversation").int()],
                generate: try entry.member("generate").bool(), text: try entry["text"]?.string())
        }
    }

    @Test func rendersWhatTransformersRenders() throws {
        let cases = try Self.recorded()
        #expect(cases.count > 150 && Set(cases.map(\.name)).count > 10)
        for recorded in cases {
            do {
                let rendered = try ChatTemplateTests.template(recorded.source).render(
                    recorded.messages, addGenerationPrompt: recorded.generate)
                #expect(rendered.text == recorded.text, "\(recorded.name)")
            } catch {
                #expect(recorded.text == nil, "\(recorded.name): \(error)")
            }
        }
    }

    /// What a message says has its role, wherever the template puts it, and nothing else has.
    @Test func contentsKeepTheirRole() throws {
        for recorded in try Self.recorded() where recorded.text != nil && recorded.name != "odds-and-ends" {
            let rendered = try ChatTemplateTests.template(recorded.source)
                .render(recorded.messages, addGenerationPrompt: recorded.generate)
            let bytes = Array(rendered.text.utf8)
            var at = 0
            for segment in rendered.segments {
                #expect(segment.range.lowerBound == at)
                at = segment.range.upperBound
                let text = String(decoding: bytes[segment.range], as: UTF8.self)
                guard segment.role != .template else { continue }
                let quoted = text.replacing("\\\"", with: "\"")
                #expect(
                    recorded.messages.contains {
                        $0.tokenRole == segment.role && ($0.content.contains(text) || quoted.contains($0.content))
                    }, "\(recorded.name): \(text.debugDescription) is no one's")
            }
            #expect(at == bytes.count)
        }
    }

    /// Where a template joins a blank of its own to a word of the message, the token is the message's.
    @Test func wordsAfterABlankBelongToTheirMessage() throws {
        let tokenizer = try Tokenizer(contentsOf: TokenizerCorpusTests.file("llama2.tokenizer.json"))
        let template = try ChatTemplateTests.template(
            "{% for m in messages %}{{ ('[INST] ' + m.content + ' [/INST]') if m.role == 'user' else ' ' + m.content + eos_token }}{% endfor %}"
        )
        let rendered = try template.render(
            [ChatMessage(role: "user", content: "the question"), ChatMessage(role: "assistant", content: "it is not")],
            addGenerationPrompt: false)
        let (ids, roles) = tokenizer.encode(rendered)
        #expect(ids == tokenizer.encode(rendered.text, addSpecialTokens: false))
        func text(_ role: TokenRole) -> String { tokenizer.decode(zip(ids, roles).filter { $0.1 == role }.map(\.0)) }
        #expect(text(.user) == "the question" && text(.assistant) == "it is not")
        #expect(roles.last == .template)
    }
}
