/// The names that an expression needs from the statements before it, seen without a store.
///
/// A bare word that can only be a dimension or a column is none of them. Where it may be either it counts: a file with a line too many
/// still means the same, one with a line too few means nothing.
public struct NameUses: Sendable {
    /// Words that a `let`, a `param` or a `def` without parameters may stand behind.
    public private(set) var values: Set<String> = []
    /// Words that are called, or stand behind `|`.
    public private(set) var calls: Set<String> = []
    /// `_` and `_7`, each as often as it stands there.
    public private(set) var results: [Int?] = []

    public init(_ expr: Expr) { read(expr) }

    private mutating func read(_ expr: Expr) {
        switch expr.kind {
        case .integer, .float, .string, .boolean, .noneLiteral: break
        case .name(let name), .reference(let name): values.insert(name)
        case .lastResult(let number): results.append(number)
        case .list(let items): for item in items { read(item) }
        case .call(let name, let arguments): read(name, arguments, inputs: 0)
        case .member(let base, _): read(base)
        case .method(let base, _, let arguments):
            read(base)
            for argument in arguments { read(argument.value) }
        case .index(let base, let selectors):
            read(base)
            for selector in selectors {
                switch selector.choice {
                case .value(let value): read(value)
                case .range(let from, let to, let step): for part in [from, to, step] { part.map { read($0) } }
                }
            }
        case .unary(_, let operand): read(operand)
        case .binary(_, let left, let right), .versus(let left, let right):
            read(left)
            read(right)
        case .pipeline(let head, let stages):
            read(head)
            for stage in stages { read(stage.name, stage.arguments, inputs: 1) }
        }
    }

    /// The arguments of a verb by what it takes there; those of anything else are values.
    private mutating func read(_ name: Name, _ arguments: [Argument], inputs: Int) {
        calls.insert(name.text)
        guard let verb = VerbTable.verb(name.text) else {
            for argument in arguments { read(argument.value) }
            return
        }
        var (inputs, place) = (inputs, 0)
        for argument in arguments {
            if inputs < verb.inputs, argument.label == nil {
                inputs += 1
                read(argument.value)
                continue
            }
            var parameter = argument.label.flatMap { label in verb.parameters.first { $0.name == label.text } }
            if argument.label == nil, place < verb.parameters.count {
                parameter = verb.parameters[place]
                if parameter?.isVariadic == false { place += 1 }
            }
            if verb.parameters.contains(where: \.isRenaming) { parameter = verb.parameters.first(where: \.isRenaming) }
            read(argument.value, as: parameter?.kind)
        }
    }

    private mutating func read(_ expr: Expr, as kind: Parameter.Kind?) {
        switch (kind, expr.kind) {
        case (.dimension?, .name), (.column?, .name), (.renaming?, .name), (.choiceOrColumn?, .name): break
        case (.choice(let words)?, .name(let word)) where words.contains(word): break
        case (.choiceOrNumber(let words)?, .name(let word)) where words.contains(word): break
        case (.predicate?, _): readCondition(expr)
        case (.choice?, .list(let items)), (.choiceOrNumber?, .list(let items)), (.choiceOrColumn?, .list(let items)),
            (.column?, .list(let items)):
            for item in items { read(item, as: kind) }
        default: read(expr)
        }
    }

    /// A bare word compared with something that is none is a column.
    private mutating func readCondition(_ expr: Expr) {
        switch expr.kind {
        case .name: break
        case .unary(.not, let operand): readCondition(operand)
        case .binary(.and, let left, let right), .binary(.or, let left, let right):
            readCondition(left)
            readCondition(right)
        case .binary(_, let left, let right):
            switch (left.kind, right.kind) {
            case (.name, .name):
                read(left)
                read(right)
            case (.name, _): read(right)
            case (_, .name): read(left)
            default:
                read(left)
                read(right)
            }
        default: read(expr)
        }
    }
}
