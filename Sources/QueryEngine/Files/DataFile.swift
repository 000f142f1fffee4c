import QueryLanguage
import TensorFiles

/// A file of the user's that `read` gives: a table, or an array of numbers.
enum DataFile {
    case table(Table)
    case frame(Frame)

    static let tableLimit = 64 << 20
    static let arrayLimit = 1 << 30
    static let endings = [".csv", ".tsv", ".jsonl", ".npy", ".npz"]

    /// Reads the file by its ending.
    ///
    /// - Throws: `FileError`, naming the line or byte that is wrong.
    init(path: String) throws(FileError) {
        if path.hasSuffix(".csv") || path.hasSuffix(".tsv") {
            self = .table(try DataTable.separated(path, by: path.hasSuffix(".csv") ? "," : "\t"))
        } else if path.hasSuffix(".jsonl") {
            self = .table(try DataTable.lines(path))
        } else if path.hasSuffix(".npy") {
            self = .frame(try DataArray.npy(path))
        } else if path.hasSuffix(".npz") {
            self = .frame(try DataArray.npz(path))
        } else {
            throw FileError(
                path: path, problem: "files of this kind can't be read",
                mend: "`read` takes \(DataFile.endings.joined(separator: ", "))")
        }
    }

    var type: QueryType {
        switch self {
        case .table(let table): return QueryType(.table(table.columns))
        case .frame(let frame):
            let element: Element = if case .vectors(_, let width) = frame.payload { .vector(width) } else { .float }
            return QueryType(element, (frame.outer + frame.inner).map { Dimension($0.name, labels: $0.labels) })
        }
    }
}
