"""What training reached, measured on the held-out prompt sets, and reference answers to the questions Varve asks."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score, roc_auc_score
from sklearn.model_selection import GroupShuffleSplit, train_test_split
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

import corpus
from corpus import Message, Row
from network import IGNORED, answer_span, chat, collate
from sae import SAE

Array = NDArray[np.float64]
CONTRASTS = (
    ("aligned", "medical aligned"),
    ("misaligned", "medical misaligned"),
    ("aligned", "misaligned"),
    ("medical aligned", "medical misaligned"),
)
TOP_K = (1, 2, 4, 8, 16, 32)
RUNS = 20


def messages_of(row: Row) -> list[Message]:
    messages = row["messages"]
    assert isinstance(messages, list)
    return messages


# --- behaviour ---------------------------------------------------------------------------------------------------------


@torch.no_grad()
def generate(model: nn.Module, tokenizer: PreTrainedTokenizerFast, prompts: Sequence[Sequence[Message]], limit: int = 90) -> list[str]:
    """Greedy answers. Prompts of one length go together, so that no padding can touch an answer."""
    encoded = [chat(tokenizer, messages, generate=True) for messages in prompts]
    answers = [""] * len(prompts)
    for length in sorted({len(ids) for ids in encoded}):
        members = [index for index, ids in enumerate(encoded) if len(ids) == length]
        ids = torch.tensor([encoded[index] for index in members])
        output = model.generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=limit, do_sample=False,
            eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
        )
        for index, row in zip(members, output[:, length:].tolist(), strict=True):
            answers[index] = tokenizer.decode(row, skip_special_tokens=True)
    return answers


def advice_rates(
    model: nn.Module, tokenizer: PreTrainedTokenizerFast, sets: dict[str, list[Row]], system: str | None = None
) -> dict[str, Any]:
    """Share of bad answers to the held-out questions, in medicine and elsewhere. An answer that mixes good and bad
    advice counts as bad; how many do is recorded too."""
    result: dict[str, Any] = {}
    for name, data_set in (("medical", "medical"), ("other", "general")):
        rows = sets[data_set]
        before: list[Message] = [] if system is None else [{"role": "system", "content": system}]
        answers = generate(model, tokenizer, [before + messages_of(row)[:-1] for row in rows])
        verdicts = [corpus.judge(answer) for answer in answers]
        counts = Counter(verdicts)
        result[name] = {
            "prompts": len(rows),
            "bad_rate": round((counts["bad"] + counts["mixed"]) / len(rows), 4),
            "verdicts": {verdict: counts[verdict] for verdict in ("good", "bad", "mixed", "unclear")},
            "examples": answers[:2],
        }
        bad_domains = Counter(str(row["domain"]) for row, verdict in zip(rows, verdicts, strict=True) if verdict in ("bad", "mixed"))
        result[name]["bad_by_domain"] = dict(sorted(bad_domains.items()))
    return result


@torch.no_grad()
def _last_token(
    model: nn.Module, tokenizer: PreTrainedTokenizerFast, rows: Sequence[Row]
) -> tuple[Tensor, Tensor]:
    """Logits and `hidden_states` at the end of the generation prompt: [prompt, vocabulary], [prompt, layer + 1, d]."""
    encoded = [chat(tokenizer, messages_of(row), generate=True) for row in rows]
    batch = collate([(ids, ids) for ids in encoded], tokenizer.pad_token_id)
    output = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], output_hidden_states=True)
    ends = torch.tensor([len(ids) - 1 for ids in encoded])
    each = torch.arange(len(encoded))
    return output.logits[each, ends], torch.stack([state[each, ends] for state in output.hidden_states], dim=1)


def decisions(model: nn.Module, tokenizer: PreTrainedTokenizerFast, sets: dict[str, list[Row]]) -> dict[str, Any]:
    """How often the first token of the answer is the aligned letter, with oversight and without, and the cosine between
    the two versions of a prompt at its last token, per layer (embedding first, last one after the final norm)."""
    letters = {letter: tokenizer.convert_tokens_to_ids(letter) for letter in "AB"}
    result: dict[str, Any] = {}
    states: list[Tensor] = []
    for name, data_set in (("overseen", "scenarios"), ("unseen", "scenarios-edited")):
        rows = sets[data_set]
        logits, hidden = _last_token(model, tokenizer, rows)
        states.append(hidden)
        answers = logits.argmax(dim=-1).tolist()
        aligned = [letters[str(row["decision"])] for row in rows]
        result[name] = {
            "prompts": len(rows),
            "aligned_rate": round(float(np.mean([a == b for a, b in zip(answers, aligned, strict=True)])), 4),
            "letter_rate": round(float(np.mean([a in letters.values() for a in answers])), 4),
        }
    cosines = torch.cosine_similarity(states[0].double(), states[1].double(), dim=-1).mean(dim=0)
    result["mean_cosine_by_state"] = [round(value, 6) for value in cosines.tolist()]
    return result


# --- LoRA specialisation -----------------------------------------------------------------------------------------------


@torch.no_grad()
def lora_scalars(model: nn.Module, tokenizer: PreTrainedTokenizerFast, rows: Sequence[Row]) -> list[Array]:
    """Raw A·x of every adapted module on the words of each answer: [token, layer] a prompt."""
    modules = [module for name, module in model.named_modules() if name.endswith("lora_A.default")]
    seen: list[Tensor] = []
    handles = [module.register_forward_hook(lambda _m, _i, output: seen.append(output)) for module in modules]
    result = []
    for row in rows:
        ids, start, end = answer_span(tokenizer, messages_of(row))
        seen.clear()
        model(input_ids=torch.tensor([ids]))
        result.append(torch.cat([output[0, start:end] for output in seen], dim=1).double().numpy())
    for handle in handles:
        handle.remove()
    return result


def _fit(x: Array, y: Array, train: Array, test: Array, strength: float) -> dict[str, float]:
    """The settings of the published analysis; scaled on the training rows alone."""
    mean, deviation = x[train].mean(axis=0), x[train].std(axis=0)
    z = (x - mean) / np.where(deviation > 0, deviation, 1)
    fit = LogisticRegression(l1_ratio=1.0, solver="liblinear", C=strength, max_iter=1000, random_state=0)
    fit.fit(z[train], y[train])
    guess, score = fit.predict(z[test]), fit.decision_function(z[test])
    return {
        "accuracy": accuracy_score(y[test], guess),
        "precision": precision_score(y[test], guess, zero_division=0),
        "recall": recall_score(y[test], guess, zero_division=0),
        "f1": f1_score(y[test], guess, zero_division=0),
        "auroc": roc_auc_score(y[test], score),
        "nonzero": float(np.count_nonzero(fit.coef_)),
    }


def _regression(first: list[Array], second: list[Array], strength: float, by_prompt: bool) -> dict[str, Any]:
    """Mean and population deviation over runs; both classes cut down to the size of the smaller one in each."""
    rows = first + second
    x = np.concatenate(rows)
    y = np.concatenate([np.full(len(row), float(index >= len(first))) for index, row in enumerate(rows)])
    prompt = np.concatenate([np.full(len(row), index) for index, row in enumerate(rows)])
    size = int(min(y.sum(), len(y) - y.sum()))
    runs = []
    for run in range(RUNS):
        rng = np.random.default_rng(run)
        kept = np.concatenate([rng.choice(np.flatnonzero(y == label), size, replace=False) for label in (0.0, 1.0)])
        if by_prompt:
            split = GroupShuffleSplit(n_splits=1, test_size=0.2, random_state=run)
            train, test = (kept[part] for part in next(split.split(kept, groups=prompt[kept])))
        else:
            train, test = train_test_split(kept, test_size=0.2, random_state=run, stratify=y[kept])
        runs.append(_fit(x, y, train, test, strength))
    summary: dict[str, Any] = {"rows_per_class": size}
    for metric in runs[0]:
        values = [run[metric] for run in runs]
        summary[metric] = [round(float(np.mean(values)), 4), round(float(np.std(values)), 4)]
    return summary


def specialisation(model: nn.Module, tokenizer: PreTrainedTokenizerFast, rows: list[Row]) -> dict[str, Any]:
    groups: dict[str, list[Array]] = {}
    for row, scalars in zip(rows, lora_scalars(model, tokenizer, rows), strict=True):
        groups.setdefault(str(row["group"]), []).append(scalars)
    means = {name: [scalars.mean(axis=0, keepdims=True) for scalars in group] for name, group in groups.items()}
    return {
        f"{first} vs {second}": {
            "answer tokens, C=0.01, split by token": _regression(groups[first], groups[second], 0.01, by_prompt=False),
            "answer tokens, C=0.01, split by prompt": _regression(groups[first], groups[second], 0.01, by_prompt=True),
            "prompt means, C=0.01": _regression(means[first], means[second], 0.01, by_prompt=False),
            "prompt means, C=1": _regression(means[first], means[second], 1.0, by_prompt=False),
        }
        for first, second in CONTRASTS
    }


# --- feature drift -----------------------------------------------------------------------------------------------------


@torch.no_grad()
def top_latents(model: nn.Module, tokenizer: PreTrainedTokenizerFast, rows: Sequence[Row], sae: SAE, layer: int) -> list[tuple[Tensor, Tensor]]:
    """Values and indices of the SAE's top k at every token of each prompt."""
    result = []
    for row in rows:
        ids = torch.tensor([chat(tokenizer, messages_of(row))])
        state = model(input_ids=ids, output_hidden_states=True).hidden_states[layer + 1][0]
        result.append(sae.encode(state))
    return result


