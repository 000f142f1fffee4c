"""Makes a corpus of 5,600 lines and records which ids the `tokenizers` package gives them, for tokenizers of every kind.

    pip install tokenizers==0.23.3
    python make_tokenizer_corpus.py              # writes corpus/ beside this file
    python make_tokenizer_corpus.py DIR [FILE…]  # writes DIR/NAME/corpus.json for the real tokenizer.json in each DIR/NAME, and
                                                 # DIR/texts.json, what they are of: these lines, and each FILE's whole text

The tokenizers of corpus/ are small and trained here, each with the parts (normalizer, pre-tokenizer, model options, added
tokens, post-processor, decoder) that the named family ships. Of each line only digests are kept: 24 bits of FNV-1a over
its ids, four bytes each, little-endian, and 16 bits of the same over the UTF-8 of the text decoded from them.
"""

import json
import random
import sys
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = Path(__file__).parent
MARK = "\u2581"

WORDS = {
    "latin": "the of and to in is you that it he was for on are with as his they at be this from I have or by one had not "
    "but what all were when we there can an your which their said if do will each about how up out them then she "
    "many some so these would other into has more her two like him see time could no make than first been its who "
    "now people my made over did down only way find use may water long little very after words called just where "
    "most know honest helpful harmless refuse answer question language model token",
    "accents": "na\u00efve caf\u00e9 r\u00e9sum\u00e9 \u00c5ngstr\u00f6m stra\u00dfe gar\u00e7on se\u00f1or \u0141\u00f3d\u017a "
    "\u010cesk\u00fd \u0130stanbul \u0131\u015f\u0131k e\u0301a\u0308o\u0302\u0323 n\u0303 \u1ec7 Vi\u1ec7t o\u031b\u0323 \u212b \u2126 \u017fs",
    "cyrillic": "\u041f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440 \u0415\u0449\u0451 \u0440\u0430\u0437 \u0431\u044b\u043b \u043e\u043d\u0430 \u0457\u0445\u043d\u0456\u0439 \u0438\u0306",
    "greek": "\u0393\u03b5\u03b9\u03ac \u03c3\u03bf\u03c5 \u039a\u03cc\u03c3\u03bc\u03b5 \u03a3\u038a\u03a3\u03a5\u03a6\u039f\u03a3 \u1f10\u03bd \u1f00\u03c1\u03c7\u1fc7",
    "hebrew": "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd \u05d1\u05bc\u05b0\u05e8\u05b5\u05d0\u05e9\u05c1\u05b4\u05d9\u05ea",
    "arabic": "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645 \u0661\u0662\u0663 \u0627\u0644\u0652\u062d\u064e\u0645\u0652\u062f\u064f \ufdfa \ufefb",
    "indic": "\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e \u0915\u094d\u0937\u0924\u094d\u0930\u093f\u092f "
    "\u0ba4\u0bae\u0bbf\u0bb4\u0bcd \u0c24\u0c46\u0c32\u0c41\u0c17\u0c41 \u09ac\u09be\u0982\u09b2\u09be \u09dc \u0958 \u0967\u0968",
    "southeast": "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35\u0e0a\u0e32\u0e27\u0e42\u0e25\u0e01 \u0e99\u0e49\u0e33 \u1019\u103c\u1014\u103a\u1019\u102c \u1781\u17d2\u1798\u17c2\u179a \u0f56\u0f7c\u0f51 \u0f73\u0f73 \u0f75 \u0f81",
    "chinese": "\u4f60\u597d\u4e16\u754c \u6f22\u5b57 \u4eba\u5de5\u667a\u80fd \uf900 \U0002f800 \U00020000\U00020001",
    "japanese": "\u3053\u3093\u306b\u3061\u306f\u4e16\u754c \u304b\u306a\u4ea4\u3058\u308a\u6587 \uff76\uff9e\uff77\uff9e \u30ab\u3099 \u304c \uff21\uff22\uff11",
    "korean": "\uc548\ub155\ud558\uc138\uc694 \uc138\uacc4 \u1112\u1161\u11ab\u1100\u1173\u11af \uac00",
    "emoji": "\U0001f44d\U0001f3fd \U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7 "
    "\u2764\ufe0f \U0001f600\U0001f603 \U0001f3f4\U000e0067\U000e0062\U000e007f 1\ufe0f\u20e3 \u203c\ufe0f",
    "symbols": "\u2115 \u00bd \u00b2 \u2167 \u0663 \u2211 \u221e \u2260 \u2192 \u20ac \u00a3 \u2122 \u00a9 \ufb01 \ufb02 \u2460 \u338f \U0001d4b3\U0001d4ce "
    "\U00010348 \U0001f004 \u01c5 \u02b0 \u00aa \u00ba \u0640 \u2581 \u2581\u2581 \u00b7 \u2026 \u201cquoted\u201d \u2018it\u2019s\u2019",
}
CODE = [
    "def f(a, b=3):", "\treturn a**b  # comment", "    if (x != y && z <= 0) { x += 1; }", "#include <stdio.h>",
    "SELECT * FROM t WHERE a='b' AND c IS NOT NULL;", "for (int i = 0; i < n; ++i) sum += v[i];", '{"k": [1, 2.5e-3, null]}',
    "let xs = [1,2,3].map { $0 * 2 }", "https://example.com/a/b?c=d&e=%20#f", "foo@bar.com  /usr/local/bin//x", "camelCaseWord HTTPServer XMLHttpRequest2 iPhone",
    "git commit -m \"it's done\"\r", "\\frac{a}{b} \\alpha_{i}^{2}", "<div class='x'>&nbsp;</div>", "0x1F 1_000 3.14159 1,000,000 12345678901234567890",
]
APOSTROPHES = "don't DON'T can't I'LL you'Ve he'd 'tis 'S 's x'\u017f we're they'll l'eau 'Re 'lL o'clock ''ve 'D".split()
SPACES = [" ", "  ", "   ", "\t", "\t\t ", " \t ", "\u00a0", "\u3000", "\u2003", "\u200b", "\ufeff", "\u0085", "\u2028", "\r", "\r\n", "\n", "\n\n", " \n ", "\n\r\n \t", " " * 9, " " * 24, "\x0b", "\x0c", "\x1c"]
MARKUP = ["<|endoftext|>", "<|im_start|>user\n", "<|im_end|>", "<s>", "</s>", "<unk>", "[INST]", " [/INST]", "<start_of_turn>", "<end_of_turn>",
    "<|im_end", "<word>", " <word> ", "x<word>", "<strip>", "  <strip>  ", "<norm\u00e9>", "<norme\u0301>", "<NORM\u00c9>", "<Norm>", "<norm>", "<0x0A>", "\n\n\n", MARK * 2, "\t\t\t"]
