import Models
import QueryLanguage
import Tensor

/// Texts with a grammar: tokenizers, chat templates, queries.
enum TextInputs {
    static func tokenizer(_ bytes: [UInt8]) throws {
        let tokenizer = try Tokenizer(bytes: bytes, path: "input")
        _ = tokenizer.encode("Hello, 42 wörlds\n", addSpecialTokens: true)
    }

    static func chatTemplate(_ bytes: [UInt8]) throws {
        let template = try ChatTemplate(
            source: String(decoding: bytes, as: UTF8.self), path: "input", specialTokens: ["bos_token": "<s>"])
        _ = try template.render(
            [ChatMessage(role: "user", content: "Hi"), ChatMessage(role: "assistant", content: "Yes")],
            addGenerationPrompt: true)
    }

    static func query(_ bytes: [UInt8]) throws {
        let source = try SourceText(name: "input", bytes: bytes)
        let output = Parser.parse(source)
        _ = DiagnosticRenderer().text(output.diagnostics, in: source)
        if let first = output.diagnostics.first { throw first }
    }

    static var tokenizerSeeds: [[UInt8]] {
        [
            #"""
            {"version":"1.0","truncation":null,"padding":null,"added_tokens":[{"id":3,"content":"<s>","single_word":false,"lstrip":false,
            "rstrip":false,"normalized":false,"special":true}],"normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,
            "trim_offsets":false,"use_regex":true},"post_processor":null,"decoder":{"type":"ByteLevel"},"model":{"type":"BPE","dropout":null,
            "unk_token":null,"continuing_subword_prefix":"","end_of_word_suffix":"","fuse_unk":false,"byte_fallback":false,
            "vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}}
            """#
        ].map { Array($0.utf8) }
    }

    static var chatTemplateSeeds: [[UInt8]] {
        [
            "{% for m in messages %}<|{{ m['role'] }}|>{{ m.content | trim }}{% endfor %}{% if add_generation_prompt %}<|a|>{% endif %}",
            "{%- set x = messages[0]['content'][1:] + bos_token -%}{{ x if x else 'none' }}{# note #}",
            "{% if messages | length > 9 %}{{ raise_exception('no') }}{% endif %}", "{% for i in range(3) %}{{ loop.index0 }}{% endfor %}",
        ].map { Array($0.utf8) }
    }

    static var querySeeds: [[UInt8]] {
        [
            "x = emergent.resid_post[layer=3] | mean(token) | cosine(base.resid_post[layer=3] | mean(token))\nx | bar(title=\"a\")\n",
            "## what\nparam k: int = 32\na = data.medical.topk(k) vs b | overlap(k=[1, 2, 4:8])\nassert a > 0.5 and not b == 'c'\n",
            "let y = @saved.value[_, -1, 0:3]\ndef f(v) = v | where(group == \"aligned\" and n >= 1e-3)\n", "_7 | export(\"x.npy\")",
        ].map { Array($0.utf8) }
    }
}
