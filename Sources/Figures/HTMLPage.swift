/// A figure as one page: the picture, the numbers behind it, and the query that made them. No script, nothing loaded from elsewhere.
///
/// It is well-formed XML too, so that any reader of XML can take the numbers out.
public struct HTMLPage {
    /// What stands beside the picture.
    public struct Content: Sendable {
        /// Headings and rows of the values, in full precision.
        public var columns: [String]
        public var rows: [[String]]
        /// The lines that make the value again.
        public var query: String
        /// Names with their texts: store, generation, version.
        public var facts: [(name: String, text: String)]
        /// What the answer says about itself.
        public var notes: [String]

        public init(
            columns: [String], rows: [[String]], query: String, facts: [(name: String, text: String)], notes: [String]
        ) {
            self.columns = columns
            self.rows = rows
            self.query = query
            self.facts = facts
            self.notes = notes
        }
    }

    /// Rows of numbers that a page holds at most.
    static let rowLimit = 5_000

    /// The page; without a figure it holds the table alone.
    public static func text(_ figure: Figure?, _ content: Content, theme: Theme = .auto) -> String {
        var page = Markup()
        page.raw("<!DOCTYPE html>\n")
        page.begin("html", [("xmlns", "http://www.w3.org/1999/xhtml"), ("lang", "en")])
        page.begin("head")
        page.element("meta", [("charset", "utf-8")])
        page.element("meta", [("name", "viewport"), ("content", "width=device-width, initial-scale=1")])
        page.element("title", text: figure?.title ?? figure.map { $0.yTitle } ?? "varve")
        page.raw("<style>\(style(theme))</style>\n")
        page.end()
        page.begin("body")
        if let figure {
            page.begin("figure")
            page.raw(SVGDrawing.text(figure, theme: theme))
            page.end()
        }
        for note in content.notes { page.element("p", [("class", "note")], text: note) }
        // A reader of a page without a picture came for the numbers.
        page.begin("details", figure == nil ? [("open", "open")] : [])
        page.element("summary", text: "Values")
        table(content, &page)
        page.end()
        page.begin("details", [("open", "open")])
        page.element("summary", text: "Query")
        page.raw(
            "<pre>"
                + content.query.split(separator: "\n", omittingEmptySubsequences: false)
                .map { Markup.escaped(String($0)) }.joined(separator: "\n") + "</pre>\n")
        page.begin("dl")
        for fact in content.facts {
            page.element("dt", text: fact.name)
            page.element("dd", text: fact.text)
        }
        for _ in 0..<4 { page.end() }
        return page.out
    }

    private static func table(_ content: Content, _ page: inout Markup) {
        page.begin("table")
        page.raw("<thead><tr>")
        for column in content.columns { page.element("th", text: column) }
        page.raw("</tr></thead>\n")
        page.begin("tbody")
        for row in content.rows.prefix(rowLimit) {
            page.raw("<tr>" + row.map { "<td>" + Markup.escaped($0) + "</td>" }.joined() + "</tr>\n")
        }
        page.end()
        page.end()
        if content.rows.count > rowLimit {
            page.element("p", text: "the first \(rowLimit) of \(content.rows.count) rows; export .csv for all")
        }
    }

    private static func style(_ theme: Theme) -> String {
        let (light, dark) = (Theme.lightPalette, Theme.darkPalette)
        let ground = theme == .dark ? dark : light
        func colours(_ palette: Theme.Palette) -> String {
            "body{background:\(palette.background);color:\(palette.ink)}summary,.note,dt{color:\(palette.muted)}"
                + "td,th{border-color:\(palette.grid)}"
        }
        let rules =
            "body{font:15px/1.5 Helvetica,Arial,'Liberation Sans',sans-serif;max-width:760px;margin:2rem auto;padding:0 1rem}"
            + "figure{margin:0}svg{max-width:100%;height:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
            + "td,th{padding:.15rem .8rem .15rem 0;border-bottom:1px solid;text-align:left;font-size:13px}"
            + "pre{white-space:pre-wrap;font-size:13px}dl{display:grid;grid-template-columns:max-content auto;gap:0 1rem;font-size:13px}"
            + "dd{margin:0}summary{cursor:pointer;margin:.6rem 0}"
        return rules + colours(ground)
            + (theme == .auto ? "@media (prefers-color-scheme:dark){" + colours(dark) + "}" : "")
    }
}
