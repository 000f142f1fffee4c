internal import Models
internal import Store
internal import Tensor
internal import TensorFiles

extension LoadedModel {
    /// Reads a JSONL file of prompts and tokenises it as the model's folder says.
    ///
    /// A conversation whose last turn is not the assistant's ends with the template's opening of an answer.
    public func prompts(_ path: String) throws -> [TokenizedPrompt] {
        let prompts = try PromptFile.read(path)
        let isChat = prompts.contains { if case .messages = $0.content { true } else { false } }
        let template = isChat ? try ChatTemplate(folder: folder) : nil
        return try prompts.map { prompt in
            let (ids, roles) = try tokens(of: prompt, template, path: path)
            return TokenizedPrompt(
                key: prompt.id, source: prompt.source, metadata: prompt.metadata.map { ($0.name, $0.value) }, ids: ids,
                roles: roles, place: "\(path):\(prompt.line)")
        }
    }

    private func tokens(
        of prompt: Prompt, _ template: ChatTemplate?, path: String
    ) throws(CaptureError) -> ([UInt32], [TokenRole]) {
        switch prompt.content {
        case .text(let text):
            let ids = tokenizer.encode(text, addSpecialTokens: true)
            let around = tokenizer.specialTokenCounts
            var roles = [TokenRole](repeating: .text, count: ids.count)
            for place in 0..<min(around.before, ids.count) { roles[place] = .template }
            for place in max(0, ids.count - around.after)..<ids.count { roles[place] = .template }
            return (ids, roles)
        case .tokens(let ids):
            return (ids, [TokenRole](repeating: .text, count: ids.count))
        case .messages(let messages):
            guard let template else { return ([], []) }
            do throws(FileError) {
                return tokenizer.encode(
                    try template.render(messages, addGenerationPrompt: prompt.asksForAnswer))
            } catch {
                throw CaptureError(.prompt, "\(path):\(prompt.line): prompt \"\(prompt.id)\": \(error)")
            }
        }
    }
}
