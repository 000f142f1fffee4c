import Capture
import FuzzTargets

/// Prompts that users bring, line by line or as a table.
enum PromptInputs {
    static func prompts(_ bytes: [UInt8]) throws {
        let file = MemoryFile()
        _ = try PromptFile.read(file.path(holding: bytes))
    }

    static func promptTable(_ bytes: [UInt8]) throws { _ = try PromptFile.table(bytes, path: "input") }

    static var promptSeeds: [[UInt8]] {
        [
            #"{"id":"1","text":"Hello","group":"a","n":3}"# + "\n" + #"{"id":"2","text":"é","group":"b","n":4.5}"#
                + "\r\n",
            #"{"id":"1","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Yes"}]}"#,
            #"{"id":"p","prompt":"a","response":"b","ok":true}"#,
            #"{"id":"t","token_ids":[1,2],"roles":["user","assistant"],"kl":[0.5,null],"n":null}"#,
        ].map { Array($0.utf8) }
    }

    static var promptTableSeeds: [[UInt8]] {
        [
            "\u{FEFF}id,text,group,n\r\n1,\"Hello, \"\"you\"\"\",a,3\r\n2,é,b,4.5\r\n",
            "id,messages,kl,ok\n1,\"[{\"\"role\"\":\"\"user\"\",\"\"content\"\":\"\"q\"\"}]\",\"[0.5, 1]\",true\n",
            "id,token_ids,roles\n1,\"[1,2]\",\"[\"\"user\"\",\"\"tool\"\"]\"\n",
            "id,prompt,response\n1,q,r\n2,\"a\nb\",c",
        ].map { Array($0.utf8) }
    }
}
