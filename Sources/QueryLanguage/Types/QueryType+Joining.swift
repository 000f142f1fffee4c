extension QueryType {
    /// The dimensions of two values side by side: shared ones joined by label, those of one side kept.
    ///
    /// - Throws: `no-common-labels` where a shared dimension has no entry on both sides.
    func joined(with other: QueryType, at span: SourceSpan) throws(Diagnostic) -> [Dimension] {
        var joined: [Dimension] = []
        for dim in dims {
            guard let its = other.dim(dim.name) else {
                joined.append(dim)
                continue
            }
            if let a = dim.labels, let b = its.labels {
                let others = Set(b)
                let shared = a.filter { others.contains($0) }
                guard !shared.isEmpty else {
                    throw Diagnostic(
                        "no-common-labels", span, "the two sides have no \(dim.name) in common",
                        help: "left has \(Diagnostic.list(a)), right has \(Diagnostic.list(b))")
                }
                joined.append(Dimension(dim.name, labels: shared))
            } else {
                joined.append(Dimension(dim.name, extent: .atMost(min(dim.bound, its.bound))))
            }
        }
        joined += other.dims.filter { !has($0.name) }
        return TypeChecker.inOrder(joined)
    }
}

extension Element {
    /// Both sides of a pair, or the element itself.
    public var sides: [Element] {
        if case .pair(let left, let right) = self { [left, right] } else { [self] }
    }

    /// The same element with another in the place of each side, or of itself.
    func mapSides(_ change: (Element) -> Element) -> Element {
        if case .pair(let left, let right) = self { .pair(change(left), change(right)) } else { change(self) }
    }

    /// The width of vectors, or of a pair of them of one width.
    public var vectorWidth: Int? {
        switch self {
        case .vector(let width): width
        case .pair(.vector(let a), .vector(let b)) where a == b: a
        default: nil
        }
    }

    /// F of a set of latents.
    public var setSize: Int? { if case .set(let of) = self { of } else { nil } }

    /// Whether it is a set of latents.
    public var isSet: Bool { if case .set = self { true } else { false } }

    /// Whether the cells, or both sides of them, are plain numbers.
    var isNumericOnEverySide: Bool { sides.allSatisfy(\.isNumeric) }
}
