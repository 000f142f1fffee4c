internal import QueryEngine
internal import QueryLanguage

/// The example of a verb in the names of the open store: examples are written for the demo's, and people have stores of their own.
struct FittedExample {
    private let session: QuerySession
    private let captures: [CaptureShape]
    private let datasets: [DatasetShape]
    private let tokens: [Token]
    private let bytes: [UInt8]

    init(_ example: String, session: QuerySession) {
        self.session = session
        // Where most is stored an example finds enough rows to split.
        captures = ((try? session.vocabulary.captures) ?? []).sorted { $0.promptCount > $1.promptCount }
        datasets = (try? session.vocabulary.datasets) ?? []
        let source = SourceText(name: "", text: example)
        bytes = source.utf8
        tokens = Lexer.read(source).tokens.filter { !$0.isSynthetic }
    }

    /// The example as it stands where it type-checks, else with captures, a column and a layer of the store in the place of the
    /// demo's; nil where none of them fits, as for latents in a store without an autoencoder.
    var text: String? {
        let plain = String(decoding: bytes, as: UTF8.self)
        if isSound(plain) { return plain }
        for capture in captures.prefix(FittedExample.limit) {
            var places = captureNames(capture)
            for withColumn in [false, true] {
                if withColumn { places += column(capture) }
                for withLayer in [false, true] {
                    let text = replacing(places + (withLayer ? layers(capture) : []))
                    if isSound(text) { return text }
                }
            }
        }
        return nil
    }

    /// Captures that are tried.
    private static let limit = 24

    private func isSound(_ text: String) -> Bool {
        session.check(SourceText(name: "", text: text)).isEmpty
    }

    private struct Replacement {
        var token: Int
        var text: String
    }

    private func replacing(_ replacements: [Replacement]) -> String {
        var out = bytes
        for one in replacements.sorted(by: { $0.token > $1.token }) {
            let span = tokens[one.token].span
            out.replaceSubrange(span.start..<span.end, with: Array(one.text.utf8))
        }
        return String(decoding: out, as: UTF8.self)
    }

    // MARK: - What is replaced

    /// Models and data sets of `capture(…)` and `prompts(…)`: the first name of each becomes the capture's own, others its neighbours'.
    private func captureNames(_ capture: CaptureShape) -> [Replacement] {
        let all = captures
        let models = [capture.model] + all.filter { $0.dataset == capture.dataset }.map(\.model)
        let datasets = [capture.dataset] + all.filter { $0.model == capture.model }.map(\.dataset)
        var (knownModels, knownDatasets): ([String], [String]) = ([], [])
        var found: [Replacement] = []
        /// The name that stands for one of the example.
        func name(_ old: String, _ known: inout [String], _ names: [String]) -> String {
            if !known.contains(old) { known.append(old) }
            let place = known.firstIndex(of: old) ?? 0
            return SyntaxPrinter.quoted(names.uniqued[min(place, names.uniqued.count - 1)])
        }
        for (index, token) in tokens.enumerated() {
            guard case .name(let verb) = token.kind, ["capture", "prompts"].contains(verb),
                index + 1 < tokens.count, tokens[index + 1].kind == .mark(.openRound)
            else { continue }
            var place = verb == "capture" ? 0 : 1
            var depth = 0
            for (next, inside) in tokens.enumerated().dropFirst(index + 2) {
                switch inside.kind {
                case .mark(.openRound), .mark(.openSquare): depth += 1
                case .mark(.closeRound), .mark(.closeSquare): depth -= 1
                case .mark(.comma) where depth == 0: place += 1
                case .string(let old):
                    let new = place == 0 ? name(old, &knownModels, models) : name(old, &knownDatasets, datasets)
                    found.append(Replacement(token: next, text: new))
                default: break
                }
                if depth < 0 { break }
            }
        }
        return found
    }

    /// The demo's column `group` and its values.
    private func column(_ capture: CaptureShape) -> [Replacement] {
        let columns = datasets.first { $0.name == capture.dataset }?.columns ?? []
        guard let column = columns.first(where: { (2...20).contains($0.values.count) }) else { return [] }
        var known: [String] = []
        return tokens.enumerated().compactMap { index, token in
            switch token.kind {
            case .name("group"), .name("domain"), .name("decision"):
                return Replacement(token: index, text: column.name)
            case .string(let value) where ["aligned", "misaligned"].contains { value.hasSuffix($0) }:
                if !known.contains(value) { known.append(value) }
                guard let place = known.firstIndex(of: value), place < column.values.count else { return nil }
                return Replacement(token: index, text: SyntaxPrinter.quoted(column.values[place]))
            default: return nil
            }
        }
    }

    /// `layer=3`, where the store has other layers.
    private func layers(_ capture: CaptureShape) -> [Replacement] {
        guard let layer = capture.storedLayers.first else { return [] }
        return tokens.indices.dropFirst(2).compactMap { index in
            guard case .integer = tokens[index].kind, tokens[index - 1].kind == .mark(.assign),
                tokens[index - 2].kind == .name("layer")
            else { return nil }
            return Replacement(token: index, text: String(layer))
        }
    }
}

extension [String] {
    /// Each once, in the order of their first places.
    fileprivate var uniqued: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}

extension Repl {
    /// Help on a verb, with an example that runs on the open store where there can be one.
    func help(onVerb name: String) -> String? {
        guard let verb = VerbTable.verb(name) else { return nil }
        guard let fitted = FittedExample(verb.example, session: session).text else {
            return HelpText.verb(name, exampleTitle: "for example, on the store of `varve demo`", width: answers.width)
        }
        return HelpText.verb(name, example: fitted, width: answers.width)
    }
}
