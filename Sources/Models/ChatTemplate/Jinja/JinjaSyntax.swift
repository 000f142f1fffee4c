/// An expression of a template.
indirect enum JinjaExpression: Sendable {
    case text(String)
    case int(Int)
    case double(Double)
    case bool(Bool)
    case none
    case name(String)
    case list([JinjaExpression])
    case dict([(JinjaExpression, JinjaExpression)])
    case member(JinjaExpression, String)
    case item(JinjaExpression, JinjaExpression)
    case slice(JinjaExpression, from: JinjaExpression?, to: JinjaExpression?, step: JinjaExpression?)
    case call(JinjaExpression, [JinjaExpression], named: [(String, JinjaExpression)])
    case filter(JinjaExpression, String, [JinjaExpression], named: [(String, JinjaExpression)])
    case test(JinjaExpression, String, JinjaExpression?, negated: Bool)
    case not(JinjaExpression)
    case minus(JinjaExpression)
    case and(JinjaExpression, JinjaExpression)
    case or(JinjaExpression, JinjaExpression)
    /// `a < b == c`: every neighbouring pair must hold.
    case compare(JinjaExpression, [(String, JinjaExpression)])
    case arithmetic(String, JinjaExpression, JinjaExpression)
    case concatenate([JinjaExpression])
    case choose(JinjaExpression, if: JinjaExpression, else: JinjaExpression?)
}

extension JinjaExpression {
    /// Levels of the tree, a leaf being one. O(nodes).
    var height: Int {
        func highest(_ parts: [JinjaExpression?]) -> Int { 1 + (parts.map { $0?.height ?? 0 }.max() ?? 0) }
        switch self {
        case .text, .int, .double, .bool, .none, .name: return 1
        case .list(let parts), .concatenate(let parts): return highest(parts)
        case .dict(let members): return highest(members.flatMap { [$0.0, $0.1] })
        case .member(let base, _), .not(let base), .minus(let base): return highest([base])
        case .item(let base, let index): return highest([base, index])
        case .slice(let base, let from, let to, let step): return highest([base, from, to, step])
        case .call(let base, let parts, let named), .filter(let base, _, let parts, let named):
            return highest([base] + parts + named.map(\.1))
        case .test(let base, _, let argument, _): return highest([base, argument])
        case .and(let left, let right), .or(let left, let right), .arithmetic(_, let left, let right):
            return highest([left, right])
        case .compare(let first, let rest): return highest([first] + rest.map(\.1))
        case .choose(let value, let condition, let otherwise): return highest([value, condition, otherwise])
        }
    }
}

/// A piece of a template, with the line where it starts.
struct JinjaNode: Sendable {
    indirect enum Kind: Sendable {
        case text(String)
        case output(JinjaExpression)
        case choice([(condition: JinjaExpression, body: [JinjaNode])], otherwise: [JinjaNode])
        case loop(names: [String], JinjaExpression, where: JinjaExpression?, body: [JinjaNode], otherwise: [JinjaNode])
        case set(names: [String], JinjaExpression)
        case setMember(String, String, JinjaExpression)
        case setBlock(String, [JinjaNode])
        case leaveLoop
        case nextTurn
    }

    var kind: Kind
    var line: Int
}

/// What is wrong with a template, or with what it was given.
struct JinjaError: Error {
    var line: Int
    var problem: String
    var mend: String?
}
