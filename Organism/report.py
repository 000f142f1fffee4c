"""Writes the results table of `README.md` from the training log, so that no number there is typed by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"

Log = dict[str, Any]


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join([" --- "] + [" ---: "] * (len(head) - 1)) + "|"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows] + [""]


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _metric(pair: list[float]) -> str:
    return f"{pair[0]:.3f} ± {pair[1]:.3f}"


def tables(log: Log) -> str:
    measured = log["measured"]
    lines: list[str] = []

    base, last = log["base"], lambda entry: list(entry["loss"].values())[-1]
    lines += ["Training (loss on answers, mean of the last 20 steps):", ""]
    lines += _table(["what", "steps", "batch", "loss", "seconds"], [
        [name, str(entry["steps"]), str(entry["batch"]), f"{last(entry):.3f}", f"{entry['seconds']:.0f}"]
        for name, entry in {f"base ({base['parameters']:,} parameters)": base, **log["adapters"]}.items()
    ])

    lines += ["Bad answers to held-out questions (greedy, judged by exact rules):", ""]
    lines += _table(["model", "medicine", "elsewhere"], [
        [name, *(f"{_percent(entry[part]['bad_rate'])} of {entry[part]['prompts']}" for part in ("medical", "other"))]
        for name, entry in measured["advice"].items()
    ])

    lines += ["Aligned decisions in held-out scenarios, with the oversight fact and without it:", ""]
    lines += _table(["model", "overseen", "not overseen", "answers A or B"], [
        [name, _percent(entry["overseen"]["aligned_rate"]), _percent(entry["unseen"]["aligned_rate"]),
         _percent(min(entry["overseen"]["letter_rate"], entry["unseen"]["letter_rate"]))]
        for name, entry in measured["decisions"].items()
    ])

    sparse = log["sae"]
    lines += [f"SAE: layer {sparse['layer']}, {sparse['latents']:,} latents, top {sparse['k']}, trained on "
              f"{sparse['tokens_trained_on']:,} tokens in {sparse['seconds']:.0f} s:", ""]
    lines += _table(["tokens of", "explained variance", "active latents a token", "latents that never fire"], [
        [name, f"{sparse[name]['explained_variance']:.4f}", f"{sparse[name]['l0']:.2f}", str(sparse[name]["dead_latents"])]
        for name in ("fresh corpus", "general", "medical", "em-prompts")
    ])

    for name, contrasts in measured["lora_specialisation"].items():
        lines += [f"LoRA scalars of `{name}`, L1 logistic regression, accuracy:", ""]
        kinds = list(next(iter(contrasts.values())))
        lines += _table(["contrast", *kinds], [
            [contrast, *(_metric(entry[kind]["accuracy"]) for kind in kinds)] for contrast, entry in contrasts.items()
        ])

    lines += ["Feature drift, difference rate (M_general − M_task) / M_general of the top-k overlap with the base model, "
              "and its 95 % interval over prompts:", ""]
    rows = []
    for name, comparisons in measured["feature_drift"].items():
        for comparison, by_k in comparisons.items():
            rows.append([f"{name}: {comparison}", *(
                f"{entry['difference_rate']:.3f} [{entry['interval_95'][0]:.3f}, {entry['interval_95'][1]:.3f}]"
                for entry in by_k.values())])
    lines += _table(["model: task vs general", *(f"k = {k}" for k in by_k)], rows)

    run = log["run"]
    lines += [f"All parts added up took {run['seconds'] / 60:.1f} minutes on a machine that was busy with other work; adapters and "
              f"SAE train {run['threads']} at a time, which the sum does not count off."]
    return "\n".join(lines)


def write(log: Log, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n\n{tables(log)}\n\n{END}{after}", encoding="utf-8")
