public import FuzzTargets

extension FuzzTarget {
    public static let prompts = FuzzTarget("prompts", PromptInputs.prompts, seeds: PromptInputs.promptSeeds)
    public static let promptTable = FuzzTarget(
        "prompt-table", PromptInputs.promptTable, seeds: PromptInputs.promptTableSeeds)

    /// Parsers of prompts.
    public static let ofPrompts = [prompts, promptTable]
}
