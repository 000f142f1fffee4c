import QueryLanguage

extension VerbImplementations {
    static let stacking: [String: Computation] = [
        "stack": { executor, arguments, node in
            let (left, right) = (try executor.frame(node.inputs[0]), try executor.frame(node.inputs[1]))
            let join = try executor.joined(left, right, cellBytes: left.payload.cellBytes * 2, node)
            if left.hasRows { executor.noteUnmatched(join) }
            let axis = Axis(arguments.string("dim") ?? "", arguments.items("labels").compactMap(\.label))
            return .frame(join.stacked(along: axis))
        }
    ]
}

extension FrameJoin {
    /// Both sides as the two entries of a new first inner axis.
    fileprivate func stacked(along axis: Axis) -> Frame {
        let places = places
        let parts = [a.payload.gathered(places.map(\.a)), b.payload.gathered(places.map(\.b))]
        // An inner cell lies whole in the payload: the second side's follow the first's.
        let payload = Payload.joined(parts.map { ($0, places.count) }, inner: 1)
        var result = frame(payload ?? a.payload)
        result.inner.insert(axis, at: 0)
        return result
    }
}
