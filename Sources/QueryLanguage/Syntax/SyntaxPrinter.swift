/// The canonical one-line text of a syntax tree: parsing it gives an equal tree.
public enum SyntaxPrinter {
    /// One expression or pipeline.
    public static func text(_ expression: Expr) -> String {
        switch expression.kind {
        case .pipeline(let head, let stages):
            text(head, least: Level.versus) + stages.map { " | " + text($0) }.joined()
        default: text(expression, least: Level.versus)
        }
    }

    /// One stage, without its `|`.
    public static func text(_ stage: Stage) -> String {
        stage.arguments.isEmpty ? name(stage.name) : name(stage.name) + text(stage.arguments)
    }

    /// One statement.
    public static func text(_ statement: Statement) -> String {
        switch statement.kind {
        case .use(let path): return "use " + quoted(path)
        case .include(let path): return "include " + quoted(path)
        case .param(let name, let type, let initial):
            return "param " + self.name(name) + (type.map { ": " + $0.text } ?? "")
                + (initial.map { " = " + text($0) } ?? "")
        case .let(let name, let value): return "let \(self.name(name)) = " + text(value)
        case .define(let name, let parameters, let body):
            return "def \(self.name(name))(\(parameters.map { self.name($0) }.joined(separator: ", "))) = " + text(body)
        case .assert(let condition, let message):
            return "assert " + argument(condition) + (message.map { ", " + quoted($0) } ?? "")
        case .show(let value):
            let shown = text(value)
            // The head that nobody wrote is left out again.
            return statement.continuesLastResult && shown.hasPrefix("_")
                ? String(shown.dropFirst().drop { $0 == " " }) : shown
        }
    }

    /// A whole file: description, then one statement a line.
    public static func text(_ file: QueryFile) -> String {
        let lines = file.description.map { $0.isEmpty ? "#:" : "#: " + $0 } + file.statements.map { text($0) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func name(_ word: Name) -> String { name(word.text) }

    /// A name as it is written: in backquotes where it is no plain word, such as the column `my group`.
    public static func name(_ word: String) -> String {
        let scalars = word.unicodeScalars
        let isWord =
            scalars.first.map { $0 == "_" || $0.properties.isXIDStart } == true
            && scalars.allSatisfy { $0 == "_" || $0.properties.isXIDContinue }
        let isResult = scalars.first == "_" && scalars.dropFirst().allSatisfy { ("0"..."9").contains($0) }
        let isReserved = Keyword(rawValue: word) != nil || Parser.foreignWords.contains(word)
        let isPlain = isWord && !isResult && !isReserved
        return isPlain ? word : quoted(word, in: "`")
    }

    /// A string as a literal.
    public static func quoted(_ text: String) -> String { quoted(text, in: "\"") }

    private static func quoted(_ text: String, in mark: Unicode.Scalar) -> String {
        "\(mark)\(content(text, in: mark))\(mark)"
    }

    /// A text as it is written between such marks: the mark itself and what nobody sees are escaped.
    static func content(_ text: String, in mark: Unicode.Scalar) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case mark: out += "\\\(mark)"
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            default:
                if VisibleText.isHidden(scalar) {
                    out += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
                } else {
                    out.unicodeScalars.append(scalar)
                }
            }
        }
        return out
    }

    /// How tightly an expression holds together; the operators' own numbers lie between.
    private enum Level {
        static let versus = 0
        static let not = 3
        static let unary = 7
        static let postfix = 9
    }

    private static func level(_ expression: Expr) -> Int {
        switch expression.kind {
        case .pipeline: -1
        case .versus: Level.versus
        case .binary(let infix, _, _): infix.precedence
        case .unary(.not, _): Level.not
        case .unary(.minus, _): Level.unary
        default: Level.postfix + 1
        }
    }

    /// The text, in brackets where it binds more loosely than `least`.
    private static func text(_ expression: Expr, least: Int) -> String {
        let own = level(expression)
        if own < least { return "(" + text(expression) + ")" }
        switch expression.kind {
        case .integer(let value): return String(value)
        case .float(let value): return String(describing: value)
        case .string(let value): return quoted(value)
        case .boolean(let value): return value ? "true" : "false"
        case .noneLiteral: return "none"
        case .name(let word): return name(word)
        case .reference(let word): return "@" + name(word)
        case .lastResult(let number): return "_" + (number.map { String($0) } ?? "")
        case .list(let values): return "[" + values.map { argument($0) }.joined(separator: ", ") + "]"
        case .call(let called, let arguments): return name(called) + text(arguments)
        case .member(let base, let member): return target(base) + "." + name(member)
        case .method(let base, let method, let arguments): return target(base) + "." + name(method) + text(arguments)
        case .index(let base, let selectors):
            return target(base) + "[" + selectors.map { text($0) }.joined(separator: ", ") + "]"
        case .unary(.not, let operand): return "not " + text(operand, least: Level.not)
        case .unary(.minus, let operand): return "-" + text(operand, least: Level.unary)
        case .binary(.power, let left, let right):
            return text(left, least: Level.postfix) + " ** " + text(right, least: Level.unary)
        case .binary(let infix, let left, let right):
            // Comparisons stand alone on both sides; the others associate to the left.
            let leftLeast = infix.isComparison ? own + 1 : own
            return text(left, least: leftLeast) + " \(infix.rawValue) " + text(right, least: own + 1)
        case .versus(let left, let right): return text(left, least: 1) + " vs " + text(right, least: 1)
        case .pipeline: return "(" + text(expression) + ")"
        }
    }

    private static func argument(_ expression: Expr) -> String { text(expression, least: Level.versus) }

    private static func target(_ base: Expr) -> String {
        // `3.mean` would read as a number.
        if case .integer = base.kind { return "(" + text(base) + ")" }
        if case .float = base.kind { return "(" + text(base) + ")" }
        return text(base, least: Level.postfix)
    }

    private static func text(_ arguments: [Argument]) -> String {
        "(" + arguments.map { ($0.label.map { name($0) + "=" } ?? "") + argument($0.value) }.joined(separator: ", ")
            + ")"
    }

    private static func text(_ selector: Selector) -> String {
        switch selector.choice {
        case .value(let value): return name(selector.dimension) + "=" + argument(value)
        case .range(let from, let to, let step):
            let bounds = (from.map { argument($0) } ?? "") + ":" + (to.map { argument($0) } ?? "")
            return name(selector.dimension) + "=" + bounds + (step.map { ":" + argument($0) } ?? "")
        }
    }
}
