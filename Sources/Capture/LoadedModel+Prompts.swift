internal import Models
internal import Store
internal import Tensor
internal import TensorFiles

extension LoadedModel {
    /// Reads a file of prompts (JSONL or CSV) and tokenises it as the model's folder says.
    ///
    /// A conversation whose last turn is not the assistant's ends with the template's opening of an answer. Without a chat
    /// template, a question and its answer are one text, tokenised as a whole, of which each part keeps its role.
    public func prompts(_ path: String) throws -> [TokenizedPrompt] {
        let prompts = try PromptFile.read(path)
        let isChat = prompts.contains { if case .messages = $0.content { true } else { false } }
        let mayBeChat = prompts.contains { if case .exchange = $0.content { true } else { false } }
        var template: ChatTemplate?
        if isChat || mayBeChat && ChatTemplate.exists(folder: folder) { template = try ChatTemplate(folder: folder) }
        return try prompts.map { prompt in
            let tokens = try tokens(of: prompt, template, path: path)
            return TokenizedPrompt(
                key: prompt.id, source: prompt.source, metadata: prompt.metadata.map { ($0.name, $0.value) },
                ids: tokens.ids, roles: tokens.roles, tokenNumbers: prompt.tokenNumbers,
                place: "\(path):\(prompt.line)")
        }
    }

    private func tokens(
        of prompt: Prompt, _ template: ChatTemplate?, path: String
    ) throws(CaptureError) -> (ids: [UInt32], roles: [TokenRole]) {
        if case .tokens(let ids, let roles) = prompt.content {
            return (ids, roles ?? [TokenRole](repeating: .text, count: ids.count))
        }
        do throws(FileError) {
            guard let tokenizer else {
                throw tokenizerProblem ?? FileError(path: folder, problem: "has no tokenizer")
            }
            if let template, !prompt.messages.isEmpty {
                return tokenizer.encode(
                    try template.render(prompt.messages, addGenerationPrompt: prompt.asksForAnswer))
            }
            switch prompt.content {
            case .exchange(let question, let answer):
                return tokenizer.encodeText([(question, .user), (answer, .assistant)])
            case .text(let text): return tokenizer.encodeText([(text, .text)])
            case .messages, .tokens: return ([], [])
            }
        } catch {
            throw CaptureError(.prompt, "\(path):\(prompt.line): prompt \"\(prompt.id)\": \(error)")
        }
    }
}
