import Models
import Tensor

/// Tokenizers and chat templates.
enum TokenizerInputs {
    static func tokenizer(_ bytes: [UInt8]) throws {
        let tokenizer = try Tokenizer(bytes: bytes, path: "input")
        let ids = tokenizer.encode("Hello, 42 wörlds <s>\n e\u{301}世界 aab  ab", addSpecialTokens: true)
        _ = tokenizer.decode(ids)
        _ = tokenizer.encodeText([("ab", .user), (" ba", .assistant)])
    }

    static func chatTemplate(_ bytes: [UInt8]) throws {
        let template = try ChatTemplate(
            source: String(decoding: bytes, as: UTF8.self), path: "input", specialTokens: ["bos_token": "<s>"])
        _ = try template.render(
            [ChatMessage(role: "user", content: "Hi"), ChatMessage(role: "assistant", content: "Yes")],
            addGenerationPrompt: true)
    }

    /// A byte-level tokenizer of 257 tokens, and small ones with letters as Llama, Gemma and others have them.
    static var tokenizerSeeds: [[UInt8]] {
        let plain = Array(33...126) + Array(161...172) + Array(174...255)
        var shifted = 256
        var letters: [String] = []
        for byte in 0..<256 {
            let scalar = plain.contains(byte) ? byte : shifted
            if scalar == shifted { shifted += 1 }
            let letter = Unicode.Scalar(UInt32(scalar)).map { String(Character($0)) } ?? ""
            letters.append(letter == "\"" || letter == "\\" ? "\\" + letter : letter)
        }
        let vocabulary = letters.enumerated().map { "\"\($0.element)\":\($0.offset)" }.joined(separator: ",")
        return [
            #"""
            {"version":"1.0","truncation":null,"padding":null,"added_tokens":[{"id":257,"content":"<s>","single_word":false,"lstrip":false,
            "rstrip":false,"normalized":false,"special":true}],"normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,
            "trim_offsets":false,"use_regex":true},"post_processor":null,"decoder":{"type":"ByteLevel"},"model":{"type":"BPE","dropout":null,
            "unk_token":null,"continuing_subword_prefix":"","end_of_word_suffix":"","fuse_unk":false,"byte_fallback":false,
            "vocab":{\#(vocabulary),"ab":256},"merges":["a b"]}}
            """#,
            #"""
            {"added_tokens":[{"id":1,"content":"<s>","special":true,"normalized":false},{"id":12,"content":"<u>","special":false,"lstrip":true,
            "single_word":true}],"normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},
            "content":"▁"}]},"pre_tokenizer":null,"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},
            {"Sequence":{"id":"A","type_id":0}}],"pair":[],"special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]}}},"decoder":{"type":"Sequence",
            "decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ",
            "start":1,"stop":0}]},"model":{"type":"BPE","dropout":null,"unk_token":"<unk>","fuse_unk":true,"byte_fallback":true,"ignore_merges":false,
            "vocab":{"<unk>":0,"<s>":1,"</s>":2,"<0x0A>":3,"<0xC3>":4,"<0xB6>":5,"▁":6,"a":7,"b":8,"▁a":9,"▁ab":10,"aa":11},
            "merges":[["▁","a"],["▁a","b"],["a","a"]]}}
            """#,
            #"""
            {"added_tokens":[],"normalizer":{"type":"NFKC"},"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},
            {"type":"Split","pattern":{"String":","},"behavior":"MergedWithPrevious","invert":false},{"type":"Metaspace","replacement":"▁",
            "prepend_scheme":"first","split":true}]},"post_processor":{"type":"RobertaProcessing","sep":["b",2],"cls":["a",1]},
            "decoder":{"type":"Metaspace","replacement":"▁","prepend_scheme":"first"},"model":{"unk_token":"<unk>","vocab":{"<unk>":0,"a":1,"b":2,"▁":3,
            "ab":4},"merges":["a b"]}}
            """#,
        ].map { Array($0.utf8) }
    }

    static var chatTemplateSeeds: [[UInt8]] {
        [
            "{% for m in messages %}<|{{ m['role'] }}|>{{ m.content | trim }}{% endfor %}{% if add_generation_prompt %}<|a|>{% endif %}",
            "{%- set x = messages[0]['content'][1:] + bos_token -%}{{ x if x else 'none' }}{# note #}",
            "{% if messages | length > 9 %}{{ raise_exception('no') }}{% endif %}",
            "{% for i in range(3) %}{{ loop.index0 }}{% endfor %}",
        ].map { Array($0.utf8) }
    }
}
