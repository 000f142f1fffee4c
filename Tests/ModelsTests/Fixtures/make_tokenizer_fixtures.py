"""Makes small tokenizers and records what the `tokenizers` package does with varied texts.

    pip install tokenizers==0.23.3
    python make_tokenizer_fixtures.py            # writes tokenizer/*.json beside this file

Published tokenizers: Scripts/tokenizers.
"""

import json
import random
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = Path(__file__).parent
QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
LLAMA3 = QWEN2.replace(r"|\p{N}|", r"|\p{N}{1,3}|")

SEEDS = [
    "The quick brown fox can't won't I'LL you'Ve he'd 'tis 'S 's '\u017f x'\u017f",
    "na\u00efve caf\u00e9 r\u00e9sum\u00e9 \u00c5ngstr\u00f6m",
    "e\u0301a\u0308 combining o\u0302\u0323 \u0f73\u0f73 \u0f75\u0f75",
    "Привет, мир! Ещё раз",
    "Γειά σου Κόσμε",
    "שלום עולם",
    "مرحبا بالعالم ١٢٣",
    "नमस्ते दुनिया क्षत्रिय",
    "สวัสดีชาวโลก",
    "你好，世界！漢字かな交じり文",
    "こんにちは世界ｶﾞｷﾞ",
    "안녕하세요 \u1112\u1161\u11ab",
    "👍🏽 👨‍👩‍👧‍👦 🇩🇪🇫🇷 ❤️ 😀😃",
    "x = foo(bar)[1:2]  # comment\n\tdef f(a, b=3):\r\n\t\treturn a**b\n\n\n",
    "   \t  \n  \n\n x\r\n\r\n  y  ",
    "1234567890 3.14159 1,000,000 ½ ² Ⅷ ٣",
    "!!!???...---___===+++",
    "<|im_start|>user\nhi<|im_end|>\n<|endoftext|><|im_end",
    "<tool_call>{\"a\": 1}</tool_call>  <strip>  x<word>y <word> z<word>, cafe\u0301<norm\u00e9>",
    "a\u00a0b\u2003c\u3000d\u2028e\u0085f\u200bg\ufeffh",
    "\u0000\u0001\u007f\u0080\u009f",
    "𝒳𝓎𝔃 𐍈 𠀀𠀁 🀄",
    "ﬁ ﬂ ① ㎏ Å \u212b \u2126 가",
    "http://example.com/a?b=c&d=%20#e foo@bar.com",
    "don't DON'T Don'T we're WE'RE they'll THEY'LL",
    "ǅ ʰ ª º ـ",
    "a" * 120,
    "ab" * 60,
    " " * 70,
    "\n" * 30,
    "\t \t " * 12,
    "",
    " ",
    "\n",
    "'",
]


def texts() -> list[str]:
    """About 300 texts: the seeds, and mixtures of their parts."""
    chance = random.Random(7)
    pool = [character for seed in SEEDS for character in seed]
    glue = [" ", "  ", "\n", "\r\n", "\t", " \n ", "'", "<|endoftext|>", "<|im_start|>", "<word>", "<strip>"]
    mixed = ["".join(chance.choice(pool) for _ in range(chance.randint(1, 40))) for _ in range(140)]
    for _ in range(140):
        parts = []
        for _ in range(chance.randint(1, 12)):
            seed = chance.choice(SEEDS)
            at = chance.randint(0, len(seed))
            parts.append(chance.choice([seed[at : at + 9], chance.choice(glue), str(chance.randint(0, 99999))]))
        mixed.append("".join(parts))
    return SEEDS + mixed


def trained(size: int, normalizer, splitter, added: list[AddedToken], template: bool = False) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = splitter
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False
    )
    code = Path(__file__).read_text(encoding="utf-8")
    tokenizer.train_from_iterator(SEEDS * 4 + code.splitlines(), trainer)
    for token in added:
        if token.special:
            tokenizer.add_special_tokens([token])
        else:
            tokenizer.add_tokens([token])
    if template:
        tokenizer.post_processor = processors.Sequence([
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(
                single="<|endoftext|> $A <|im_end|>",
                special_tokens=[(t, tokenizer.token_to_id(t)) for t in ["<|endoftext|>", "<|im_end|>"]],
            ),
        ])
    else:
        tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


def split(pattern: str, behavior: str = "isolated", invert: bool = False):
    return pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), behavior=behavior, invert=invert),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])


def small() -> dict[str, tuple[Tokenizer, dict]]:
    """Tokenizers with what the real ones differ in, and changes to make to their files before they are read again."""
    chat = [AddedToken(t, normalized=False, special=True) for t in ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]]
    odd = chat + [
        AddedToken("<tool_call>", normalized=False, special=False),
        AddedToken("<strip>", normalized=False, lstrip=True, rstrip=True, special=False),
        AddedToken("<word>", normalized=False, single_word=True, special=False),
        AddedToken("<norm\u0065\u0301>", normalized=True, special=False),
        AddedToken("    ", normalized=True, special=False),
        AddedToken("  ", normalized=True, special=False),
    ]
    return {
        "qwen2": (trained(700, normalizers.NFC(), split(QWEN2), odd), {}),
        "gpt2": (trained(600, None, pre_tokenizers.ByteLevel(add_prefix_space=False), chat[:1]), {"merges": "strings"}),
        "llama3": (
            trained(600, None, split(LLAMA3, "removed", True), chat, template=True),
            {"merges": "strings", "ignore_merges": True},
        ),
        "digits": (
            trained(
                500,
                normalizers.Sequence([normalizers.NFC()]),
                pre_tokenizers.Sequence([
                    pre_tokenizers.Digits(individual_digits=True),
                    pre_tokenizers.ByteLevel(add_prefix_space=True),
                ]),
                chat,
            ),
            {},
        ),
    }


def changed(text: str, changes: dict) -> str:
    tree = json.loads(text)
    if changes.get("merges") == "strings":
        tree["model"]["merges"] = [" ".join(pair) for pair in tree["model"]["merges"]]
    if changes.get("ignore_merges"):
        tree["model"]["ignore_merges"] = True
        # The last token becomes one that no merge reaches, so that ignoring merges shows.
        vocabulary = tree["model"]["vocab"]
        last = max(vocabulary, key=vocabulary.get)
        vocabulary["\u0120unreachable"] = vocabulary.pop(last)
        tree["model"]["merges"].pop()
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":"))


def record(tokenizer: Tokenizer) -> str:
    tokenizer.no_truncation()
    tokenizer.no_padding()
    cases = []
    for text in texts() + [" unreachable unreachable"]:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        marked = tokenizer.encode(text, add_special_tokens=True).ids
        at = [i for i in range(len(marked) - len(ids) + 1) if marked[i : i + len(ids)] == ids][0]
        cases.append({
            "text": text, "ids": ids, "before": marked[:at], "after": marked[at + len(ids) :],
            "decoded": tokenizer.decode(ids, skip_special_tokens=False),
        })
    return "[\n" + ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases) + "\n]\n"


def main() -> None:
    folder = HERE / "tokenizer"
    folder.mkdir(exist_ok=True)
    for name, (tokenizer, changes) in small().items():
        text = changed(tokenizer.to_str(), changes)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        (folder / f"{name}.expected.json").write_text(record(Tokenizer.from_str(text)), encoding="utf-8")


if __name__ == "__main__":
    main()
