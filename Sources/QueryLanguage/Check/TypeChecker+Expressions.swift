import Tensor

extension TypeChecker {
    /// The typed node of an expression.
    mutating func check(_ expr: Expr) throws(Diagnostic) -> PlanNode {
        switch expr.kind {
        case .integer, .float, .string, .boolean, .noneLiteral, .list:
            return constantNode(try constant(expr), expr)
        case .name(let name), .reference(let name):
            return try named(name, expr, forced: expr.kind.isReference)
        case .lastResult(let number):
            let number = number ?? scope.lastResult
            if let number, scope.brokenResults.contains(number) {
                throw Diagnostic(Diagnostic.follows, expr.span, "`_\(number)` has an error of its own")
            }
            guard let number, let node = scope.results[number] else {
                let count = scope.results.count
                throw Diagnostic(
                    "no-result", expr.span, number.map { "there is no result _\($0)" } ?? "there is no result yet",
                    help: count == 0
                        ? "`_1` is the first value shown: run something first, or begin with `capture(…)`"
                        : "values are numbered as they are shown: there \(count == 1 ? "is _1" : "are _1 to _\(scope.lastResult ?? count)")"
                )
            }
            return node
        case .call(let name, let arguments):
            return try call(name, inputs: [], arguments, span: expr.span)
        case .member(let base, let name):
            return try each(of: try check(base), at: expr.span) {
                (checker, node) throws(Diagnostic) in
                try checker.site(name.text, of: node, span: name.span, expr: expr)
            }
        case .method(let base, let name, let arguments):
            guard name.text == "site", arguments.count == 1, arguments[0].label == nil else {
                throw Diagnostic(
                    "no-methods", name.span, "values have no methods",
                    help: VerbTable.verb(name.text) == nil && scope.defs[name.text] == nil
                        ? "a verb stands behind `|`; `[\(name.text)=…]` chooses along a dimension"
                        : "write `… | \(name.text)(…)`")
            }
            guard case .string(let text) = try constant(arguments[0].value) else {
                throw Diagnostic(
                    "wrong-argument", arguments[0].span, "`.site(…)` takes a site's name as a string",
                    help: "`.site(\"blocks.3.hook_resid_post\")`")
            }
            return try each(of: try check(base), at: expr.span) {
                (checker, node) throws(Diagnostic) in
                try checker.site(text, of: node, span: arguments[0].span, expr: expr)
            }
        case .index(let base, let selectors):
            return try choose(try check(base), selectors, expr)
        case .unary(let op, let operand):
            if let folded = try? constant(expr) { return constantNode(folded, expr) }
            return try each(of: try check(operand), at: expr.span) {
                (checker, node) throws(Diagnostic) in try checker.unary(op, node, expr)
            }
        case .binary(let op, let left, let right):
            if let folded = try? constant(expr) { return constantNode(folded, expr) }
            let (first, second) = try checkBoth(left, right)
            return try sides(op, first, second, expr)
        case .versus:
            throw Diagnostic(
                "stray-vs", expr.span, "`vs` compares classes and stands in `contrast`",
                help: "`contrast(group, \"a\" vs \"b\")`")
        case .pipeline(let head, let stages):
            var node: PlanNode
            do throws(Diagnostic) {
                node = try check(head)
            } catch {
                checkUntyped(stages[...])
                throw error
            }
            for (place, stage) in stages.enumerated() {
                do throws(Diagnostic) {
                    node = try call(stage.name, inputs: [node], stage.arguments, span: stage.span)
                } catch {
                    checkUntyped(stages[(place + 1)...])
                    throw error
                }
            }
            return node
        }
    }

    private func unary(_ op: UnaryOperator, _ node: PlanNode, _ expr: Expr) throws(Diagnostic) -> PlanNode {
        try checkDepth([node], at: expr.span)
        guard node.type.element.isNumeric || (op == .minus && node.type.element.isVector) else {
            throw Diagnostic(
                "wrong-type", expr.span, "`\(op.rawValue)` takes numbers; this is \(node.type)",
                help: VerbTable.wordsForNumbers(node.type.element)
                    ?? "write it before a number, or before what gives numbers")
        }
        var type = node.type
        if op == .not { type.element = .bool } else if !type.element.isVector { type.element = .float }
        return PlanNode(
            op == .not ? .not : .negate, inputs: [node], type: type, span: expr.span, text: source[expr.span])
    }

    /// Two values that don't depend on each other: errors of both are reported.
    private mutating func checkBoth(_ left: Expr, _ right: Expr) throws(Diagnostic) -> (PlanNode, PlanNode) {
        let first: PlanNode
        do throws(Diagnostic) {
            first = try check(left)
        } catch {
            note { (checker) throws(Diagnostic) in _ = try checker.check(right) }
            throw error
        }
        return (first, try check(right))
    }

