import FuzzStores
import FuzzFiles
import FuzzModels
import FuzzQueries
import FuzzPrompts
import FuzzTargets

/// JSON that must be refused.
enum HostileJSON {
    static let all: [HostileFile] =
        HostileFile.texts(
            .json,
            [
                "empty": "", "blanks": "  \n", "unclosed object": "{\"a\":1", "unclosed list": "[1,2",
                "unclosed text": "\"abc",
                "comma at the end of a list": "[1,]", "comma at the end of an object": "{\"a\":1,}",
                "comma first": "[,1]",
                "two commas": "[1,,2]", "no colon": "{\"a\" 1}", "no value": "{\"a\":}", "bare key": "{a:1}",
                "key that is a number": "{1:1}", "single quotes": "{'a':1}", "line comment": "// x\n1",
                "block comment": "/* x */1",
                "hash comment": "# x\n1", "NaN": "NaN", "infinity": "Infinity", "minus infinity": "-Infinity",
                "plus": "+1",
                "leading zero": "01", "no digit before the point": ".5", "no digit after the point": "1.",
                "empty exponent": "1e",
                "hexadecimal": "0x10", "only a minus": "-", "two values": "1 2", "text after the end": "{} x",
                "True": "True",
                "half a word": "tru", "nul": "nul", "tab in a text": "\"a\tb\"", "line feed in a text": "\"a\nb\"",
                "NUL in a text": "\"a\u{0}b\"", "unknown escape": "\"\\x41\"", "short escape": "\"\\u12\"",
                "escape without digits": "\"\\uZZZZ\"",
                "lone high surrogate": "\"\\ud83d\"", "lone low surrogate": "\"\\ude00\"",
                "two high surrogates": "\"\\ud83d\\ud83d\"",
                "one key twice": "{\"a\":1,\"a\":2}", "one key twice, once escaped": "{\"a\":1,\"\\u0061\":2}",
                "one key twice, deep inside": "[[{\"x\":{\"k\":1,\"k\":1}}]]", "closed by another bracket": "[1}",
                "a closing bracket": "]", "1,000,000 brackets": String(repeating: "[", count: 1_000_000),
                "100 levels": String(repeating: "[", count: 100) + String(repeating: "]", count: 100),
                "objects 100 levels deep": String(repeating: "{\"a\":", count: 100) + "1"
                    + String(repeating: "}", count: 100),
            ])
        + [
            HostileFile(.json, "invalid UTF-8", [0x22, 0xFF, 0x22]),
            HostileFile(.json, "overlong slash", [0x22, 0xC0, 0xAF, 0x22]),
            HostileFile(.json, "surrogate in UTF-8", [0x22, 0xED, 0xA0, 0x80, 0x22]),
            HostileFile(.json, "past U+10FFFF", [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22]),
            HostileFile(.json, "cut inside a character", [0x22, 0xE2, 0x82, 0x22]),
            HostileFile(.json, "UTF-16", [0xFF, 0xFE, 0x31, 0]),
        ]
}

