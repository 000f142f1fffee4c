import Foundation
import QueryEngine
import QueryLanguage
import Shell
import TensorFiles
import Testing

/// Questions in English, each answered by a few lines of query that `varve docs --all` alone teaches to write.
///
/// `questions/questions.py` works the answers out with NumPy from the fixture's formula, and writes the file.
@Suite struct QuestionTests {
    struct Question: Sendable, CustomTestStringConvertible {
        var english: String
        var query: String
        var answer: String
        var testDescription: String { english }
    }

    static let questions: [Question] = {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("questions/questions.txt")
        let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
        return text.components(separatedBy: "\n\n").compactMap { block in
            let parts = block.trimmingCharacters(in: .newlines).components(separatedBy: "\n----\n")
            let lines = parts[0].components(separatedBy: "\n")
            guard parts.count == 2, lines.count > 1, lines[0].hasPrefix("# ") else { return nil }
            return Question(
                english: String(lines[0].dropFirst(2)), query: lines.dropFirst().joined(separator: "\n"),
                answer: parts[1])
        }
    }()

    @Test func thereAreThirty() {
        #expect(QuestionTests.questions.count >= 30)
        #expect(Set(QuestionTests.questions.map(\.english)).count == QuestionTests.questions.count)
    }

    @Test(arguments: questions)
    func theQueryGivesTheAnswer(question: Question) throws {
        #expect(question.query.components(separatedBy: "\n").count <= 6)
        let shown = try EngineFixture.withSession { try $0.answers(question.query) }
        let found = try leaves(
            BoundedJSON.parse(Array(shown[shown.count - 1].json().utf8), path: "answer").member("data"))
        let wanted = try leaves(BoundedJSON.parse(Array(question.answer.utf8), path: "expected"))
        #expect(found.count == wanted.count)
        for (a, b) in zip(found, wanted) {
            switch (a, b) {
            // Activations are stored as 32-bit floats.
            case (.number(let x), .number(let y)): #expect(abs(x - y) <= 2e-6 * max(1, abs(y)), "\(x), expected \(y)")
            default: #expect(a == b)
            }
        }
    }

    @Test("everything a query is made of stands in the documentation", arguments: questions)
    func theDocumentationSuffices(question: Question) throws {
        let docs = HelpText.everything
        let parsed = Parser.parse(SourceText(name: "question", text: question.query))
        #expect(parsed.diagnostics.isEmpty)
        for verb in question.query.matches(of: /(?:\|\s*|\()([a-z_]+)/).compactMap({
            VerbTable.verb(String($0.output.1))
        }) {
            #expect(docs.contains(verb.usage) && docs.contains(verb.summary))
            #expect(!verb.details.isEmpty && !verb.example.isEmpty, "\(verb.name)")
        }
        // `rename` takes any new name.
        for label in question.query.matches(of: /\b([a-z]+)=[^=]/).map({ String($0.output.1) }) where label != "of" {
            #expect(docs.contains("\(label)="), "\(label)")
        }
        for mark in [".resid_post", ".lora", ".sae", "token=-1", "first_generated", "vs", "assert", "let "] {
            #expect(!question.query.contains(mark) || docs.contains(mark))
        }
    }

    private enum Leaf: Equatable { case number(Double), text(String), none }

    /// Numbers and texts of an answer, in their order.
    private func leaves(_ value: JSONValue) throws -> [Leaf] {
        switch value.kind {
        case .null: return [.none]
        case .bool: return [.text(try value.bool() ? "true" : "false")]
        case .number: return [.number(try value.double())]
        case .string: return [.text(try value.string())]
        case .array:
            var all: [Leaf] = []
            for item in try value.elements() { all += try leaves(item) }
            return all
        case .object:
            var all: [Leaf] = []
            for (_, item) in try value.members() { all += try leaves(item) }
            return all
        }
    }
}
