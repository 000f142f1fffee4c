internal import QueryLanguage

/// An entry with `seed=N` written into every step that draws and has no seed of its own, as `.seed N` asks.
///
/// The text itself changes, so that history, results and saved files say which seed was used.
enum SeededEntry {
    /// The same text where nothing draws or it does not parse.
    static func text(_ text: String, seed: Int) -> String {
        let parsed = Parser.parse(SourceText(name: "", text: text))
        guard parsed.diagnostics.isEmpty else { return text }
        var calls: [Call] = []
        for statement in parsed.file.statements {
            switch statement.kind {
            case .let(_, let value), .define(_, _, let value), .assert(let value, _), .show(let value):
                collect(value, &calls)
            case .param(_, _, let value): if let value { collect(value, &calls) }
            case .use, .include: continue
            }
        }
        var bytes = Array(text.utf8)
        // From the back, so that places before stay right.
        for call in calls.sorted(by: { $0.span.end > $1.span.end }) {
            insert("seed=\(seed)", into: &bytes, call)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private struct Call {
        var span: SourceSpan
        var hasArguments: Bool
    }

    private static func insert(_ text: String, into bytes: inout [UInt8], _ call: Call) {
        guard call.span.end <= bytes.count, call.span.end > 0 else { return }
        guard bytes[call.span.end - 1] == UInt8(ascii: ")") else {
            bytes.insert(contentsOf: Array("(\(text))".utf8), at: call.span.end)
            return
        }
        let blanks: [UInt8] = [0x20, 0x0A, 0x09]
        let place = (bytes[..<(call.span.end - 1)].lastIndex { !blanks.contains($0) } ?? 0) + 1
        let needsComma = call.hasArguments && bytes[place - 1] != UInt8(ascii: ",")
        bytes.insert(contentsOf: Array(((needsComma ? ", " : call.hasArguments ? " " : "") + text).utf8), at: place)
    }

    private static func note(
        _ name: Name, _ arguments: [Argument], isPiped: Bool, _ span: SourceSpan, _ calls: inout [Call]
    ) {
        for argument in arguments { collect(argument.value, &calls) }
        guard let verb = VerbTable.verb(name.text),
            let place = verb.parameters.firstIndex(where: { $0.name == "seed" }),
            !arguments.contains(where: { $0.label?.text == "seed" })
        else { return }
        // Written as `bootstrap(x, 1000, 7)` the value on the left is the first argument.
        let positional = arguments.count { $0.label == nil } - (isPiped ? 0 : verb.inputs)
        if positional <= place { calls.append(Call(span: span, hasArguments: !arguments.isEmpty)) }
    }

    private static func collect(_ expression: Expr, _ calls: inout [Call]) {
        switch expression.kind {
        case .integer, .float, .string, .boolean, .noneLiteral, .name, .reference, .lastResult: return
        case .list(let items): for item in items { collect(item, &calls) }
        case .call(let name, let arguments): note(name, arguments, isPiped: false, expression.span, &calls)
        case .member(let base, _), .unary(_, let base): collect(base, &calls)
        case .method(let base, let name, let arguments):
            collect(base, &calls)
            note(name, arguments, isPiped: true, expression.span, &calls)
        case .index(let base, _): collect(base, &calls)
        case .binary(_, let left, let right), .versus(let left, let right):
            collect(left, &calls)
            collect(right, &calls)
        case .pipeline(let head, let stages):
            collect(head, &calls)
            for stage in stages { note(stage.name, stage.arguments, isPiped: true, stage.span, &calls) }
        }
    }
}
