import QueryLanguage
import Tensor
import TensorFiles

/// Tables of text files, with the type of a column that all its cells have.
enum DataTable {
    /// RFC 4180 with a header.
    static func separated(_ path: String, by separator: Unicode.Scalar) throws(FileError) -> Table {
        var reader = try CSVReader(
            try InputFile(path: path).contents(limit: DataFile.tableLimit), path: path, separator: separator)
        guard let header = try reader.next() else {
            throw FileError(path: path, problem: "holds no header", mend: "name the columns in the first line")
        }
        try check(header.fields, path: path)
        var columns = header.fields.map { _ in [String]() }
        var count = 0
        while let row = try reader.next() {
            try checkWanted(path, after: count)
            count += 1
            guard row.fields.count == header.fields.count else {
                throw FileError(
                    path: path, place: .line(row.lines[0], column: 1),
                    problem: "the row has \(row.fields.count) fields, the header \(header.fields.count)",
                    mend: "put fields with separators or line ends in quotation marks")
            }
            for (place, field) in row.fields.enumerated() { columns[place].append(field) }
        }
        var cells: [[Constant]] = []
        for column in columns { cells.append(try typed(column, path: path)) }
        return table(names: header.fields, cells)
    }

    /// Throws where nobody waits for the table any more.
    private static func checkWanted(_ path: String, after count: Int) throws(FileError) {
        guard count & 0xFF == 0, WorkWatch.isCancelled else { return }
        throw FileError(path: path, problem: "reading was given up")
    }

    /// One JSON object a line; columns in the order in which their keys are first seen.
    static func lines(_ path: String) throws(FileError) -> Table {
        let bytes = try InputFile(path: path).contents(limit: DataFile.tableLimit)
        var names: [String] = []
        var places: [String: Int] = [:]
        var cells: [[Constant]] = []
        var count = 0
        for (line, text) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            try checkWanted(path, after: line)
            guard text.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { continue }
            let value = try BoundedJSON.parse(Array(text), path: path, limit: DataFile.tableLimit, firstLine: line + 1)
            var members = try value.members()
            while let (key, value) = members.next() {
                let name = try key.string()
                if places[name] == nil {
                    places[name] = names.count
                    names.append(name)
                    cells.append(Array(repeating: .none, count: count))
                }
                guard let place = places[name] else { continue }
                cells[place].append(try constant(value))
            }
            count += 1
            for place in cells.indices where cells[place].count < count { cells[place].append(.none) }
        }
        guard !names.isEmpty else {
            throw FileError(path: path, problem: "holds no object", mend: "write one JSON object a line")
        }
        try check(names, path: path)
        for (place, column) in cells.enumerated() {
            guard kind(of: column) == nil else { continue }
            throw FileError(
                path: path, problem: "`\(names[place])` holds texts in some lines and numbers in others",
                mend: "write one kind of value for each key")
        }
        return table(names: names, cells)
    }

    private static func check(_ names: [String], path: String) throws(FileError) {
        var seen: Set<String> = []
        for name in names {
            guard !name.isEmpty, seen.insert(name).inserted else {
                throw FileError(
                    path: path, place: .line(1, column: 1),
                    problem: name.isEmpty ? "a column has no name" : "there are two columns \"\(name)\"",
                    mend: "name every column once")
            }
        }
    }

    private static func table(names: [String], _ cells: [[Constant]]) -> Table {
        let columns = zip(names, cells).map { name, column in
            TableColumn(name, kind(of: column) ?? .string)
        }
        let widened = zip(columns, cells).map { column, cells in
            column.kind == .double ? cells.map { cell in cell.number.map { .double($0) } ?? cell } : cells
        }
        let rows = (0..<(cells.first?.count ?? 0)).map { row in widened.map { $0[row] } }
        return Table(columns: columns, rows: rows)
    }

    private static func constant(_ value: JSONValue) throws(FileError) -> Constant {
        switch value.kind {
        case .null: return .none
        case .bool: return .bool(try value.bool())
        case .string: return .string(try value.string())
        case .number:
            if value.isWholeNumber, let number = try? value.int() { return .int(number) }
            return .double(try value.double())
        case .array, .object:
            throw value.error(
                "expected a text, a number, true, false or null, found \(value.shown)",
                mend: "a cell of a table holds one value")
        }
    }

    /// Cells of a text file: all true or false, all whole numbers as JSON writes them, all numbers, else texts. Empty ones are missing.
    private static func typed(_ texts: [String], path: String) throws(FileError) -> [Constant] {
        var values: [Constant] = []
        for (place, text) in texts.enumerated() {
            try checkWanted(path, after: place)
            if text.isEmpty {
                values.append(.none)
                continue
            }
            // The first text makes the column one of texts.
            guard text.utf8.count <= 64, let value = try? BoundedJSON.parse(Array(text.utf8), path: path, limit: 64),
                value.kind == .bool || value.kind == .number, let cell = try? constant(value)
            else { break }
            values.append(cell)
        }
        guard values.count == texts.count, let kind = kind(of: values), kind != .string else {
            return texts.map { $0.isEmpty ? .none : .string($0) }
        }
        return values
    }

    /// The kind that all cells have, missing ones apart; texts where there are none at all; nil where kinds are mixed.
    private static func kind(of cells: [Constant]) -> TableColumn.Kind? {
        var kinds: Set<TableColumn.Kind> = []
        for cell in cells {
            switch cell {
            case .bool: kinds.insert(.bool)
            case .int: kinds.insert(.int)
            case .double: kinds.insert(.double)
            case .string: kinds.insert(.string)
            case .none, .list: break
            }
        }
        if kinds == [.int, .double] { return .double }
        return kinds.count > 1 ? nil : kinds.first ?? .string
    }
}