    /// Keeps an error beside the one that ends the statement.
    mutating func note(_ attempt: (inout TypeChecker) throws(Diagnostic) -> Void) {
        do throws(Diagnostic) { try attempt(&self) } catch { others.append(error) }
    }

    func constantNode(_ value: Constant, _ expr: Expr) -> PlanNode {
        let type: QueryType
        switch value {
        case .bool: type = QueryType(.bool)
        case .int: type = QueryType(.int)
        case .double: type = QueryType(.float)
        case .string, .none: type = QueryType(.string)
        case .list(let items):
            type = QueryType(
                items.allSatisfy { $0.number != nil } ? .float : .string,
                [Dimension("item", labels: items.compactMap(\.label))])
        }
        return PlanNode(.constant(value), inputs: [], type: type, span: expr.span, text: source[expr.span])
    }

    private mutating func named(_ name: String, _ expr: Expr, forced: Bool) throws(Diagnostic) -> PlanNode {
        if let node = scope.lets[name] { return node }
        if let value = scope.params[name] { return constantNode(value, expr) }
        if scope.broken.contains(name) {
            throw Diagnostic(Diagnostic.follows, expr.span, "`\(name)` has an error of its own")
        }
        if !forced, let verb = VerbTable.verb(name), verb.inputs == 0 {
            return try call(Name(name, span: expr.span), inputs: [], [], span: expr.span)
        }
        if !forced, let def = scope.defs[name] {
            // A `def` without parameters is called without brackets too, as verbs are.
            return try expand(Name(name, span: expr.span), def, inputs: [], [], span: expr.span)
        }
        if VerbTable.verb(name) != nil {
            throw Diagnostic(
                "verb-without-value", expr.span, "`\(name)` needs a value on its left", help: "`capture(…) | \(name)`")
        }
        if lacksNames { throw Diagnostic(Diagnostic.follows, expr.span, "`\(name)` may be in a file that is missing") }
        let known = Array(scope.lets.keys) + Array(scope.params.keys)
        guard !forced else {
            throw .unknown("`let` or `param`", name, among: known.sorted(), at: expr.span, code: "unknown-name")
        }
        let sources = VerbTable.all.filter { $0.inputs == 0 && $0.isBuilt }.map(\.name)
        let defs = Array(scope.defs.keys)
        throw .unknown("name", name, among: (known + sources + defs).sorted(), at: expr.span)
    }

    private func site(_ text: String, of node: PlanNode, span: SourceSpan, expr: Expr) throws(Diagnostic) -> PlanNode {
        let isPair: Bool
        switch node.type.element {
        case .capture: isPair = false
        case .pair(.capture, .capture): isPair = true
        default:
            throw Diagnostic(
                "wrong-type", span, "`.\(text)` chooses a site of a capture; this is \(node.type)",
                help: VerbTable.verb(text) == nil
                    ? "choose the site right after `capture(…)`" : "a verb stands behind `|`: `… | \(text)`")
        }
        let cells = node.captureGrids.flatMap(\.cells)
        if let choice = try SiteChoice.tokenColumn(text, of: node.captureGrids, span: span) {
            var type = node.type.with(isPair ? .pair(.float, .float) : .float)
            type.quantity = text
            return PlanNode(.site(choice), inputs: [node], type: type, span: expr.span, text: ".\(text)")
        }
        // Which of Hugging Face's hidden states is after the final norm depends on the model's depth.
        let meanings = cells.map { SiteNames.site(text, layers: $0.layers) }.unique
        guard let meaning = meanings.first, let named = meaning else {
            if let cell = cells.first, let problem = SiteNames.outOfRange(text, layers: cell.layers) {
                throw Diagnostic(
                    "unknown-site", span, problem,
                    help: "choose one that is there, or name the site itself: `.resid_post`")
            }
            let stored = cells.flatMap { $0.sites.map(\.site.point.rawValue) + $0.tokenColumns.map(\.name) }.unique
            throw .unknown("site", text, among: stored, at: span)
        }
        guard meanings.count == 1 else {
            throw Diagnostic(
                "different-sites", span, "`\(text)` is another site in models of another depth",
                help: "name the site itself, such as `.resid_post`")
        }
        let point = named.point
        let (choice, element) = try SiteChoice.resolve(named, written: text, of: node.captureGrids, span: span)
        var type = node.type.with(isPair ? .pair(element, element) : element)
        type.dims += choice.dims
        if point == .lora { type.quantity = "A·x" }
        return PlanNode(.site(choice), inputs: [node], type: type, span: expr.span, text: ".\(text)")
    }
}

extension Expr.Kind {
    var isReference: Bool { if case .reference = self { true } else { false } }
}
