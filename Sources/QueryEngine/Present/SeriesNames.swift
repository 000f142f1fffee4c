extension Presentation {
    /// Names made of parts, without the parts that all of them share: `b · p · layer 0` among its like is `layer 0`.
    public static func distinctParts(_ names: [String]) -> [String] {
        let parts = names.map { $0.split(separator: " · ", omittingEmptySubsequences: false) }
        guard parts.count > 1, let first = parts.first, parts.allSatisfy({ $0.count == first.count }) else {
            return names
        }
        let kept = first.indices.filter { place in parts.contains { $0[place] != first[place] } }
        guard !kept.isEmpty else { return names }
        return parts.map { part in kept.map { String(part[$0]) }.joined(separator: " · ") }
    }

    /// Positions that grow like powers (k = 1, 2, 4, …) would crowd at the left: those stand at equal distances.
    public static func readable(_ positions: [Double]?) -> [Double]? {
        guard let positions, positions.count > 2, let first = positions.first, let last = positions.last else {
            return positions
        }
        let steps = zip(positions, positions.dropFirst()).map { $1 - $0 }
        guard let least = steps.min(), least > 0 else { return nil }
        return (last - first) / least > 4 * Double(positions.count) ? nil : positions
    }
}
