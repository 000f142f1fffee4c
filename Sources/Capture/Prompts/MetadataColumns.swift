import Store
import TensorFiles

/// The type of every field so far; whole numbers give way to doubles, nothing else mixes.
struct MetadataColumns {
    private enum Kind: Equatable {
        case one(MetadataType)
        case eachToken
    }

    private var columns: [String: (kind: Kind, line: Int)] = [:]
    private var order: [String: Int] = [:]

    /// Takes in a prompt's fields and brings them into the order in which columns first occurred.
    ///
    /// - Parameter blame: an error about a field: its name, the problem and the mend.
    mutating func check(
        _ prompt: inout Prompt, blame: (_ field: String, _ problem: String, _ mend: String) -> FileError
    ) throws(FileError) {
        let kinds =
            prompt.metadata.map { ($0.name, Kind.one($0.value.type)) }
            + prompt.tokenNumbers.map { ($0.name, .eachToken) }
        for (name, kind) in kinds {
            if order[name] == nil { order[name] = order.count }
            guard let column = columns[name] else {
                columns[name] = (kind, prompt.line)
                continue
            }
            if column.kind == kind || column.kind == .one(.double) && kind == .one(.int) { continue }
            guard column.kind == .one(.int), kind == .one(.double) else {
                throw blame(
                    name, "is \(word(kind)) here and \(word(column.kind)) in line \(column.line)",
                    "use one type in all lines")
            }
            columns[name] = (.one(.double), prompt.line)
        }
        let order = order
        prompt.metadata.sort { (order[$0.name] ?? 0) < (order[$1.name] ?? 0) }
    }

    /// Widens the whole numbers of columns that hold a double elsewhere.
    func unify(_ prompts: inout [Prompt]) {
        for prompt in prompts.indices {
            for field in prompts[prompt].metadata.indices {
                let (name, value) = prompts[prompt].metadata[field]
                if columns[name]?.kind == .one(.double), case .int(let number) = value {
                    prompts[prompt].metadata[field].value = .double(Double(number))
                }
            }
        }
    }

    private func word(_ kind: Kind) -> String {
        switch kind {
        case .one(.string): "a string"
        case .one(.int): "a whole number"
        case .one(.double): "a number"
        case .one(.bool): "true or false"
        case .eachToken: "a list of numbers"
        }
    }
}
