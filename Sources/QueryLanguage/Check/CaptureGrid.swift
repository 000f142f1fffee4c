import Tensor

extension CaptureGrid {
    /// Resolves `capture(model, dataset)` against the vocabulary.
    ///
    /// A pattern (`*`, `?`) or a list makes a dimension. A pattern of data sets keeps those that every chosen model
    /// has; named ones must all be there.
    init(_ call: VerbCall) throws(Diagnostic) {
        let captures = call.vocabulary.captures
        let models = try NameChoice("model", call, known: captures.map(\.model).unique)
        let datasets = try NameChoice("dataset", call, known: captures.map(\.dataset).unique)
        var byName: [String: [String: CaptureShape]] = [:]
        for capture in captures { byName[capture.model, default: [:]][capture.dataset] = capture }

        var modelNames = models.names
        var datasetNames = datasets.names
        if models.isPattern, !datasets.isPattern {
            modelNames.removeAll { model in !datasetNames.allSatisfy { byName[model]?[$0] != nil } }
        } else if datasets.isPattern {
            datasetNames.removeAll { dataset in !modelNames.allSatisfy { byName[$0]?[dataset] != nil } }
        }
        guard !modelNames.isEmpty, !datasetNames.isEmpty else {
            throw Diagnostic(
                "no-capture", call.span, "no data set is captured for all of \(models.names.joined(separator: ", "))",
                help: "name models that share a data set; `captures` lists what is there")
        }
        var cells: [CaptureShape] = []
        for model in modelNames {
            for dataset in datasetNames {
                guard let cell = byName[model]?[dataset] else {
                    let has = captures.filter { $0.model == model }.map(\.dataset)
                    throw Diagnostic(
                        "no-capture", call.arguments.spans["dataset"] ?? call.span,
                        "model `\(model)` has no capture of `\(dataset)`",
                        help: has.isEmpty ? nil : "it has \(has.joined(separator: ", "))")
                }
                cells.append(cell)
            }
        }
        var dims: [Dimension] = []
        if models.isDimension { dims.append(Dimension("model", labels: modelNames.map { .string($0) })) }
        if datasets.isDimension { dims.append(Dimension("dataset", labels: datasetNames.map { .string($0) })) }
        self.init(dims: dims, cells: cells)
    }

    /// The columns with a number per token that all captures have.
    var sharedTokenColumns: [TableColumn] {
        (cells.first?.tokenColumns ?? []).filter { column in cells.allSatisfy { $0.tokenColumns.contains(column) } }
    }

    /// `capture[model, dataset, prompt, token ≤n]` with the columns that all the data sets share.
    func type(in vocabulary: any Vocabulary) -> QueryType {
        let longest = cells.map(\.longestPrompt).max() ?? 0
        let most = cells.map(\.promptCount).max() ?? 0
        let same = cells.allSatisfy { $0.promptCount == most }
        let rows = [
            Dimension("prompt", extent: same ? .exact(most) : .atMost(most)),
            Dimension("token", extent: .atMost(longest)),
        ]
        let names = Set(cells.map(\.dataset))
        let shapes = vocabulary.datasets.filter { names.contains($0.name) }
        var columns: [TableColumn] = [TableColumn("id", .string)]
        for column in shapes.first?.columns ?? [] {
            var merged = column
            var everywhere = true
            for other in shapes.dropFirst() {
                guard let same = other.columns.first(where: { $0.name == column.name && $0.kind == column.kind }) else {
                    everywhere = false
                    break
                }
                merged.values = merged.values.isEmpty || same.values.isEmpty ? [] : (merged.values + same.values).unique
            }
            if everywhere { columns.append(merged) }
        }
        columns += [
            TableColumn("role", .string, level: .token, values: TokenRole.allCases.map(\.name)),
            TableColumn("position", .int, level: .token), TableColumn("token_id", .int, level: .token),
        ]
        // A prompt's column of the same name was there first.
        columns += sharedTokenColumns.filter { column in !columns.contains { $0.name == column.name } }
        return QueryType(.capture, dims + rows, columns: columns)
    }
}

/// Names matched by a string, a pattern or a list of those.
private struct NameChoice {
    var names: [String]
    var isDimension: Bool
    var isPattern: Bool

    init(_ parameter: String, _ call: VerbCall, known: [String]) throws(Diagnostic) {
        isDimension = call.arguments.isSweep(parameter)
        isPattern = false
        names = []
        for item in call.arguments.items(parameter) {
            guard case .string(let text) = item else {
                throw call.wrong(parameter, "`\(parameter)` takes names as strings")
            }
            if text.contains("*") || text.contains("?") {
                isDimension = true
                isPattern = true
                let found = known.filter { Glob.matches(text, $0) }
                guard !found.isEmpty else {
                    throw .unknown(
                        parameter == "model" ? "model" : "data set", text, among: known,
                        at: call.arguments.spans[parameter] ?? call.span)
                }
                names += found
            } else {
                guard known.contains(text) else {
                    throw .unknown(
                        parameter == "model" ? "model" : "data set", text, among: known,
                        at: call.arguments.spans[parameter] ?? call.span)
                }
                names.append(text)
            }
        }
        names = names.unique
    }
}

/// Shell-style patterns over names: `*` any text, `?` one character.
enum Glob {
    static func matches(_ pattern: String, _ name: String) -> Bool {
        let pattern = Array(pattern.unicodeScalars)
        let name = Array(name.unicodeScalars)
        var (p, n) = (0, 0)
        var star: (p: Int, n: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == "*" {
                star = (p, n)
                p += 1
            } else if p < pattern.count, pattern[p] == "?" || pattern[p] == name[n] {
                p += 1
                n += 1
            } else if let last = star {
                p = last.p + 1
                n = last.n + 1
                star = (last.p, last.n + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }
}

extension Array where Element: Hashable {
    /// Each element once, where it first stood.
    var unique: [Element] {
        var seen = Set<Element>()
        return filter { seen.insert($0).inserted }
    }
}
