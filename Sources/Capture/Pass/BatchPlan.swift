/// Groups consecutive prompts so that each group has about the same number of tokens.
enum BatchPlan {
    /// Ranges that cover `prompts` in order, none empty; a group exceeds `tokens` only where a single prompt does.
    static func batches(of prompts: Range<Int>, tokenCounts: [Int], tokens: Int) -> [Range<Int>] {
        var batches: [Range<Int>] = []
        var start = prompts.lowerBound
        var sum = 0
        for index in prompts {
            if index > start, sum + tokenCounts[index] > tokens {
                batches.append(start..<index)
                start = index
                sum = 0
            }
            sum += tokenCounts[index]
        }
        if start < prompts.upperBound { batches.append(start..<prompts.upperBound) }
        return batches
    }
}
