import Capture
import Foundation
import Models
import Tensor
import TensorFiles
import TestSupport
import Testing

@Suite struct LoadedModelPromptsTests {
    private func read(_ lines: String...) throws -> [TokenizedPrompt] {
        let folder = try TemporaryDirectory()
        let path = folder.file("prompts.jsonl")
        try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
        return try CaptureFixture.model().prompts(path)
    }

    @Test func conversationsFollowTheTemplate() throws {
        let asked = #"{"id": "q", "messages": [{"role": "user", "content": "the question"}], "group": "a", "n": 3}"#
        let answered =
            #"{"id": "a", "messages": [{"role": "user", "content": "the"}, {"role": "assistant", "content": "answer"}]}"#
        let prompts = try read(asked, answered)
        let tokenizer = try #require(CaptureFixture.model().tokenizer)
        #expect(
            tokenizer.decode(prompts[0].ids)
                == "<|im_start|>user\nthe question<|im_end|>\n<|im_start|>assistant\n")
        #expect(
            tokenizer.decode(prompts[1].ids)
                == "<|im_start|>user\nthe<|im_end|>\n<|im_start|>assistant\nanswer<|im_end|>\n")
        func text(_ prompt: TokenizedPrompt, _ role: TokenRole) -> String {
            tokenizer.decode(zip(prompt.ids, prompt.roles).filter { $0.1 == role }.map(\.0))
        }
        #expect(text(prompts[0], .user) == "the question" && text(prompts[0], .assistant).isEmpty)
        #expect(text(prompts[1], .assistant) == "answer")
        #expect(prompts[0].metadata.map(\.0) == ["group", "n"])
    }

    @Test func textsAndTokens() throws {
        let prompts = try read(#"{"id": 1, "text": "the model"}"#, "", #"{"id": "t", "token_ids": [3, 5, 287]}"#)
        #expect(prompts.map(\.key) == ["1", "t"])
        #expect(prompts[0].roles.allSatisfy { $0 == .text } && prompts[0].source == "the model")
        #expect(prompts[1].ids == [3, 5, 287])
    }

    @Test(arguments: [
        (#"{"id": "a"}"#, "has neither"), (#"{"text": "x"}"#, "has no \"id\""), (#"{"id": "a", "text": ""}"#, "empty"),
        (#"{"id": "a", "messages": []}"#, "empty"), (#"{"id": "b", "text": "x"}"#, "same as in line 1"), ("[", ":2:"),
    ])
    func wrongLinesAreNamed(line: String, says: String) {
        let error = #expect(throws: FileError.self) { try read(#"{"id": "b", "text": "fine"}"#, line) }
        #expect(error.map { "\($0)".contains(says) && "\($0)".contains("prompts.jsonl:2") } == true)
    }

    /// A copy of the tiny model without some of its files, or with others.
    private func model(_ folder: TemporaryDirectory, without names: [String], with files: [String: String] = [:]) throws
        -> LoadedModel
    {
        let copy = folder.file("model")
        try FileManager.default.copyItem(atPath: CaptureFixture.path("tiny"), toPath: copy)
        for name in names { try FileManager.default.removeItem(atPath: "\(copy)/\(name)") }
        for (name, text) in files { try text.write(toFile: "\(copy)/\(name)", atomically: true, encoding: .utf8) }
        return try LoadedModel(folder: copy)
    }

    private func write(_ folder: TemporaryDirectory, _ lines: String..., name: String = "p.jsonl") throws -> String {
        let path = folder.file(name)
        try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test func aModelWithoutTemplateSaysSo() throws {
        let folder = try TemporaryDirectory()
        let path = try write(folder, #"{"id": "q", "messages": [{"role": "user", "content": "x"}]}"#)
        let model = try model(folder, without: ["tokenizer_config.json"])
        let error = #expect(throws: FileError.self) { try model.prompts(path) }
        #expect(error.map { "\($0)".contains("no chat template") } == true)
    }

    @Test func withoutTemplateAQuestionAndItsAnswerAreOneText() throws {
        let folder = try TemporaryDirectory()
        let path = try write(folder, #"{"id": "q", "prompt": "the question", "response": " the answer"}"#)
        let model = try model(folder, without: ["tokenizer_config.json"])
        let prompt = try model.prompts(path)[0]
        let tokenizer = try #require(model.tokenizer)
        #expect(prompt.ids == tokenizer.encode("the question the answer", addSpecialTokens: true))
        func text(_ role: TokenRole) -> String {
            tokenizer.decode(zip(prompt.ids, prompt.roles).filter { $0.1 == role }.map(\.0))
        }
        #expect(text(.user) == "the question" && text(.assistant) == " the answer")
        #expect(prompt.place == "\(path):1")
        // With a template it is a conversation.
        let chat = try CaptureFixture.model().prompts(path)[0]
        #expect(
            try #require(CaptureFixture.model().tokenizer).decode(chat.ids).hasPrefix("<|im_start|>user\nthe question"))
        #expect(chat.source == prompt.source)
    }

    @Test(arguments: [nil, #"{"model": {"type": "Unigram"}}"#]) func tokenIDsNeedNoTokenizer(_ file: String?) throws {
        let folder = try TemporaryDirectory()
        let model = try model(
            folder, without: file == nil ? ["tokenizer.json"] : [], with: file.map { ["tokenizer.json": $0] } ?? [:])
        #expect(model.tokenizer == nil && model.tokenPieces.isEmpty)
        #expect(model.tokenizerDigest != (try CaptureFixture.model().tokenizerDigest))
        let given = #"{"id": "t", "token_ids": [3, 5, 287], "roles": ["system", "user", "assistant"], "kl": [1, 2, 3]}"#
        let prompt = try model.prompts(write(folder, given))[0]
        #expect(prompt.ids == [3, 5, 287] && prompt.roles == [.system, .user, .assistant])
        #expect(prompt.tokenNumbers.map(\.name) == ["kl"] && prompt.tokenNumbers[0].values == [1, 2, 3])
        let path = try write(folder, given, #"{"id": "word", "text": "x"}"#)
        let error = #expect(throws: CaptureError.self) { try model.prompts(path) }
        let found = error.map { "\($0)" } ?? ""
        #expect(found.contains("\(path):2: prompt \"word\"") && found.contains("tokenizer.json"))
        #expect(found.contains("token_ids"), "\(found)")
    }

    @Test func aTableIsReadLikeLines() throws {
        let folder = try TemporaryDirectory()
        let table = try write(
            folder, "id,prompt,response,group,n", "a,\"the, question\",the answer,x,1", "b,why,because,y,2",
            name: "p.CSV")
        let lines = try write(
            folder, #"{"id":"a","prompt":"the, question","response":"the answer","group":"x","n":1}"#,
            #"{"id":"b","prompt":"why","response":"because","group":"y","n":2}"#)
        let model = try CaptureFixture.model()
        let (left, right) = (try model.prompts(table), try model.prompts(lines))
        #expect(left.map(\.ids) == right.map(\.ids) && left.map(\.roles) == right.map(\.roles))
        #expect(left.map(\.key) == right.map(\.key) && left.map(\.source) == right.map(\.source))
        #expect(left.map { $0.metadata.map(\.1) } == right.map { $0.metadata.map(\.1) })
        #expect(left[1].place == "\(table):3")
    }
}
