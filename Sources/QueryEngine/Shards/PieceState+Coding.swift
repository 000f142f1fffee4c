import Analysis

extension PieceState {
    /// The state as bytes.
    func write(to out: inout StateWriter) {
        switch self {
        case .pool(let partial):
            out.int(0)
            out.ints(partial.groups)
            out.ints(partial.state.count)
            out.doubles(partial.state.sum)
            out.doubles(partial.state.squares)
            out.doubles(partial.state.low)
            out.doubles(partial.state.high)
        case .gram(let partial):
            out.int(1)
            out.int(partial.states.count)
            for state in partial.states {
                out.int(state.count)
                out.doubles(state.mean)
                out.doubles(state.scatter)
            }
        case .nearest(let partial):
            out.int(2)
            out.int(partial.found.count)
            for list in partial.found {
                out.doubles(list.map(\.cosine))
                out.ints(list.map { Int($0.prompt) })
                out.ints(list.map { Int($0.token) })
            }
        case .rows(let parts):
            out.int(3)
            out.int(parts.count)
            for part in parts {
                out.int(part.rows)
                part.payload.write(to: &out)
            }
        }
    }

    /// A state of the same reduction and piece: `start` is that of no rows, and says what sizes must be.
    static func read(_ input: inout StateReader, like start: PieceState) throws -> PieceState {
        let kind = try input.int()
        switch start {
        case .pool(var partial):
            guard kind == 0 else { throw input.damage("a state of another kind") }
            let groups = try input.ints()
            guard Set(groups).count == groups.count else { throw input.damage("a group is there twice") }
            for group in groups { _ = partial.place(of: group) }
            let (count, sum) = (try input.ints(), try input.doubles())
            let (squares, low, high) = (try input.doubles(), try input.doubles(), try input.doubles())
            guard count.count == partial.state.count.count, sum.count == partial.state.sum.count,
                squares.count == partial.state.squares.count, low.count == partial.state.low.count,
                high.count == partial.state.high.count, count.allSatisfy({ $0 >= 0 })
            else { throw input.damage("a state of another size") }
            (partial.state.count, partial.state.sum, partial.state.squares) = (count, sum, squares)
            (partial.state.low, partial.state.high) = (low, high)
            return .pool(partial)
        case .gram(var partial):
            guard kind == 1, try input.count(8) == partial.states.count else {
                throw input.damage("a state of another kind or size")
            }
            for place in partial.states.indices {
                let width = partial.states[place].columns
                guard
                    let state = GramState(
                        count: try input.int(), mean: try input.doubles(), scatter: try input.doubles()),
                    state.columns == width
                else { throw input.damage("a state of another size") }
                partial.states[place] = state
            }
            return .gram(partial)
        case .nearest(var partial):
            guard kind == 2, try input.count(8) == partial.found.count else {
                throw input.damage("a state of another kind or size")
            }
            for place in partial.found.indices {
                let (cosines, prompts, tokens) = (try input.doubles(), try input.ints(), try input.ints())
                guard cosines.count == prompts.count, cosines.count == tokens.count else {
                    throw input.damage("rows without their places")
                }
                partial.found[place] = cosines.indices.map {
                    NearestReduction.Candidate(
                        cosine: cosines[$0], prompt: Int32(truncatingIfNeeded: prompts[$0]),
                        token: Int32(truncatingIfNeeded: tokens[$0]))
                }
            }
            return .nearest(partial)
        case .rows:
            guard kind == 3 else { throw input.damage("a state of another kind") }
            let count = try input.count(8)
            var parts: [BlockPart] = []
            for _ in 0..<count {
                let rows = try input.int()
                parts.append(BlockPart(payload: try Payload.read(&input), rows: rows))
            }
            return .rows(parts)
        }
    }
}

extension Payload {
    fileprivate func write(to out: inout StateWriter) {
        switch self {
        case .numbers(let values):
            out.int(0)
            out.doubles(values)
        case .vectors(let values, let width):
            out.int(1)
            out.int(width)
            out.floats(values)
        case .latents(let lists):
            out.int(2)
            out.ints([lists.stored, lists.isSwept ? 1 : 0])
            out.ints(lists.prefixes)
            out.words(lists.indices)
            out.floats(lists.values)
        case .pair(let left, let right):
            out.int(3)
            left.write(to: &out)
            right.write(to: &out)
        default: preconditionFailure("lazy rows hold numbers, vectors or latents")
        }
    }

    fileprivate static func read(_ input: inout StateReader, depth: Int = 0) throws -> Payload {
        switch try input.int() {
        case 0: return .numbers(try input.doubles())
        case 1:
            let width = try input.int()
            return .vectors(try input.floats(), width: width)
        case 2:
            let sizes = try input.ints()
            guard sizes.count == 2, sizes[0] > 0 else { throw input.damage("latents without a size") }
            let (prefixes, indices, values) = (try input.ints(), try input.words(), try input.floats())
            return .latents(
                LatentLists(
                    indices: indices, values: values, stored: sizes[0], prefixes: prefixes, isSwept: sizes[1] == 1))
        case 3 where depth == 0:
            return .pair(try read(&input, depth: 1), try read(&input, depth: 1))
        default: throw input.damage("numbers of an unknown kind")
        }
    }
}
