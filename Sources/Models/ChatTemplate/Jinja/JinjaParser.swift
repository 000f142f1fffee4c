/// Pieces → statements. What chat templates do not need is refused by its name.
struct JinjaParser {
    private let pieces: [(piece: JinjaLexer.Piece, line: Int)]
    private var at = 0
    private var depth = 0

    static func parse(_ template: String) throws(JinjaError) -> [JinjaNode] {
        var lexer = try JinjaLexer(template)
        var parser = JinjaParser(pieces: try lexer.pieces())
        let (nodes, end) = try parser.block(until: [])
        precondition(end == nil, "no word ends the template")
        return nodes
    }

    private init(pieces: [(piece: JinjaLexer.Piece, line: Int)]) { self.pieces = pieces }

    /// The nodes up to a statement that starts with one of `words`, and the parser behind that word.
    private mutating func block(until words: [String]) throws(JinjaError) -> ([JinjaNode], JinjaExpressionParser?) {
        depth += 1
        defer { depth -= 1 }
        let startLine = at > 0 ? pieces[at - 1].line : 1
        guard depth <= 32 else { throw JinjaError(line: startLine, problem: "blocks are nested too deep") }
        var nodes: [JinjaNode] = []
        while at < pieces.count {
            let (piece, line) = pieces[at]
            at += 1
            switch piece {
            case .text(let text): nodes.append(JinjaNode(kind: .text(text), line: line))
            case .output(let tokens):
                var parser = JinjaExpressionParser(tokens, line: line)
                let value = try parser.expression()
                try parser.end()
                nodes.append(JinjaNode(kind: .output(value), line: line))
            case .statement(let tokens):
                for word in words {
                    var parser = JinjaExpressionParser(tokens, line: line)
                    if parser.takeWord(word) {
                        at -= 1
                        return (nodes, parser)
                    }
                }
                var parser = JinjaExpressionParser(tokens, line: line)
                if let kind = try statement(&parser, line) { nodes.append(JinjaNode(kind: kind, line: line)) }
            }
        }
        guard words.isEmpty else {
            throw JinjaError(
                line: startLine, problem: "a block is not closed",
                mend: "end it with \(words.joined(separator: " or "))")
        }
        return (nodes, nil)
    }

    /// The word that closed the last block, taken.
    private mutating func closing(_ words: [String]) throws(JinjaError) -> (word: String, parser: JinjaExpressionParser)
    {
        guard case .statement(let tokens) = pieces[at].piece else { preconditionFailure("a block ends at a statement") }
        let line = pieces[at].line
        at += 1
        for word in words {
            var parser = JinjaExpressionParser(tokens, line: line)
            if parser.takeWord(word) { return (word, parser) }
        }
        preconditionFailure("a block ends at one of its words")
    }

    private mutating func statement(
        _ parser: inout JinjaExpressionParser, _ line: Int
    ) throws(JinjaError) -> JinjaNode.Kind? {
        let word = try parser.name()
        switch word {
        case "if": return try choice(&parser)
        case "for": return try loop(&parser)
        case "set": return try assignment(&parser)
        case "break", "continue":
            try parser.end()
            return word == "break" ? .leaveLoop : .nextTurn
        case "generation", "endgeneration":
            // Marks the assistant's part for training; here every content knows its role anyway.
            try parser.end()
            return nil
        default:
            throw JinjaError(line: line, problem: "the statement '\(word)' is not supported or out of place")
        }
    }

    private mutating func choice(_ parser: inout JinjaExpressionParser) throws(JinjaError) -> JinjaNode.Kind {
        let words = ["elif", "else", "endif"]
        var condition = try parser.expression()
        try parser.end()
        var cases: [(condition: JinjaExpression, body: [JinjaNode])] = []
        while true {
            cases.append((condition, try block(until: words).0))
            var (word, rest) = try closing(words)
            if word == "elif" {
                condition = try rest.expression()
                try rest.end()
                continue
            }
            try rest.end()
            guard word == "else" else { return .choice(cases, otherwise: []) }
            let otherwise = try block(until: ["endif"]).0
            var end = try closing(["endif"]).parser
            try end.end()
            return .choice(cases, otherwise: otherwise)
        }
    }

    private mutating func loop(_ parser: inout JinjaExpressionParser) throws(JinjaError) -> JinjaNode.Kind {
        var names = [try parser.name()]
        while parser.take(",") { names.append(try parser.name()) }
        guard parser.takeWord("in") else { throw parser.failure("'in'") }
        let source = try parser.or()
        let condition = parser.takeWord("if") ? try parser.or() : nil
        try parser.end()
        let body = try block(until: ["else", "endfor"]).0
        var (word, rest) = try closing(["else", "endfor"])
        try rest.end()
        guard word == "else" else { return .loop(names: names, source, where: condition, body: body, otherwise: []) }
        let otherwise = try block(until: ["endfor"]).0
        var end = try closing(["endfor"]).parser
        try end.end()
        return .loop(names: names, source, where: condition, body: body, otherwise: otherwise)
    }

    private mutating func assignment(_ parser: inout JinjaExpressionParser) throws(JinjaError) -> JinjaNode.Kind {
        var names = [try parser.name()]
        if parser.take(".") {
            let member = try parser.name()
            try parser.expect("=")
            let value = try parser.expression()
            try parser.end()
            return .setMember(names[0], member, value)
        }
        while parser.take(",") { names.append(try parser.name()) }
        if parser.isAtEnd, names.count == 1 {
            let body = try block(until: ["endset"]).0
            var end = try closing(["endset"]).parser
            try end.end()
            return .setBlock(names[0], body)
        }
        try parser.expect("=")
        var values = [try parser.expression()]
        while parser.take(",") { values.append(try parser.expression()) }
        try parser.end()
        return .set(names: names, values.count == 1 ? values[0] : .list(values))
    }
}
