import QueryLanguage
import Shell
import Testing

@Suite struct ParameterTests {
    @Test(arguments: [
        ("0.01", Constant.double(0.01)), ("20", .int(20)), ("-3", .int(-3)), ("true", .bool(true)), ("none", .none),
        ("poser/*", .string("poser/*")), ("narrow", .string("narrow")), ("\"20\"", .string("20")),
        ("[1, 2]", .list([.int(1), .int(2)])), ("base/general", .string("base/general")), ("", .string("")),
        ("a b", .string("a b")), ("1 +", .string("1 +")),
    ])
    func valuesAreReadAsInAQuery(text: String, expected: Constant) {
        #expect(ParameterText.value(text) == expected)
    }

    @Test func namesAndValues() throws {
        #expect(try ParameterText.values(["C=0.1", "model=a=b"]) == ["C": .double(0.1), "model": .string("a=b")])
        #expect(throws: ParameterText.Complaint.self) { try ParameterText.values(["C"]) }
        #expect(throws: ParameterText.Complaint.self) { try ParameterText.values(["=3"]) }
        #expect(throws: ParameterText.Complaint.self) { try ParameterText.values(["C=1", "C=2"]) }
    }
}
