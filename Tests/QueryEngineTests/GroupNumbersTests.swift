import Testing

@testable import QueryEngine

/// Groups keep the number they got first, in whatever order they come.
@Suite struct GroupNumbersTests {
    @Test(
        "as a dictionary would number them",
        arguments: [
            [0, 1, 2, 3, 4], [0, 0, 0, 1, 1, 5, 5, 9], [0, 2, 4, 0, 2, 4, 0, 2, 4, 6], [0, 2, 4, 1, 3, 0, 4, 2],
            [5, 4, 3, 2, 1, 0, 3, 5], [7, 7, 3, 7, 9, 3, 8, 9, 7, 10, 0],
        ])
    func numbering(groups: [Int]) {
        var numbers = GroupNumbers()
        var known: [Int: Int] = [:]
        for group in groups {
            let (number, isNew) = numbers.number(of: group)
            #expect(isNew == (known[group] == nil))
            #expect(number == known[group] ?? known.count)
            known[group] = number
        }
        #expect(numbers.groups.count == known.count)
        #expect(numbers.groups.enumerated().allSatisfy { known[$1] == $0 })
    }
}
