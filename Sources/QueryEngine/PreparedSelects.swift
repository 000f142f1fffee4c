import QueryLanguage
import Store
import Synchronization

/// What SELECTs over the catalogue give, found by preparing them: the last ones are remembered, as a query is checked with every key that
/// is typed behind them.
final class PreparedSelects: Sendable {
    private let snapshot: Snapshot
    private let known = Mutex<[(text: String, outline: SQLOutline)]>([])

    /// Texts remembered.
    private static let limit = 8

    init(_ snapshot: Snapshot) { self.snapshot = snapshot }

    /// The columns of its answer.
    ///
    /// - Throws: what is wrong with it; the span counts in the text
    func columns(_ text: String) throws(Diagnostic) -> [TableColumn] {
        let outline = try outline(text)
        if let refusal = outline.refusal {
            throw .sql(refusal.message, in: text, offset: refusal.offset, tables: refusal.tables)
        }
        return outline.columns.map { TableColumn($0.name, PreparedSelects.kind($0.declaredType)) }
    }

    private func outline(_ text: String) throws(Diagnostic) -> SQLOutline {
        let bytes = text.utf8
        if let found = known.withLock({ $0.first { $0.text.utf8.elementsEqual(bytes) } }) { return found.outline }
        let outline: SQLOutline
        do throws(StoreError) {
            outline = try snapshot.outline(ofSQL: text)
        } catch {
            throw Diagnostic("sql", .none, error.description)
        }
        known.withLock { known in
            if known.count == PreparedSelects.limit { known.removeFirst() }
            known.append((text, outline))
        }
        return outline
    }

    /// The catalogue's tables are strict: a column holds what it declares, or nothing.
    private static func kind(_ declared: String?) -> TableColumn.Kind {
        switch declared?.uppercased() {
        case "INTEGER", "INT": .int
        case "REAL": .double
        case "TEXT": .string
        default: .any
        }
    }
}