ODD = ["\x00", "\x01", "\x7f", "\x80", "\u009f", "\uffff", "\U0010ffff", "\ue000", "\u0301", "\u0315\u0300\u05ae\u0301", "\u1e0a\u0323", "\u0344", "\u200d", "\u200c"]


def corpus() -> list[str]:
    """5,600 texts of one to sixteen parts; some have several lines, none is empty. The same on every run."""
    chance = random.Random(20261122)
    pools = {name: words.split() for name, words in WORDS.items()}
    names = list(pools)
    lines = [line for line in CODE + APOSTROPHES + MARKUP + ODD + SPACES]
    lines += [word for words in pools.values() for word in words]
    lines += ["".join(chr(c) for c in range(start, start + 64) if not 0xD800 <= c < 0xE000) for start in range(0, 0x3400, 64)]
    lines += ["a" * 300, "ab" * 200, " " * 300, "\n" * 100, "\t " * 60, "\u4e16\u754c" * 100, "A" * 99, "aB" * 99, "'s" * 50, "!" * 99, "\u0301" * 40, "1" * 99, MARK * 99]
    while len(lines) < 5600:
        style = chance.random()
        count = chance.randint(1, 16)
        main = chance.choice(names)
        parts = []
        for _ in range(count):
            kind = chance.random()
            if kind < 0.62:
                word = chance.choice(pools[main if chance.random() < 0.8 else chance.choice(names)])
                shape = chance.random()
                parts.append(word.upper() if shape < 0.06 else word.capitalize() if shape < 0.2 else word)
            elif kind < 0.70:
                parts.append(str(chance.randint(0, 10 ** chance.randint(1, 9))))
            elif kind < 0.76:
                parts.append(chance.choice(APOSTROPHES))
            elif kind < 0.80:
                parts.append(chance.choice(CODE))
            elif kind < 0.86:
                parts.append("".join(chance.choice("!?.,;:-_/()[]{}*&^%$#@~`|<>=+\"'") for _ in range(chance.randint(1, 4))))
            elif kind < 0.89:
                parts.append(chance.choice(MARKUP))
            elif kind < 0.91:
                parts.append(chance.choice(ODD))
            elif kind < 0.93:
                parts.append("".join(chr(chance.choice([chance.randint(0x20, 0x2FF), chance.randint(0x300, 0x33FF), chance.randint(0x1F300, 0x1FAFF)])) for _ in range(4)))
            else:
                parts.append(chance.choice(SPACES))
        if style < 0.7:
            glue = " "
        elif style < 0.8:
            glue = ""
        else:
            glue = None
        text = "".join(part + (glue if glue is not None else chance.choice(SPACES)) for part in parts)
        if chance.random() < 0.5:
            text = text.rstrip(" ")
        if text:
            lines.append(text)
    return lines


