import Models
import Store
import Tensor
import TensorFiles
import Testing

@testable import Capture

@Suite struct PromptTableTests {
    static func read(_ text: String) throws(FileError) -> [Prompt] {
        try PromptFile.table(Array(text.utf8), path: "p.csv")
    }

    static func problem(_ text: String) -> String {
        do throws(FileError) {
            return "\(try read(text).count) prompts"
        } catch {
            return error.description
        }
    }

    @Test func readsEveryWayToWriteAPrompt() throws {
        let prompts = try Self.read(
            "\u{FEFF}id,text,messages,prompt,response,token_ids,roles\r\n"
                + "1,\"Hello, \"\"you\"\"\r\nthere\",,,,,\r\n\r\n"
                + "b,,\"[{\"\"role\"\":\"\"user\"\",\"\"content\"\":\"\"q\"\"}]\",,,,\r\n" + "c,,,q,r,,\r\n"
                + "d,,,,,\"[1,2]\",\"[\"\"user\"\",\"\"assistant\"\"]\"")
        #expect(prompts.map(\.id) == ["1", "b", "c", "d"])
        #expect(prompts.map(\.line) == [2, 5, 6, 7])
        #expect(
            prompts.map(\.content) == [
                .text("Hello, \"you\"\r\nthere"), .messages([ChatMessage(role: "user", content: "q")]),
                .exchange(prompt: "q", response: "r"), .tokens([1, 2], roles: [.user, .assistant]),
            ])
        #expect(prompts.allSatisfy { $0.metadata.isEmpty && $0.tokenNumbers.isEmpty })
    }

    @Test func typesWholeColumns() throws {
        let prompts = try Self.read(
            "id,text,int,double,bool,mixed,zeros,kl\n1,a,1,1,true,1,007,\"[0.5, 1]\"\n2,b,,2.5,false,x,1,[2]\n3,c,-3,1e3,,true,,\n"
        )
        func column(_ name: String) -> [MetadataValue?] {
            prompts.map { prompt in prompt.metadata.first { $0.name == name }?.value }
        }
        #expect(column("int") == [.int(1), nil, .int(-3)])
        #expect(column("double") == [.double(1), .double(2.5), .double(1000)])
        #expect(column("bool") == [.bool(true), .bool(false), nil])
        #expect(column("mixed") == [.string("1"), .string("x"), .string("true")])
        #expect(column("zeros") == [.string("007"), .string("1"), nil])
        #expect(column("kl") == [nil, nil, nil])
        #expect(prompts.map { $0.tokenNumbers.map(\.values) } == [[[0.5, 1]], [[2]], []])
    }

    static let refused: [(String, String)] = [
        ("", "p.csv: holds no prompt; write a header"), ("id,text\n", "p.csv: holds no prompt"),
        ("text\na", "p.csv:1:1: the header has no \"id\""), ("id;text\n1;a", "fields are separated by commas"),
        ("id,id\n1,2", "the header has \"id\" twice"), ("id,\n1,2", "a name in the header has 1 to 256 bytes"),
        ("id,text\n1,a,b", "p.csv:2:1: the row has 3 fields, the header 2"),
        ("id,text\n1\n", "the row has 1 fields, the header 2"),
        ("id,text\n1,\"a", "p.csv:2:3: a quotation mark is not closed"),
        ("id,text\n1,\"a\"b", "p.csv:2:6: expected a comma or the end of the line"),
        ("id,text\n1,a\"b", "p.csv:2:4: a quotation mark within a field"),
        ("id,text\n1,a\n1,b", "p.csv:3:1: id: is the same as in line 2"), ("id,text\n,a", "id: an id has 1 to 4,096"),
        ("id,text\n1,", "p.csv:2:1: the row has neither"), ("id,prompt\n1,a", "has neither"),
        ("id,text,messages\n1,a,b", "text: the row has \"messages\" too"),
        ("id,messages\n1,x", "p.csv:messages:2:1"),
        ("id,token_ids\n1,[-1]", "p.csv:token_ids:2:2: [0]: expected a whole"),
        ("id,token_ids,roles\n1,[1],\"[]\"", "has 0 roles for 1 tokens"),
    ]

    @Test(arguments: refused.indices) func refuses(_ index: Int) {
        let (text, expected) = Self.refused[index]
        let found = Self.problem(text)
        #expect(found.contains(expected), "\(found)")
    }

    @Test func refusesInvalidUTF8WithItsPlace() {
        #expect {
            try PromptFile.table(Array("id,text\n1,".utf8) + [0xFF], path: "p.csv")
        } throws: {
            "\($0)" == "p.csv:2:3: invalid UTF-8; save the file as UTF-8"
        }
    }
}
