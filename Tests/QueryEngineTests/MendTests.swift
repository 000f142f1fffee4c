import Foundation
import QueryEngine
import QueryLanguage
import TensorFiles
import Testing

/// What every error of the language owes its reader, checked on all wrong queries of the conformance files.
@Suite struct MendTests {
    /// Queries that do not pass the checks, with what is wrong.
    private static func wrongQueries(in session: QuerySession) throws -> [(query: String, errors: QueryErrors)] {
        try ConformanceTests.files.flatMap { file in
            let text = try String(
                contentsOf: ConformanceTests.folder.appendingPathComponent(file), encoding: .utf8)
            return ConformanceTests.parse(text).compactMap { one -> (query: String, errors: QueryErrors)? in
                let errors = session.check(SourceText(name: "test", text: one.query))
                return errors.isEmpty ? nil : (one.query, errors)
            }
        }
    }

    @Test func thereAreGoldenTextsForMoreThanAHundredWrongQueries() throws {
        try EngineFixture.withSession { session in
            let wrong = try MendTests.wrongQueries(in: session)
            #expect(Set(wrong.map(\.query)).count >= 100)
            #expect(Set(wrong.flatMap { $0.errors.diagnostics.map(\.code) }).count >= 40)
            // Several errors of one text come out together.
            #expect(wrong.count { $0.errors.diagnostics.count > 1 } >= 10)
        }
    }

    @Test func everyErrorSaysWhereWhatAndHowToMendIt() throws {
        try EngineFixture.withSession { session in
            for (query, errors) in try MendTests.wrongQueries(in: session) {
                for error in errors.diagnostics {
                    #expect(error.help?.isEmpty == false, "\(query): \(error.message)")
                    #expect(!error.message.hasSuffix("."), "\(error.message)")
                    #expect(error.span.end <= errors.source.utf8.count)
                    let isEmptyPlace = error.span.start == error.span.end
                    #expect(!isEmptyPlace || error.code == "unexpected-end" || error.span.start > 0, "\(query)")
                }
            }
        }
    }

    @Test func aReplacementMendsWhatItIsFor() throws {
        try EngineFixture.withSession { session in
            var count = 0
            for (query, errors) in try MendTests.wrongQueries(in: session) {
                for error in errors.diagnostics {
                    guard let replacement = error.replacement else { continue }
                    count += 1
                    var bytes = Array(query.utf8)
                    bytes.replaceSubrange(error.span.start..<error.span.end, with: replacement.utf8)
                    let mended = session.check(SourceText(name: "test", text: String(decoding: bytes, as: UTF8.self)))
                    let stays = mended.diagnostics.contains {
                        $0.span.start == error.span.start && $0.message == error.message
                    }
                    #expect(!stays && mended.diagnostics.count <= errors.diagnostics.count, "\(query) → \(replacement)")
                }
            }
            #expect(count >= 40)
        }
    }

    @Test func theJSONFormHasEveryPart() throws {
        try EngineFixture.withSession { session in
            for (query, errors) in try MendTests.wrongQueries(in: session) {
                for error in errors.diagnostics {
                    let json = error.json(in: errors.source)
                    let value = try BoundedJSON.parse(Array(json.utf8), path: "diagnostic")
                    #expect(try value.member("code").string() == error.code)
                    #expect(try value.member("message").string() == error.message)
                    #expect(try value.member("severity").string() == "error")
                    #expect(json.contains("\"help\":\"") && json.contains("\"replacement\":"))
                    let span = try value.member("span")
                    let (start, end) = try (span.member("start").int(), span.member("end").int())
                    #expect(0 <= start && start <= end && end <= query.utf8.count)
                    #expect(try span.member("line").int() >= 1 && span.member("column").int() >= 1)
                }
            }
        }
    }
}