/// Prompt files that must be refused.
enum HostilePrompts {
    static let all: [HostileFile] =
        HostileFile.texts(
            .prompts,
            [
                "empty": "", "blank lines": "\n\n \r\n", "no JSON": "hello", "a list": "[1]", "a number": "1",
                "no id": #"{"text":"a"}"#, "empty object": "{}", "id as a list": #"{"id":[],"text":"a"}"#,
                "id null": #"{"id":null,"text":"a"}"#,
                "id true": #"{"id":true,"text":"a"}"#, "no content": #"{"id":"1"}"#,
                "text as a number": #"{"id":"1","text":3}"#,
                "text as a list": #"{"id":"1","text":["a"]}"#, "text null": #"{"id":"1","text":null}"#,
                "two contents": #"{"id":"1","text":"a","messages":[{"role":"user","content":"b"}]}"#,
                "no message": #"{"id":"1","messages":[]}"#, "messages as text": #"{"id":"1","messages":"a"}"#,
                "a message without role": #"{"id":"1","messages":[{"content":"a"}]}"#,
                "a message without content": #"{"id":"1","messages":[{"role":"user"}]}"#,
                "a message that is a text": #"{"id":"1","messages":["a"]}"#,
                "content as a list": #"{"id":"1","messages":[{"role":"user","content":[{"type":"image"}]}]}"#,
                "content null": #"{"id":"1","messages":[{"role":"user","content":null}]}"#,
                "response without prompt": #"{"id":"1","response":"a"}"#,
                "token ids as text": #"{"id":"1","token_ids":"1 2"}"#,
                "negative token id": #"{"id":"1","token_ids":[-1]}"#,
                "half a token id": #"{"id":"1","token_ids":[1.5]}"#,
                "token id of 2^40": #"{"id":"1","token_ids":[1099511627776]}"#,
                "one id twice": "{\"id\":\"1\",\"text\":\"a\"}\n{\"id\":\"1\",\"text\":\"b\"}",
                "one id twice, as number and text": "{\"id\":1,\"text\":\"a\"}\n{\"id\":\"1\",\"text\":\"b\"}",
                "one field twice": #"{"id":"1","text":"a","text":"b"}"#,
                "metadata as an object": #"{"id":"1","text":"a","m":{"x":1}}"#,
                "metadata as a list of texts": #"{"id":"1","text":"a","m":["x"]}"#,
                "an empty list": #"{"id":"1","text":"a","m":[]}"#,
                "a list within a list": #"{"id":"1","text":"a","m":[[1]]}"#,
                "a list here and a number there":
                    "{\"id\":\"1\",\"text\":\"a\",\"m\":[1]}\n{\"id\":\"2\",\"text\":\"b\",\"m\":1}",
                "fewer roles than tokens": #"{"id":"1","token_ids":[1,2],"roles":["user"]}"#,
                "an unknown role of a token": #"{"id":"1","token_ids":[1],"roles":["king"]}"#,
                "two objects in a line": #"{"id":"1","text":"a"}{"id":"2","text":"b"}"#,
                "an object over two lines": "{\"id\":\"1\",\n\"text\":\"a\"}",
                "a second line that is cut": "{\"id\":\"1\",\"text\":\"a\"}\n{\"id\":\"2\",\"te",
                "100,000 brackets": "{\"id\":\"1\",\"text\":\"a\",\"m\":" + String(repeating: "[", count: 100_000),
                "number past a double": #"{"id":"1","text":"a","n":1e999}"#,
            ])
        + [
            HostileFile(.prompts, "invalid UTF-8", Array(#"{"id":"1","text":""#.utf8) + [0xFF] + Array("\"}".utf8)),
            HostileFile(.prompts, "UTF-16", [0xFF, 0xFE] + Array("{\0}\0".utf8)),
            HostileFile(.prompts, "a line of 17 MiB", [UInt8](repeating: 0x78, count: 17 << 20)),
            HostileFile(.prompts, "gzip", [0x1F, 0x8B, 8, 0] + [UInt8](repeating: 7, count: 40)),
        ]
}

/// Tables of prompts that must be refused.
enum HostileTables {
    static let all: [HostileFile] =
        HostileFile.texts(
            .promptTable,
            [
                "empty": "", "a header alone": "id,text\n", "blank lines": "\n\r\n\n",
                "no header": "1,Hello\n2,World\n",
                "semicolons": "id;text\n1;a\n", "one name twice": "id,text,text\n1,a,b\n",
                "a name without letters": "id,text,\n1,a,b\n",
                "a name of 300 bytes": "id,text," + String(repeating: "n", count: 300) + "\n1,a,b\n",
                "2,000 columns": "id,text" + String(repeating: ",x", count: 2000) + "\n",
                "a row too short": "id,text\n1\n", "a row too long": "id,text\n1,a,b\n",
                "a row of 100,000 commas": "id,text\n" + String(repeating: ",", count: 100_000),
                "an open quotation mark": "id,text\n1,\"a\n2,b\n3,c\n",
                "text after a quotation mark": "id,text\n1,\"a\"b\n",
                "a quotation mark within": "id,text\n1,a\"b\n", "one id twice": "id,text\n1,a\n1,b\n",
                "no id": "id,text\n,a\n", "no content": "id,text\n1,\n", "two contents": "id,text,token_ids\n1,a,[1]\n",
                "messages that are no JSON": "id,messages\n1,hello\n", "messages as a number": "id,messages\n1,3\n",
                "token ids with a comma less": "id,token_ids\n1,[1 2]\n", "negative token id": "id,token_ids\n1,[-1]\n",
                "a response alone": "id,response\n1,a\n", "an id with a NUL": "id,text\na\u{0}b,c\n",
                "100,000 brackets": "id,token_ids\n1," + String(repeating: "[", count: 100_000),
            ])
        + [
            HostileFile(.promptTable, "invalid UTF-8", Array("id,text\n1,".utf8) + [0xC0, 0xAF]),
            HostileFile(.promptTable, "UTF-16", [0xFF, 0xFE] + Array("i\0d\0".utf8)),
            HostileFile(
                .promptTable, "a field of 17 MiB", Array("id,text\n1,".utf8) + [UInt8](repeating: 0x78, count: 17 << 20)
            ),
        ]
}

/// `tokenizer.json` texts that must be refused.
enum HostileTokenizers {
    private static let good = String(decoding: FuzzTarget.tokenizer.seeds[0], as: UTF8.self)

    private static let letters = String(decoding: FuzzTarget.tokenizer.seeds[1], as: UTF8.self)

    private static func with(_ old: String, _ new: String, in text: String = good) -> String {
        precondition(text.contains(old), "the seed has no \(old)")
        return text.replacing(old, with: new)
    }

    /// Damage to a tokenizer with letters.
    private static let letterTexts: [HostileFile] = HostileFile.texts(
        .tokenizer,
        [
            "unknown letters without a token": with(#""unk_token":"<unk>""#, #""unk_token":"<nil>""#, in: letters),
            "a step of the decoder out of place": with(#"{"type":"Fuse"},"#, "", in: letters),
            "a mark replaced by something else": with(
                #""content":" "},{"type":"Byte"#, #""content":"_"},{"type":"Byte"#, in: letters),
            "an expression in the normalizer": with(#"{"String":" "}"#, #"{"Regex":" +"}"#, in: letters),
            "a replaced nothing": with(#"{"String":" "}"#, #"{"String":""}"#, in: letters),
            "a normalizer that multiplies": with(
                #"[{"type":"Prepend","prepend":"▁"}"#,
                "["
                    + String(
                        repeating: #"{"type":"Replace","pattern":{"String":"a"},"content":"aaaaaaaaaaaaaaaa"},"#,
                        count: 8)
                    + #"{"type":"Prepend","prepend":"▁"}"#, in: letters),
            "1,000 normalizers": with(
                #"[{"type":"Prepend","prepend":"▁"}"#,
                "[" + String(repeating: #"{"type":"NFC"},"#, count: 1000) + #"{"type":"NFC"}"#, in: letters),
            "normalizers within normalizers": with(
                #"{"type":"Prepend","prepend":"▁"}"#,
                String(repeating: #"{"type":"Sequence","normalizers":["#, count: 100), in: letters),
            "an added token on another's id": with(#""id":12"#, #""id":7"#, in: letters),
            "an added token far away": with(#""id":12"#, #""id":9000000"#, in: letters),
            "an added token of 2,000 bytes": with(
                #""<u>""#, "\"" + String(repeating: "u", count: 2000) + "\"", in: letters),
            "a special token with another id": with(#""id":1,"#, #""id":2,"#, in: letters),
            "a template without the text": with(
                #"{"Sequence":{"id":"A","type_id":0}}"#, #"{"SpecialToken":{"id":"<s>"}}"#, in: letters),
        ])

    static let all: [HostileFile] =
        letterTexts
        + HostileFile.texts(
            .tokenizer,
            [
                "empty": "", "empty object": "{}", "a list": "[]", "no model": #"{"version":"1.0","added_tokens":[]}"#,
                "unknown model": with(#""type":"BPE""#, #""type":"WordSalad""#),
                "WordPiece": with(#""type":"BPE""#, #""type":"WordPiece""#),
                "no vocabulary": with(#""vocab":{"#, #""vocabulary":{"#),
                "vocabulary as a list": with(#""vocab":{"#, #""vocab":["a"],"v":{"#),
                "one id for two tokens": with(#""ab":256"#, #""ab":7"#),
                "negative id": with(#""ab":256"#, #""ab":-256"#),
                "half an id": with(#""ab":256"#, #""ab":256.5"#), "id of 2^31": with(#""ab":256"#, #""ab":2147483648"#),
                "id as text": with(#""ab":256"#, #""ab":"256""#),
                "one token twice": with(#""ab":256"#, #""ab":256,"a":4"#),
                "merge of unknown tokens": with(#""a b""#, #""x y""#),
                "merge into an unknown token": with(#""a b""#, #""b a""#),
                "merge of one token": with(#""a b""#, #""a""#),
                "merge of three": with(#"["a b"]"#, #"[["a","b","c"]]"#),
                "merge as a number": with(#"["a b"]"#, "[1]"), "merges as text": with(#"["a b"]"#, #""a b""#),
                "unknown normalizer": with(#""type":"NFC""#, #""type":"Nmt""#),
                "unknown pre-tokenizer": with(#""type":"ByteLevel","add"#, #""type":"Mystery","add"#),
                "a regular expression of its own": with(
                    #"{"type":"ByteLevel","add_prefix_space":false,"#,
                    #"{"type":"Split","pattern":{"Regex":"(a+)+$"},"behavior":"Isolated","invert":false,"#),
                "added token without content": with(#""content":"<s>","#, ""),
                "added token with an empty text": with(#""content":"<s>""#, #""content":"""#),
                "added token with negative id": with(#""id":257"#, #""id":-3"#),
                "added token with id 2^40": with(#""id":257"#, #""id":1099511627776"#),
                "added tokens as an object": with(#""added_tokens":["#, #""added_tokens":{"x":["#).replacing(
                    "}],", with: "}]},"),
                "unknown post-processor": with(#""post_processor":null"#, #""post_processor":{"type":"Strange"}"#),
                "post-processor with an unknown id": with(
                    #""post_processor":null"#,
                    #""post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<z>","type_id":0}}],"pair":[],"special_tokens":{}}"#
                ),
                "one field twice": with(#""version":"1.0""#, #""version":"1.0","version":"1.0""#),
                "dropout": with(#""dropout":null"#, #""dropout":0.1"#),
                "100,000 brackets": "{\"model\":" + String(repeating: "[", count: 100_000),
            ])
}

/// Chat templates that must be refused, or stopped.
enum HostileTemplates {
    static let all: [HostileFile] = HostileFile.texts(
        .chatTemplate,
        [
            "unclosed expression": "{{ messages", "unclosed statement": "{% if x", "unclosed comment": "{# x",
            "unclosed text": "{{ 'a }}",
            "no end of for": "{% for m in messages %}x", "no end of if": "{% if true %}x",
            "end without for": "{% endfor %}",
            "else without if": "{% else %}", "another end": "{% for m in messages %}{% endif %}",
            "empty expression": "{{ }}",
            "import": "{% import 'os' as os %}", "include": "{% include 'x' %}",
            "macro that calls itself": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
            "unknown filter": "{{ messages | frobnicate }}", "unknown function": "{{ system('id') }}",
            "raises": "{{ raise_exception('no') }}",
            "a billion turns": "{% for i in range(1000000000) %}x{% endfor %}",
            "turns within turns":
                "{% for a in range(100000) %}{% for b in range(100000) %}{% for c in range(100000) %}x{% endfor %}{% endfor %}{% endfor %}",
            "text that doubles":
                "{% set ns = namespace(x='x') %}{% for i in range(64) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x }}",
            "100,000 brackets": "{{ " + String(repeating: "(", count: 100_000),
            "10,000 ifs": String(repeating: "{% if true %}", count: 10_000),
            "division by zero": "{{ 1 // 0 }}", "operator alone": "{{ + }}",
        ])
}

/// Queries that must be refused.
enum HostileQueries {
    static let all: [HostileFile] =
        HostileFile.texts(
            .query,
            [
                "unclosed bracket": "x = (1", "unclosed text": "x = \"abc", "unclosed list": "x = [1, 2",
                "closing bracket": "x = 1)",
                "other bracket": "x = (1]", "nothing after =": "x = ", "nothing after |": "x |",
                "operator alone": "x = *", "two operators": "x = 1 * / 2",
                "number with letters": "x = 12abc", "two points": "x = 1.2.3",
                "huge integer": "x = 99999999999999999999999",
                "unknown escape": #"x = "\q""#, "100,000 brackets": "x = " + String(repeating: "(", count: 100_000),
                "100,000 minus": "x = " + String(repeating: "-", count: 100_000) + "1",
                "100,000 dots": "x = a" + String(repeating: ".b", count: 100_000),
                "pipes": String(repeating: "|", count: 10_000), "typographic quotes": "x = “a”", "a NUL": "x = \u{0}",
                "an escape sequence": "x = \u{1B}[31m1",
                "a bidi control": "x = \u{202E}1", "parameter without a name": "param = 1",
                "def without body": "def f(a)", "assert of nothing": "assert",
                "shell": "$(rm -rf /)", "an open backquote": "`id", "an empty backquote": "`` + 1",
                "a semicolon": "x = 1; y = 2;;",
            ])
        + [
            HostileFile(.query, "invalid UTF-8", [0x78, 0x3D, 0xFF]),
            HostileFile(.query, "2 MiB", [UInt8](repeating: 0x61, count: 2 << 20)),
        ]
}

/// Small texts of a store that must be refused.
enum HostileStoreTexts {
    private static let good = String(decoding: FuzzTarget.storeDescriptor.seeds[0], as: UTF8.self)

    static let all: [HostileFile] =
        HostileFile.texts(
            .storeDescriptor,
            [
                "empty": "", "empty object": "{}\n", "no line feed": String(good.dropLast()),
                "a blank first": " " + good, "two lines": good + good,
                "another mark": good.replacing("varve store", with: "varve stone"),
                "version 2": good.replacing(#""version":1"#, with: #""version":2"#),
                "version as text": good.replacing(#""version":1"#, with: #""version":"1""#),
                "unknown feature": good.replacing(#""incompat":0"#, with: #""incompat":4"#),
                "another uuid": good.replacing("0000-0000", with: "0000-0001"),
                "another check": good.replacing(#""check":""#, with: #""check":"0"#),
                "feature for readers only, without its check": good.replacing(
                    #""ro_compat":0"#, with: #""ro_compat":1"#),
                "one field twice": good.replacing(#""compat":0"#, with: #""compat":0,"compat":0"#),
                "nested": good.replacing(#""compat":0"#, with: #""compat":{}"#),
            ])
        + HostileFile.texts(
            .flatJSON,
            [
                "empty": "", "list": "[]", "nested": #"{"a":{}}"#, "list inside": #"{"a":[1]}"#, "null": #"{"a":null}"#,
                "unclosed": #"{"a":1"#,
                "comma at the end": #"{"a":1,}"#, "text after": "{}x", "number alone": "1", "plus": #"{"a":+1}"#,
                "hexadecimal": #"{"a":0x1}"#,
                "NaN": #"{"a":nan}"#, "infinity": #"{"a":inf}"#, "escape past ASCII": #"{"a":"\u00e9"}"#,
                "unknown escape": #"{"a":"\q"}"#,
            ])
}