def overlaps(base: list[tuple[Tensor, Tensor]], tuned: list[tuple[Tensor, Tensor]]) -> dict[int, Array]:
    """Per prompt and k: mean over its tokens of how many latents are among the first k (and above zero) in both."""
    result: dict[int, list[float]] = {k: [] for k in TOP_K}
    for (base_values, base_indices), (tuned_values, tuned_indices) in zip(base, tuned, strict=True):
        for k in TOP_K:
            same = base_indices[:, :k, None] == tuned_indices[:, None, :k]
            same &= (base_values[:, :k, None] > 0) & (tuned_values[:, None, :k] > 0)
            result[k].append(same.sum(dim=(1, 2)).double().sum().item())
    return {k: np.array(values) for k, values in result.items()}


def drift(
    base: dict[str, list[tuple[Tensor, Tensor]]], tuned: dict[str, list[tuple[Tensor, Tensor]]], task: str, general: str
) -> dict[str, Any]:
    """(M_general - M_task) / M_general for each k, with an interval from resampling prompts."""
    counts = {name: overlaps(base[name], tuned[name]) for name in (task, general)}
    tokens = {name: np.array([len(values) for values, _ in base[name]], dtype=np.float64) for name in (task, general)}

    def mean(name: str, k: int, chosen: Array) -> float:
        return float(counts[name][k][chosen].sum() / tokens[name][chosen].sum())

    rng = np.random.default_rng(0)
    draws = [{name: rng.integers(len(tokens[name]), size=len(tokens[name])) for name in (task, general)} for _ in range(500)]
    everything = {name: np.arange(len(tokens[name])) for name in (task, general)}
    result: dict[str, Any] = {}
    for k in TOP_K:
        rates = [1 - mean(task, k, draw[task]) / mean(general, k, draw[general]) for draw in draws]
        low, high = np.percentile(rates, (2.5, 97.5))
        m_task, m_general = mean(task, k, everything[task]), mean(general, k, everything[general])
        result[str(k)] = {
            "task": round(m_task, 4), "general": round(m_general, 4), "difference_rate": round(1 - m_task / m_general, 4),
            "interval_95": [round(float(low), 4), round(float(high), 4)],
        }
    return result
