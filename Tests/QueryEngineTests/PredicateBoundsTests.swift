import QueryLanguage
import Testing

@testable import QueryEngine

/// What a condition says about a token column's numbers must never leave out a row that it lets through.
@Suite struct PredicateBoundsTests {
    private let token = TableColumn("token_id", .int, level: .token)
    private let role = TableColumn("role", .string, level: .token)

    private func id(_ comparison: RowPredicate.Comparison, _ value: Constant) -> RowPredicate {
        .compare(column: token, comparison, value)
    }

    @Test func boundsOfTokenIDs() {
        #expect(id(.equal, .int(7)).bounds(ofTokenColumn: "token_id") == 7...7)
        #expect(id(.less, .int(7)).bounds(ofTokenColumn: "token_id") == -.infinity...7)
        #expect(id(.greaterOrEqual, .double(2.5)).bounds(ofTokenColumn: "token_id") == 2.5...(.infinity))
        #expect(id(.isIn, .list([.int(9), .int(3)])).bounds(ofTokenColumn: "token_id") == 3...9)
        #expect(id(.notEqual, .int(7)).bounds(ofTokenColumn: "token_id") == nil)
        #expect(RowPredicate.not(id(.equal, .int(7))).bounds(ofTokenColumn: "token_id") == nil)
        let both = RowPredicate.and(id(.greater, .int(3)), id(.less, .int(10)))
        #expect(both.bounds(ofTokenColumn: "token_id") == 3...10)
        #expect(RowPredicate.or(both, id(.equal, .int(20))).bounds(ofTokenColumn: "token_id") == 3...20)
        #expect(both.bounds(ofTokenColumn: "role") == nil)
    }

    @Test func boundsOfRoles() {
        let assistant = RowPredicate.compare(column: role, .equal, .string("assistant"))
        #expect(assistant.bounds(ofTokenColumn: "role") == 3...3)
        #expect(
            RowPredicate.or(assistant, id(.equal, .int(1))).bounds(ofTokenColumn: "role") == nil,
            "a row of another role may have the token")
        #expect(RowPredicate.and(assistant, id(.equal, .int(1))).bounds(ofTokenColumn: "role") == 3...3)
        #expect(RowPredicate.compare(column: role, .less, .string("b")).bounds(ofTokenColumn: "role") == nil)
        #expect(RowPredicate.compare(column: role, .equal, .string("nobody")).bounds(ofTokenColumn: "role") == nil)
    }
}
