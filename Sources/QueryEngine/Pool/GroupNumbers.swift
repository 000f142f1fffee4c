/// Numbers groups in the order in which they are met.
///
/// Rows come in the order of their prompts, and come again in that order for the next column: a group is then the one after the
/// last or a new one, found without a search. Only groups that come out of order are kept in a dictionary.
struct GroupNumbers: Sendable {
    /// The group of each number.
    private(set) var groups: [Int] = []
    /// The number given last.
    private var last = 0
    /// By group; nil while the groups rise and can be searched.
    private var numbers: [Int: Int]?

    /// A group's number, and whether it is met for the first time.
    mutating func number(of group: Int) -> (number: Int, isNew: Bool) {
        let count = groups.count
        if last < count, groups[last] == group { return (last, false) }
        if last + 1 < count, groups[last + 1] == group {
            last += 1
            return (last, false)
        }
        if numbers == nil {
            guard let highest = groups.last, group <= highest else { return append(group) }
            let place = groups.partitioningIndex { $0 >= group }
            if groups[place] == group {
                last = place
                return (place, false)
            }
            numbers = Dictionary(uniqueKeysWithValues: groups.enumerated().map { ($1, $0) })
        }
        if let number = numbers?[group] {
            last = number
            return (number, false)
        }
        return append(group)
    }

    private mutating func append(_ group: Int) -> (number: Int, isNew: Bool) {
        last = groups.count
        groups.append(group)
        numbers?[group] = last
        return (last, true)
    }
}