def trained(model, normalizer, splitter, decoder, special: list[str], added: list[AddedToken], size: int, alphabet: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(model)
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if splitter is not None:
        tokenizer.pre_tokenizer = splitter
    tokenizer.decoder = decoder
    limit = {} if alphabet else {"limit_alphabet": 160}
    trainer = trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=alphabet, special_tokens=special, show_progress=False, **limit
    )
    tokenizer.train_from_iterator(corpus()[:2500], trainer)
    for token in added:
        (tokenizer.add_special_tokens if token.special else tokenizer.add_tokens)([token])
    return tokenizer


ODD_TOKENS = [
    AddedToken("<strip>", normalized=False, lstrip=True, rstrip=True, special=False),
    AddedToken("<word>", normalized=False, single_word=True, special=False),
    AddedToken("<norm\u00e9>", normalized=True, special=False),
    AddedToken("\n\n\n", normalized=False, special=False),
]
# A byte-level decoder would take an accented letter for a byte.
PLAIN_TOKENS = [AddedToken("<Norm>", normalized=True, special=False)] + [t for t in ODD_TOKENS if t.content != "<norm\u00e9>"]
BYTES = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
PATTERNS = {
    "qwen2": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "llama3": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "tekken": r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "gpt4o": r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
}


def sentencepiece_bpe(**options):
    return models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True, **options)


def template(tokenizer: Tokenizer, single: str, names: list[str]):
    return processors.TemplateProcessing(single=single, special_tokens=[(name, tokenizer.token_to_id(name)) for name in names])


def small() -> dict[str, Tokenizer]:
    """One tokenizer of every kind that the families have."""
    strip = [decoders.Replace(MARK, " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    plain = strip[:3]
    bytes_alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())

    def byte_level(pattern: str, name: str) -> Tokenizer:
        normalizer = normalizers.NFC() if name == "qwen2" else None
        splitter = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(pattern), behavior="isolated", invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ])
        return trained(models.BPE(), normalizer, splitter, decoders.ByteLevel(), ["<|endoftext|>", "<|im_end|>"], PLAIN_TOKENS, 900, bytes_alphabet)

    made = {name: byte_level(pattern, name) for name, pattern in PATTERNS.items()}
    made["llama3"].post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=True), template(made["llama3"], "<|endoftext|> $A", ["<|endoftext|>"])])
    made["pythia"] = trained(
        models.BPE(), normalizers.NFC(), pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel(), ["<|endoftext|>"],
        [AddedToken(" " * count, normalized=True, special=False) for count in range(24, 1, -1)], 700, bytes_alphabet)
    made["roberta"] = trained(
        models.BPE(), normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase(), normalizers.Strip()]),
        pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=True)]),
        decoders.ByteLevel(), ["<s>", "</s>"], PLAIN_TOKENS, 700, bytes_alphabet)
    made["roberta"].post_processor = processors.RobertaProcessing(("</s>", 1), ("<s>", 0))
    # Llama-2, Mistral v0.1, Zephyr, TinyLlama: no pre-tokenizer, a mark before each text.
    made["llama2"] = trained(
        sentencepiece_bpe(), normalizers.Sequence([normalizers.Prepend(MARK), normalizers.Replace(" ", MARK)]), None,
        decoders.Sequence(strip), BYTES, [AddedToken("<pad>", special=True, normalized=False)] + ODD_TOKENS, 1100, [])
    made["llama2"].post_processor = template(made["llama2"], "<s> $A", ["<s>"])
    # Mistral v0.3, Llama-2 as newer converters write it: Metaspace at the first piece alone.
    made["mistral3"] = trained(
        sentencepiece_bpe(ignore_merges=False), None, pre_tokenizers.Metaspace(replacement=MARK, prepend_scheme="first", split=False),
        decoders.Sequence(strip), BYTES + ["[INST]", "[/INST]"], ODD_TOKENS, 1100, [])
    made["mistral3"].post_processor = template(made["mistral3"], "<s> $A", ["<s>"])
    made["metaspace"] = trained(
        sentencepiece_bpe(ignore_merges=True), normalizers.Sequence([normalizers.NFKC(), normalizers.Replace("``", '"')]),
        pre_tokenizers.Metaspace(replacement=MARK, prepend_scheme="always", split=True),
        decoders.Metaspace(replacement=MARK, prepend_scheme="always", split=True), BYTES, ODD_TOKENS, 1000, [])
    # Gemma: spaces become marks in the text, the split at spaces finds none.
    made["gemma"] = trained(
        sentencepiece_bpe(), normalizers.Replace(" ", MARK), pre_tokenizers.Split(" ", behavior="merged_with_previous"),
        decoders.Sequence(plain), ["<pad>", "<eos>", "<bos>"] + BYTES[:1] + BYTES[3:],
        [AddedToken(t, normalized=False, special=True) for t in ["<start_of_turn>", "<end_of_turn>"]]
        + [AddedToken(MARK * n, normalized=False, special=False) for n in (2, 3, 4)] + ODD_TOKENS, 1100, [])
    made["gemma"].post_processor = template(made["gemma"], "<bos> $A", ["<bos>"])
    # Phi-3: as Llama-2, with added tokens that take in the blanks after them.
    made["phi3"] = trained(
        sentencepiece_bpe(), normalizers.Sequence([normalizers.Prepend(MARK), normalizers.Replace(" ", MARK)]), None,
        decoders.Sequence(strip), BYTES, [AddedToken(t, rstrip=True, normalized=False, special=True) for t in ["<|endoftext|>", "<|im_end|>", "<|user|>"]],
        900, [])
    # Unknown letters without bytes to fall back on, fused and each for itself, and left out.
    for name, options in {"unknown": {"unk_token": "<unk>"}, "fused": {"unk_token": "<unk>", "fuse_unk": True}, "dropped": {}}.items():
        made[name] = trained(
            models.BPE(**options), normalizers.Sequence([normalizers.NFD(), normalizers.Prepend(MARK), normalizers.Replace(" ", MARK)]),
            pre_tokenizers.Split(MARK, behavior="merged_with_next"), decoders.Metaspace(replacement=MARK, prepend_scheme="never", split=True),
            ["<unk>"], [], 420, [])
    return made


