import Foundation
import QueryLanguage

extension Executor {
    /// `: 0.041 <= 0.03 does not hold` of a comparison of two numbers, for a failed `assert`; nothing of any other condition.
    func comparedNumbers(_ node: PlanNode) throws -> String {
        guard case .arithmetic(let infix) = node.operation, ![.and, .or].contains(infix) else { return "" }
        var numbers: [String] = []
        for input in node.inputs {
            guard case .numbers(let values) = try frame(input).payload, let first = values.first, values.count == 1
            else { return "" }
            numbers.append(String(format: "%.6g", first))
        }
        return ": " + numbers.joined(separator: " \(infix.rawValue) ") + " does not hold"
    }
}
