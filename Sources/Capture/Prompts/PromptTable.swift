import Models
import Store
import TensorFiles

/// Prompts from a table: the header names the fields, an empty cell is a missing value, and the type of a column is that
/// which all its cells have. Cells of `messages`, `token_ids` and `roles` hold JSON.
struct PromptTable {
    private let path: String
    private let names: [String]
    private var rows: [CSVReader.Row] = []

    init(_ bytes: [UInt8], path: String) throws(FileError) {
        self.path = path
        var reader = try CSVReader(bytes, path: path)
        let mend = "write a header and one row a prompt, such as id,text and 1,Hello"
        guard let header = try reader.next() else {
            throw FileError(path: path, problem: "holds no prompt", mend: mend)
        }
        names = header.fields
        var seen: Set<String> = []
        for (name, line) in zip(header.fields, header.lines) {
            let place = FileError.Place.line(line, column: 1)
            guard (1...256).contains(name.utf8.count) else {
                throw FileError(
                    path: path, place: place, problem: "a name in the header has 1 to 256 bytes, found \"\(name)\"",
                    mend: "name every column once")
            }
            guard seen.insert(name).inserted else {
                throw FileError(
                    path: path, place: place, problem: "the header has \"\(name)\" twice",
                    mend: "name every column once")
            }
        }
        guard names.contains("id") else {
            let separator = names.count == 1 ? "; fields are separated by commas" : ""
            throw FileError(
                path: path, place: .line(1, column: 1), problem: "the header has no \"id\"",
                mend: "give every prompt an id, a text unique in the file" + separator)
        }
        while let row = try reader.next() {
            guard row.fields.count == names.count else {
                throw FileError(
                    path: path, place: .line(row.lines[0], column: 1),
                    problem: "the row has \(row.fields.count) fields, the header \(names.count)",
                    mend: "put fields with commas or line ends in quotation marks")
            }
            rows.append(row)
        }
    }

    func prompts() throws(FileError) -> [Prompt] {
        let content: Set<String> = ["id", "text", "messages", "token_ids"]
        let columns = try names.indices.map { (column) throws(FileError) in
            content.contains(names[column]) ? nil : try CSVColumn(rows, column, path: path)
        }
        var list = PromptList()
        for (place, row) in rows.enumerated() {
            var used: Set<String> = content
            var prompt = Prompt(id: "", content: try self.content(of: row, &used), metadata: [], line: row.lines[0])
            guard let id = cell("id", row), PromptLine.isID(id.text) else {
                throw error(row, "id", "an id has 1 to 4,096 bytes and no NUL", "give every prompt an id of its own")
            }
            prompt.id = id.text
            for (column, name) in names.enumerated() where !used.contains(name) {
                switch columns[column]?.cells[place] {
                case .value(let value): prompt.metadata.append((name, value))
                case .numbers(let values): prompt.tokenNumbers.append((name, values))
                case nil: break
                }
            }
            try list.append(prompt) { error(row, $0, $1, $2) }
        }
        return try list.finished(path, mend: "write one row a prompt below the header")
    }

    /// The text of a field that is not empty, and its line.
    private func cell(_ name: String, _ row: CSVReader.Row) -> (text: String, line: Int)? {
        guard let column = names.firstIndex(of: name), !row.fields[column].isEmpty else { return nil }
        return (row.fields[column], row.lines[column])
    }

    private func error(_ row: CSVReader.Row, _ name: String, _ problem: String, _ mend: String) -> FileError {
        let line = names.firstIndex(of: name).map { row.lines[$0] } ?? row.lines[0]
        return FileError(path: path, place: .line(line, column: 1), problem: "\(name): \(problem)", mend: mend)
    }

    private func content(of row: CSVReader.Row, _ used: inout Set<String>) throws(FileError) -> Prompt.Content {
        let ways = ["text", "messages", "token_ids"].filter { cell($0, row) != nil }
        guard ways.count < 2 else {
            throw error(row, ways[0], "the row has \"\(ways[1])\" too", "keep one of them")
        }
        if let text = cell("text", row) { return .text(text.text) }
        if let messages = try json("messages", row) { return .messages(try PromptLine.messages(messages)) }
        if let ids = try json("token_ids", row) {
            used.insert("roles")
            return try PromptLine.tokens(ids, roles: json("roles", row))
        }
        if let question = cell("prompt", row), let answer = cell("response", row) {
            used.formUnion(["prompt", "response"])
            return .exchange(prompt: question.text, response: answer.text)
        }
        throw FileError(
            path: path, place: .line(row.lines[0], column: 1),
            problem: "the row has neither \"text\" nor \"messages\"",
            mend: "fill in text, messages, prompt and response, or token_ids")
    }

    private func json(_ name: String, _ row: CSVReader.Row) throws(FileError) -> JSONValue? {
        guard let cell = cell(name, row) else { return nil }
        return try BoundedJSON.parse(
            Array(cell.text.utf8), path: "\(path):\(name)", limit: PromptFile.maximumLine, firstLine: cell.line)
    }
}

/// One column of a table, typed by all of its cells: booleans, whole numbers, numbers, lists with a number for each token,
/// else texts. What looks like a number but is not written as JSON writes one, such as 007, is text.
private struct CSVColumn {
    enum Cell {
        case value(MetadataValue)
        case numbers([Double])
    }

    private(set) var cells: [Cell?]

    init(_ rows: [CSVReader.Row], _ column: Int, path: String) throws(FileError) {
        let texts = rows.map { $0.fields[column] }
        let parsed = texts.map { text in
            text.isEmpty || text.utf8.count > 64 && !text.hasPrefix("[")
                ? nil : try? BoundedJSON.parse(Array(text.utf8), path: path, limit: PromptFile.maximumLine)
        }
        let isAll = { (holds: (JSONValue) -> Bool) in
            zip(texts, parsed).allSatisfy { $0.isEmpty || $1.map(holds) == true }
        }
        if isAll({ $0.kind == .bool }) {
            cells = parsed.map { $0.flatMap { try? $0.bool() }.map { .value(.bool($0)) } }
        } else if isAll({ $0.isWholeNumber && (try? $0.int()) != nil }) {
            cells = parsed.map { $0.flatMap { try? $0.int() }.map { .value(.int($0)) } }
        } else if isAll({ $0.kind == .number && (try? $0.double()) != nil }) {
            cells = parsed.map { $0.flatMap { try? $0.double() }.map { .value(.double($0)) } }
        } else if isAll({ $0.kind == .array && (try? PromptLine.tokenNumbers($0)) != nil }) {
            cells = parsed.map { $0.flatMap { try? PromptLine.tokenNumbers($0) }.map { .numbers($0) } }
        } else {
            cells = texts.map { $0.isEmpty ? nil : .value(.string($0)) }
        }
    }
}
