import Store
import TensorFiles

/// The type of every metadata column so far; whole numbers give way to doubles, nothing else mixes.
struct MetadataColumns {
    private struct Column {
        var type: MetadataType
        var line: Int
    }

    private let path: String
    private var columns: [String: Column] = [:]
    private var order: [String: Int] = [:]

    init(path: String) { self.path = path }

    /// Takes in a prompt's fields and brings them into the order in which columns first occurred.
    mutating func check(_ prompt: inout Prompt, _ json: JSONValue) throws(FileError) {
        for (name, value) in prompt.metadata {
            if order[name] == nil { order[name] = order.count }
            guard let column = columns[name] else {
                columns[name] = Column(type: value.type, line: prompt.line)
                continue
            }
            if column.type == value.type || column.type == .double && value.type == .int { continue }
            guard column.type == .int, value.type == .double else {
                throw (json[name] ?? json).error(
                    "is \(word(value.type)) here and \(word(column.type)) in line \(column.line)",
                    mend: "use one type in all lines")
            }
            columns[name] = Column(type: .double, line: prompt.line)
        }
        let order = order
        prompt.metadata.sort { (order[$0.name] ?? 0) < (order[$1.name] ?? 0) }
    }

    /// Widens the whole numbers of columns that hold a double elsewhere.
    func unify(_ prompts: inout [Prompt]) {
        for prompt in prompts.indices {
            for field in prompts[prompt].metadata.indices {
                let (name, value) = prompts[prompt].metadata[field]
                if columns[name]?.type == .double, case .int(let number) = value {
                    prompts[prompt].metadata[field].value = .double(Double(number))
                }
            }
        }
    }

    private func word(_ type: MetadataType) -> String {
        switch type {
        case .string: "a string"
        case .int: "a whole number"
        case .double: "a number"
        case .bool: "true or false"
        }
    }
}
