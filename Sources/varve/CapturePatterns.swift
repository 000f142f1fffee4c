import Glibc
import Store

/// Captures named on the command line: `MODEL/DATASET`, with `*` and `?` as in a shell.
struct CapturePatterns {
    let texts: [String]

    /// The captures that each pattern names, each once and in the store's order; a pattern that names none is an error.
    func choose(from captures: [CaptureRecord], of store: String) throws -> [CaptureRecord] {
        let names = captures.map(\.name)
        let chosen = try places(in: names, of: store)
        return chosen.map { captures[$0] }
    }

    /// The same for names.
    func places(in names: [String], of store: String, what: String = "capture") throws -> [Int] {
        var chosen: Set<Int> = []
        for text in texts {
            let found = names.indices.filter { CapturePatterns.matches(names[$0], text) }
            guard !found.isEmpty else {
                let known = names.isEmpty ? "there is none" : "there are: " + names.prefix(8).joined(separator: ", ")
                throw StoreError(
                    .unknown, "\(store): no \(what) is called \(text); \(known)\(names.count > 8 ? ", …" : "")")
            }
            chosen.formUnion(found)
        }
        return chosen.sorted()
    }

    /// `*` stands for any characters, `/` among them, so that `poser/*` are all captures of all models below `poser`.
    static func matches(_ name: String, _ pattern: String) -> Bool { unsafe fnmatch(pattern, name, 0) == 0 }
}
