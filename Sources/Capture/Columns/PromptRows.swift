internal import Tensor

/// The prompts of one or more captures, and which of their tokens have rows.
struct PromptRows: Sendable {
    let prompts: [TokenizedPrompt]
    let kept: KeptTokens
    /// Row of the capture at which each prompt begins, and the number of rows at the end.
    let starts: [Int]
    /// Tokens before each prompt, and all at the end.
    let tokenStarts: [Int]
    /// Kept positions by prompt; empty where every token is kept.
    private let positions: [[UInt32]]

    init(_ prompts: [TokenizedPrompt], kept: KeptTokens) throws(CaptureError) {
        self.prompts = prompts
        self.kept = kept
        var positions: [[UInt32]] = []
        var starts = [0]
        var tokenStarts = [0]
        for prompt in prompts {
            let own = kept.positions(roles: prompt.roles)
            if let own {
                guard !own.isEmpty else {
                    throw CaptureError(
                        .prompt, "\(prompt.title) has no token of the assistant, so nothing of it would be kept",
                        mend: "give it an answer, take it out, or use --positions last")
                }
                positions.append(own)
            }
            starts.append(starts[starts.count - 1] + (own?.count ?? prompt.ids.count))
            tokenStarts.append(tokenStarts[tokenStarts.count - 1] + prompt.ids.count)
        }
        self.positions = positions
        self.starts = starts
        self.tokenStarts = tokenStarts
    }

    var rowCount: Int { starts[prompts.count] }
    var tokenCount: Int { tokenStarts[prompts.count] }

    func rows(ofPrompt prompt: Int) -> Int { starts[prompt + 1] - starts[prompt] }

    /// The rows of consecutive prompts.
    func rows(of range: Range<Int>) -> Range<Int> { starts[range.lowerBound]..<starts[range.upperBound] }

    /// Kept positions of a prompt.
    func positions(ofPrompt prompt: Int) -> [UInt32] {
        positions.isEmpty ? (0..<UInt32(prompts[prompt].ids.count)).map { $0 } : positions[prompt]
    }

    /// Places of the kept tokens among all tokens of consecutive prompts; nil where every token is kept.
    func places(of range: Range<Int>) -> [Int]? {
        guard !positions.isEmpty else { return nil }
        let first = tokenStarts[range.lowerBound]
        return range.flatMap { prompt in positions[prompt].map { tokenStarts[prompt] - first + Int($0) } }
    }

    /// The prompt that a token of consecutive prompts belongs to.
    func prompt(ofToken token: Int, in range: Range<Int>) -> TokenizedPrompt {
        let place = tokenStarts[range.lowerBound] + token
        let found = range.first { tokenStarts[$0 + 1] > place } ?? range.lowerBound
        return prompts[found]
    }
}