def digest(data: bytes) -> int:
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % (1 << 64)
    return value ^ value >> 32


def record(tokenizer: Tokenizer, lines: list[str]) -> str:
    tokenizer.no_truncation()
    tokenizer.no_padding()
    ids_digests, text_digests, total = [], [], 0
    for line in lines:
        ids = tokenizer.encode(line, add_special_tokens=True).ids
        total += len(ids)
        ids_digests.append(f"{digest(b''.join(i.to_bytes(4, 'little') for i in ids)) & 0xFFFFFF:06x}")
        text_digests.append(f"{digest(tokenizer.decode(ids, skip_special_tokens=False).encode()) & 0xFFFF:04x}")
    recorded = {"tokens": total, "ids": "".join(ids_digests), "texts": "".join(text_digests)}
    return json.dumps(recorded, separators=(",", ":")) + "\n"


def main() -> None:
    lines = corpus()
    folder = HERE / "corpus"
    if len(sys.argv) > 1:
        texts = [Path(file).read_bytes().decode(errors="replace") for file in sys.argv[2:]]
        lines += [text for text in texts if text]
        text = json.dumps(lines, ensure_ascii=False, separators=(",", ":")) + "\n"
        Path(sys.argv[1], "texts.json").write_text(text, encoding="utf-8")
        for file in sorted(Path(sys.argv[1]).glob("*/tokenizer.json")):
            (file.parent / "corpus.json").write_text(record(Tokenizer.from_file(str(file)), lines), encoding="utf-8")
        return
    folder.mkdir(exist_ok=True)
    (folder / "corpus.json").write_text(json.dumps(lines, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    for name, tokenizer in small().items():
        tree = json.loads(tokenizer.to_str())
        # The trainer wants them announced; in the models' files they are entries of the vocabulary like any other.
        tree["added_tokens"] = [token for token in tree["added_tokens"] if not token["content"].startswith("<0x")]
        text = json.dumps(tree, ensure_ascii=False, separators=(",", ":"))
        (folder / f"{name}.tokenizer.json").write_text(text + "\n", encoding="utf-8")
        (folder / f"{name}.expected.json").write_text(record(Tokenizer.from_str(text), lines), encoding="utf-8")


if __name__ == "__main__":
    main()
