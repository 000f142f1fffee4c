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
        let tokenizer = try CaptureFixture.model().tokenizer
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

    @Test func aModelWithoutTemplateSaysSo() throws {
        let folder = try TemporaryDirectory()
        let copy = folder.file("model")
        try FileManager.default.copyItem(atPath: CaptureFixture.path("tiny"), toPath: copy)
        try FileManager.default.removeItem(atPath: copy + "/tokenizer_config.json")
        let path = folder.file("p.jsonl")
        try #"{"id": "q", "messages": [{"role": "user", "content": "x"}]}"#.write(
            toFile: path, atomically: true, encoding: .utf8)
        let model = try LoadedModel(folder: copy)
        let error = #expect(throws: FileError.self) { try model.prompts(path) }
        #expect(error.map { "\($0)".contains("no chat template") } == true)
    }
}
