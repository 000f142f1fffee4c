public import TensorFiles

/// Reads prompts from JSONL, one object a line, or from a table whose name ends in `.csv`, one row a prompt. Both have the
/// fields `id`, and `text`, `messages`, `prompt` and `response`, or `token_ids`; every other field is metadata.
public enum PromptFile {
    /// Longest line read.
    public static let maximumLine = 16 << 20

    /// All prompts of the file, in order, ids unique and every metadata column of one type.
    public static func read(_ path: String) throws(FileError) -> [Prompt] {
        if path.lowercased().hasSuffix(".csv") {
            return try table(InputFile(path: path).contents(limit: CSVReader.maximumBytes), path: path)
        }
        var lines = try LineReader(path: path, limit: maximumLine)
        var list = PromptList()
        while let (bytes, number) = try lines.next() {
            if list.isEmpty, looksLikeTable(bytes) {
                throw FileError(
                    path: path, place: .line(number, column: 1),
                    problem: "looks like the header of a table with commas, and JSON lines are expected",
                    mend: "let the file's name end in .csv, or write one JSON object a line")
            }
            let json = try BoundedJSON.parse(bytes, path: path, limit: maximumLine, firstLine: number)
            var prompt = try PromptLine(json).prompt
            prompt.line = number
            try list.append(prompt) { (json[$0] ?? json).error($1, mend: $2) }
        }
        return try list.finished(path, mend: #"write one JSON object a line, such as {"id": "1", "text": "Hello"}"#)
    }

    /// Whether a line names an id and other fields between commas.
    private static func looksLikeTable(_ line: [UInt8]) -> Bool {
        let fields = line.split(separator: 0x2C).map { field in
            String(decoding: field.filter { $0 != 0x22 && $0 != 0x20 }, as: UTF8.self).lowercased()
        }
        return fields.count > 1 && fields.contains("id")
    }

    /// The prompts of a table with commas.
    ///
    /// - Parameter path: what errors call it.
    public static func table(_ bytes: [UInt8], path: String) throws(FileError) -> [Prompt] {
        try PromptTable(bytes, path: path).prompts()
    }
}

/// Prompts as they are read: no id twice, columns of one type.
struct PromptList {
    private var prompts: [Prompt] = []
    private var lineOfID: [[UInt8]: Int] = [:]
    private var columns = MetadataColumns()

    var isEmpty: Bool { prompts.isEmpty }

    /// - Parameter blame: an error about a field: its name, the problem and the mend.
    mutating func append(
        _ prompt: Prompt, blame: (_ field: String, _ problem: String, _ mend: String) -> FileError
    ) throws(FileError) {
        var prompt = prompt
        if let before = lineOfID.updateValue(prompt.line, forKey: Array(prompt.id.utf8)) {
            throw blame("id", "is the same as in line \(before)", "give every prompt an id of its own")
        }
        try columns.check(&prompt, blame: blame)
        prompts.append(prompt)
    }

    /// - Parameter mend: how a file with a prompt looks.
    func finished(_ path: String, mend: String) throws(FileError) -> [Prompt] {
        guard !prompts.isEmpty else { throw FileError(path: path, problem: "holds no prompt", mend: mend) }
        var prompts = prompts
        columns.unify(&prompts)
        return prompts
    }
}
