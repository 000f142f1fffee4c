import Tensor

extension VerbTable {
    static let adapterVerbs: [Verb] = [
        Verb(
            "scaled", .map, "LoRA scalars times their scale and the length of B: how far the adapter moves its output.",
            details: """
                s·‖B‖·(A·x) with s = α/r (α/√r under rsLoRA) and ‖B‖ the Euclidean length of the rank's column of B, both kept with the \
                capture. It stands right after `.lora`, before anything is pooled; choosing layers, prompts and tokens may come between.
                """,
            example: "capture(\"emergent\", \"em-prompts\").lora | scaled | summary"
        ) { (call) throws(Diagnostic) in
            guard let first = call.inputs.first, isStoredScalar(first) else {
                throw call.mismatch(
                    "LoRA scalars as they are stored", help: "put it right after `.lora`: `capture(…).lora | scaled`")
            }
            var type = call.input
            type.quantity = "s·‖B‖·A·x"
            return type
        }
    ]

    /// Whether a value is `.lora` with only rows and entries chosen.
    private static func isStoredScalar(_ node: PlanNode) -> Bool {
        switch node.operation {
        case .site(let choice): return choice.tokenColumn == nil && choice.sites.first?.point == .lora
        case .choose: return node.inputs.first.map(isStoredScalar) ?? false
        case .verb(let name, _):
            return ["where", "head", "sample", "last"].contains(name)
                && (node.inputs.first.map(isStoredScalar) ?? false)
        default: return false
        }
    }
}
