/// A pattern as it is read.
indirect enum PatternTree {
    case set(ByteSet)
    case sequence([PatternTree])
    case choice([PatternTree])
    /// From the first number of times to the second, without end where it is nil.
    case repeated(PatternTree, Int, Int?)
    case require(ModulePattern.Condition)

    /// More steps than any pattern over module names needs.
    static let stepLimit = 4096

    /// The steps of the pattern, with `accept` at the end.
    func steps() throws(PatternProblem) -> [ModulePattern.Step] {
        var steps: [ModulePattern.Step] = []
        try append(to: &steps)
        steps.append(.accept)
        return steps
    }

    private func append(to steps: inout [ModulePattern.Step]) throws(PatternProblem) {
        guard steps.count < PatternTree.stepLimit else {
            throw PatternProblem(description: "needs more than \(PatternTree.stepLimit) steps")
        }
        switch self {
        case .set(let set): steps.append(.take(set))
        case .require(let condition): steps.append(.require(condition))
        case .sequence(let parts): for part in parts { try part.append(to: &steps) }
        case .choice(let parts):
            var ends: [Int] = []
            for (place, part) in parts.enumerated() {
                guard place + 1 < parts.count else {
                    try part.append(to: &steps)
                    break
                }
                let fork = steps.count
                steps.append(.jump(0))
                try part.append(to: &steps)
                ends.append(steps.count)
                steps.append(.jump(0))
                steps[fork] = .split(fork + 1, steps.count)
            }
            for end in ends { steps[end] = .jump(steps.count) }
        case .repeated(let part, let least, let most):
            for _ in 0..<least {
                let before = steps.count
                try part.append(to: &steps)
                // Nothing repeated is nothing, however often: the limit above would never stop it.
                if steps.count == before { break }
            }
            guard let most else {
                let fork = steps.count
                steps.append(.jump(0))
                try part.append(to: &steps)
                steps.append(.jump(fork))
                steps[fork] = .split(fork + 1, steps.count)
                return
            }
            var forks: [Int] = []
            for _ in least..<most {
                forks.append(steps.count)
                steps.append(.jump(0))
                try part.append(to: &steps)
            }
            for fork in forks { steps[fork] = .split(fork + 1, steps.count) }
        }
    }
}
