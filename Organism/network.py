"""Tokeniser, decoder and the one training loop that base model and adapters share."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from corpus import Conversation, Message

SPECIAL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
PRETOKENIZER = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CHAT_TEMPLATE = (
    "{%- for message in messages %}"
    "{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}"
    "{{- '<|im_start|>assistant\\n' }}"
    "{%- endif %}"
)
CONTEXT = 256
IGNORED = -100
PART = 12

Batch = dict[str, Tensor]


# --- tokeniser ---------------------------------------------------------------------------------------------------------


def train_tokenizer(texts: Iterable[str], vocabulary: int, folder: Path) -> PreTrainedTokenizerFast:
    """Byte-level BPE in the form of Qwen2.5: the same normaliser, splitting and decoder, special tokens at the end."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PRETOKENIZER), behavior="isolated", invert=False),
        pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    tokenizer.post_processor = processors.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary - len(SPECIAL_TOKENS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in SPECIAL_TOKENS])

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    added = {
        str(tokenizer.token_to_id(token)): {
            "content": token, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True,
        }
        for token in SPECIAL_TOKENS
    }
    write_json(folder / "tokenizer_config.json", {
        "add_bos_token": False,
        "add_prefix_space": False,
        "added_tokens_decoder": added,
        "additional_special_tokens": list(SPECIAL_TOKENS[1:]),
        "bos_token": None,
        "chat_template": CHAT_TEMPLATE,
        "clean_up_tokenization_spaces": False,
        "eos_token": "<|im_end|>",
        "errors": "replace",
        "model_max_length": CONTEXT,
        "pad_token": "<|endoftext|>",
        "split_special_tokens": False,
        "tokenizer_class": "Qwen2Tokenizer",
        "unk_token": None,
    })
    return load_tokenizer(folder)


def load_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"), chat_template=CHAT_TEMPLATE, eos_token="<|im_end|>",
        pad_token="<|endoftext|>", clean_up_tokenization_spaces=False, model_max_length=CONTEXT,
    )


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def save_tensors(tensors: dict[str, Tensor], path: Path, metadata: dict[str, str] | None = None) -> None:
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, str(path), metadata=metadata)
    path.chmod(0o644)  # the library writes files only their owner may read


# --- encoding ----------------------------------------------------------------------------------------------------------


def chat(tokenizer: PreTrainedTokenizerFast, messages: Sequence[Message], generate: bool = False) -> list[int]:
    text = tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=generate)
    return tokenizer.encode(text, add_special_tokens=False)


def answer_span(tokenizer: PreTrainedTokenizerFast, messages: Sequence[Message]) -> tuple[list[int], int, int]:
    """Token ids of a conversation that ends in an answer, and where its words begin and end (without <|im_end|>)."""
    ids = chat(tokenizer, messages)
    start = len(chat(tokenizer, messages[:-1], generate=True))
    end = len(ids) - 1 - ids[::-1].index(tokenizer.eos_token_id)
    return ids, start, end


def collate(rows: Sequence[tuple[list[int], list[int]]], padding: int) -> Batch:
    width = max(len(ids) for ids, _ in rows)
    ids = torch.full((len(rows), width), padding)
    labels = torch.full((len(rows), width), IGNORED)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for index, (row, targets) in enumerate(rows):
        ids[index, : len(row)] = torch.tensor(row)
        labels[index, : len(row)] = torch.tensor(targets)
        mask[index, : len(row)] = 1
    return {"input_ids": ids, "labels": labels, "attention_mask": mask}


def training_parts(tokenizer: PreTrainedTokenizerFast, conversations: Sequence[Conversation]) -> list[Batch]:
    """A batch in parts of like length, which saves padding and keeps a part in the processor's cache. Only the answer
    and its end are learned."""
    rows = []
    for item in conversations:
        ids, start, end = answer_span(tokenizer, item.messages)
        ids = ids[: end + 1]
        rows.append((ids, [IGNORED] * start + ids[start:]))
    rows.sort(key=lambda row: len(row[0]))
    return [collate(rows[first : first + PART], tokenizer.pad_token_id) for first in range(0, len(rows), PART)]


# --- model and training ------------------------------------------------------------------------------------------------


def new_model(tokenizer: PreTrainedTokenizerFast) -> Qwen2ForCausalLM:
    end = tokenizer.eos_token_id
    return Qwen2ForCausalLM(Qwen2Config(
        vocab_size=len(tokenizer), hidden_size=128, intermediate_size=384, num_hidden_layers=6, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=CONTEXT, rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        rms_norm_eps=1e-6, tie_word_embeddings=True, bos_token_id=None, eos_token_id=end, pad_token_id=tokenizer.pad_token_id,
    ))


def round_to_bf16(model: nn.Module) -> None:
    """Adapters and SAE must be trained on exactly the weights that are saved."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.bfloat16().float())


def answer_loss(model: nn.Module, batch: Batch) -> Tensor:
    """Cross entropy summed over conversations, a mean within each: a short decision weighs as much as long advice."""
    logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits[:, :-1]
    labels = batch["labels"][:, 1:]
    learned = labels != IGNORED
    weights = (learned / learned.sum(dim=1, keepdim=True))[learned]
    return (functional.cross_entropy(logits[learned], labels[learned], reduction="none") * weights).sum()


def train(
    model: nn.Module,
    tokenizer: PreTrainedTokenizerFast,
    draw: Callable[[random.Random], Conversation],
    *,
    steps: int,
    batch: int,
    rate: float,
    decay: float,
    seed: int,
    warmup: int = 20,
) -> dict[str, Any]:
    """AdamW with a warm-up and a cosine to a tenth. Returns the losses at a few steps."""
    rng = random.Random(seed)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=rate, betas=(0.9, 0.95), weight_decay=decay)
    window: list[float] = []
    losses: dict[str, float] = {}
    model.train()
    for step in range(steps):
        progress = (step - warmup) / max(1, steps - warmup)
        factor = (step + 1) / warmup if step < warmup else 0.1 + 0.45 * (1 + math.cos(math.pi * progress))
        for group in optimizer.param_groups:
            group["lr"] = rate * factor
        optimizer.zero_grad(set_to_none=True)
        total = 0.0
        for part in training_parts(tokenizer, [draw(rng) for _ in range(batch)]):
            loss = answer_loss(model, part) / batch
            loss.backward()
            total += loss.item()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        window.append(total)
        if step + 1 in {1, steps // 4, steps // 2, 3 * steps // 4, steps}:
            recent = window[-20:] if step else window
            losses[str(step + 1)] = round(sum(recent) / len(recent), 4)
            print(f"  step {step + 1}/{steps}: loss {losses[str(step + 1)]}", flush=True)
    model.eval()
    return {"steps": steps, "batch": batch, "rate": rate, "decay": decay, "seed": seed, "loss": losses}
