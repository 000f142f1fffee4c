internal import Foundation
internal import QueryEngine
internal import QueryLanguage
internal import Terminal

/// The queries that can be run by name: those that varve brings, and files of the current folder.
enum QueryList {
    /// One a line, with what its first `#:` line says.
    static func text(width screen: Int?) -> String {
        var rows = BuiltInQuery.all.map { ($0.name, description($0.text)) }
        for file in files {
            let text = (try? QueryFiles().file(file, from: ""))?.text ?? ""
            rows.append((Escape.visible(file), Escape.visible(description(text))))
        }
        let width = min(30, rows.map { TextWidth.columns($0.0) }.max() ?? 0)
        return rows.map { name, description in
            let line = TextWidth.padded(name, to: width) + "  " + description
            return (screen.map { TextWidth.truncated(line, to: $0) } ?? line) + "\n"
        }.joined()
    }

    /// The `.vq` files of the current folder.
    static var files: [String] {
        PathCompletion.names(in: ".").filter { $0.hasSuffix(".vq") }
    }

    private static func description(_ text: String) -> String {
        Parser.parse(SourceText(name: "", text: text)).file.description.first ?? ""
    }
}
