/// Rows of finished strings as a table. Whoever calls it has passed stored text through `Escape`.
public struct TableRenderer: Sendable {
    /// The look of a table.
    public enum Style: String, Sendable, Hashable, CaseIterable {
        /// Rules above, below the titles and at the end, as in a paper.
        case table
        case box
        case md
        case csv
    }

    /// A column's title and where its text goes.
    public struct Column: Sendable, Hashable {
        /// Its title.
        public var title: String
        /// Numbers stand on the right.
        public var isRightAligned: Bool

        /// Left-aligned unless said otherwise.
        public init(_ title: String, isRightAligned: Bool = false) {
            self.title = title
            self.isRightAligned = isRightAligned
        }
    }

    /// The look.
    public var style: Style
    /// Columns of the screen; nil for no limit. `md` and `csv` are never cut.
    public var width: Int?
    /// Rows shown; nil for all.
    public var rowLimit: Int?
    /// Longest text of a cell in columns where there is no `width`, so that one long text does not stretch a file; nil for any.
    public var cellLimit: Int?
    /// Draws with ASCII only.
    public var isASCII: Bool
    /// How to see what is cut off.
    public var hint = "`--format csv` gives all"

    /// Booktabs rules without limits unless said otherwise.
    public init(style: Style = .table, width: Int? = nil, rowLimit: Int? = nil, isASCII: Bool = false) {
        self.style = style
        self.width = width
        self.rowLimit = rowLimit
        self.isASCII = isASCII
    }

    /// The whole table, ending in a newline. `header` stands above it, `footer` below; missing cells are blank.
    public func text(columns: [Column], rows: [[String]], header: String? = nil, footer: String? = nil) -> String {
        if style == .csv { return csv(columns, rows) }
        let shownRows = style == .md ? rows : Array(rows.prefix(rowLimit ?? rows.count))
        var widths = columns.enumerated().map { index, column in
            shownRows.reduce(TextWidth.columns(column.title)) { longest, row in
                max(longest, index < row.count ? TextWidth.columns(row[index]) : 0)
            }
        }
        if style == .md { widths = widths.map { max(3, $0) } }
        var isCut = false
        if style != .md, width == nil, let cellLimit, widths.contains(where: { $0 > cellLimit }) {
            widths = widths.map { min($0, max(1, cellLimit)) }
            isCut = true
        }
        let wanted = widths
        let kept = style == .md ? columns.count : fit(&widths)
        let isFitted = zip(wanted, widths).prefix(kept).contains { $0 > $1 }
        var lines: [String] = []
        if let header { lines.append(header) }
        let body = Frame(style: style, isASCII: isASCII, widths: Array(widths.prefix(kept)), columns: columns)
        lines += body.lines(shownRows)
        var notes: [String] = []
        if shownRows.count < rows.count {
            notes.append("\(NumberFormat.count(shownRows.count)) of \(NumberFormat.count(rows.count)) rows")
        }
        if kept < columns.count { notes.append("\(kept) of \(columns.count) columns") }
        if isCut { notes.append("the first \(cellLimit ?? 0) letters of long texts") }
        if isFitted { notes.append("the beginnings of long texts") }
        if !notes.isEmpty {
            let note = "(shown: \(notes.joined(separator: ", ")); \(hint))"
            lines += width.map { TextWidth.wrapped(note, to: $0, next: " ") } ?? [note]
        }
        if let footer { lines.append(footer) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Makes the columns fit the screen: first long texts are cut, then columns at the right are left out.
    private func fit(_ widths: inout [Int]) -> Int {
        guard let width else { return widths.count }
        let gap = style == .box ? 3 : 2
        let edge = style == .box ? 4 : 0
        func total(_ count: Int, _ widths: [Int]) -> Int {
            widths.prefix(count).reduce(0, +) + gap * max(0, count - 1) + edge
        }
        // No column is cut below this many letters.
        let least = 12
        while total(widths.count, widths) > width, let widest = widths.max(), widest > least,
            let index = widths.firstIndex(of: widest)
        {
            let second = widths.filter { $0 < widest }.max() ?? least
            widths[index] = max(least, second, widest - (total(widths.count, widths) - width))
            if widths[index] == widest { widths[index] -= 1 }
        }
        var kept = widths.count
        while kept > 1, total(kept, widths) > width { kept -= 1 }
        return kept
    }

    private func csv(_ columns: [Column], _ rows: [[String]]) -> String {
        func field(_ text: String) -> String {
            guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
            return "\"" + text.replacing("\"", with: "\"\"") + "\""
        }
        let lines = [columns.map { field($0.title) }] + rows.map { row in row.map(field) }
        return lines.map { $0.joined(separator: ",") + "\n" }.joined()
    }
}
