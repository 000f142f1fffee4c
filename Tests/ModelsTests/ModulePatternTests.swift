import Foundation
import TensorFiles
import Testing

@testable import Models

@Suite struct ModulePatternTests {
    /// Patterns and paths with what Python's `re` said of them.
    @Test func equalsPython() throws {
        let json = try BoundedJSON.read(path: Fixture.path("patterns.json"), limit: 1 << 20)
        let paths = try json.member("paths").elements().map { try $0.string() }
        var count = 0
        for entry in try json.member("patterns").elements() {
            let text = try entry.member("pattern").string()
            let pattern = try ModulePattern(text)
            let whole = try entry.member("whole").elements().map { try $0.string() }
            let end = try entry.member("end").elements().map { try $0.string() }
            #expect(paths.filter(pattern.matchesWhole) == whole, "\(text)")
            #expect(paths.filter(pattern.matchesEnd) == end, "\(text)")
            count += whole.count + end.count
        }
        #expect(paths.count >= 30 && count >= 100)
    }

    @Test(arguments: [
        ("(?=a)", "looks around"), ("(?i)a", "looks around"), ("(?!a)b", "looks around"), ("(a)\\1", "\\1"),
        ("(?P=name)", "refers back"), ("a**", "repeats a repetition"), ("a*+", "repeats a repetition"),
        ("*", "repeats nothing"),
        ("(a", "( without its )"), ("a)", ") without its ("), ("[a", "[ without its ]"), ("[]", "[ without its ]"),
        ("[z-a]", "bad range"), ("[a-\\d]", "bad range"), ("a{2", "{ without"), ("a{,}", "without a number"),
        ("a{3,2}", "counts down"), ("a{1001}", "more than 1000"), ("a{99999999999999999999}", "more than 1000"),
        ("a\\", "ends in a backslash"), ("\\p{L}", "\\p"), ("é", "beyond ASCII"), ("[é]", "beyond ASCII"),
        ("^*", "takes no character"), ("((a{100}){100})", "4096 steps"), ("(((a?){1000}){1000}){1000}", "4096 steps"),
        ("(?P<n", "proper name"),
    ])
    func whatIsNotReadIsNamed(text: String, says: String) {
        let problem = #expect(throws: PatternProblem.self) { try ModulePattern(text) }
        #expect(problem?.description.contains(says) == true, "\(problem?.description ?? "")")
    }

    /// What takes other engines for ever.
    @Test func timeDoesNotExplode() throws {
        let path = String(repeating: "a", count: 400)
        let start = ContinuousClock.now
        for text in [
            "(a*)*b", "(a|a)*b", "(a|aa)+b", "(.*)*(.*)*(.*)*b", "((((a*)*)*)*)*b", "(){1000}b", "((){1000}){1000}b",
        ] {
            let pattern = try ModulePattern(text)
            #expect(!pattern.matchesWhole(path) && !pattern.matchesEnd(path))
        }
        #expect(throws: PatternProblem.self) { try ModulePattern(String(repeating: "(", count: 4000)) }
        #expect(ContinuousClock.now - start < .seconds(20))
    }
}
