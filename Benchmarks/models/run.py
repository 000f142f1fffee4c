"""The decoder beside transformers on the CPU: same weights, prompts, threads and stored sites. `Scripts/bench models` starts it.

    run.py --program PROGRAM --shim PRODUCTS.so --model FOLDER --results FOLDER [--pairs N] [--threads N]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from importlib.metadata import version
from pathlib import Path
from statistics import median

sys.path.append(str(Path(__file__).resolve().parent.parent / "store"))

import machine
import model
from child import Child

VOCABULARY = model.SHAPE["vocab_size"]
# What prompts look like: their lengths.
SETS = {"4 × 256": [256] * 4, "2 × 512": [512] * 2, "8 of 23–233": [23 + 30 * (index * 3 % 8) for index in range(8)]}
# Models whose memory is measured: those of the race, and two of 3 GB.
MEMORY = ("f32", "bf16", "f16", "wide-bf16", "wide-f16")
# Tokens run together: ours has a batch on each thread, transformers all threads on one batch. Larger ones are no faster for either.
BATCH = {"ours": 512, "peer": 1024}


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def prompts(lengths: list[int]) -> list[list[int]]:
    chosen = random.Random(5)
    # By length, as both sides like them.
    return [[chosen.randrange(VOCABULARY) for _ in range(length)] for length in sorted(lengths)]


def difference(ours: Child, peer: Child, count: int) -> float:
    """Largest |ours − peer| of some layers and prompts over the peer's rms there."""
    worst = 0.0
    for layer in (0, 11, 23):
        for prompt in (0, count // 2, count - 1):
            a, b = (child.do("values", layer=layer, prompt=prompt)["values"] for child in (ours, peer))
            assert len(a) == len(b)
            rms = (sum(value * value for value in b) / len(b)) ** 0.5
            worst = max(worst, max(abs(x - y) for x, y in zip(a, b)) / rms)
    return worst


def prefill(ours: Child, peer: Child, lengths: list[int], pairs: int) -> dict:
    ids = prompts(lengths)
    tokens = sum(lengths)
    for name, child in (("ours", ours), ("peer", peer)):
        child.do("prompts", prompts=ids)
        child.do("prefill", batch=BATCH[name])
    seconds: dict[str, list[float]] = {"ours": [], "peer": []}
    for repetition in range(pairs):
        order = [("ours", ours), ("peer", peer)]
        for name, child in order if repetition % 2 == 0 else order[::-1]:
            seconds[name].append(child.do("prefill", batch=BATCH[name])["seconds"])
    return {
        "tokens": tokens, "seconds": seconds, "difference": difference(ours, peer, len(ids)),
        "ratio": median(b / a for a, b in zip(seconds["ours"], seconds["peer"], strict=True)),
    }


def generation(ours: Child, peer: Child, pairs: int) -> dict:
    """Greedy, 8 prompts of 64 tokens, 32 tokens more; prefill included."""
    ids = prompts([64] * 8)
    seconds: dict[str, list[float]] = {"ours": [], "peer": []}
    tokens = {}
    for repetition in range(pairs):
        order = [("ours", ours), ("peer", peer)]
        for name, child in order if repetition % 2 == 0 else order[::-1]:
            answer = child.do("generate", prompts=ids, count=32)
            seconds[name].append(answer["seconds"])
            tokens[name] = answer["tokens"]
    same = sum(a == b for left, right in zip(tokens["ours"], tokens["peer"]) for a, b in zip(left, right))
    return {
        "tokens": 8 * 32, "same": same, "seconds": seconds,
        "ratio": median(b / a for a, b in zip(seconds["ours"], seconds["peer"], strict=True)),
    }


def markdown(result: dict) -> str:
    about = result["machine"]
    lines = [
        "# The decoder beside transformers", "",
        f"{about['processor']}, {result['threads']} threads each; transformers {result['transformers']}, PyTorch {result['torch']} (f32, sdpa). "
        "A model of Qwen2.5-0.5B's shape (896 × 24 layers, random weights). Both keep the residual stream after every layer in memory, "
        f"in f32. Medians of pairs run one right after the other; the ratio is the median of the pairs' ratios. The machine's load as each part "
        f"began was {', '.join(f'{load:.1f} ({part})' for part, load in result['load'].items())}: others' work on it makes times longer.", "",
        "## Prefill", "",
        "| prompts | tokens | pairs | ours tokens/s | transformers tokens/s | times as fast | outside products | largest difference over rms |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, entry in result["prefill"].items():
        rates = [entry["tokens"] / median(entry["seconds"][side]) for side in ("ours", "peer")]
        outside = f"{100 * entry['outside']:.1f} %"
        lines.append(
            f"| {name} | {entry['tokens']:,} | {len(entry['seconds']['ours'])} | {rates[0]:,.0f} | {rates[1]:,.0f} | {entry['ratio']:.2f} | {outside} | {entry['difference']:.1e} |")
    if "generation" in result:
        entry = result["generation"]
        rates = [entry["tokens"] / median(entry["seconds"][side]) for side in ("ours", "peer")]
        lines += [
            "", "## Greedy generation", "", "8 prompts of 64 tokens, 32 tokens each, prefill included.", "",
            "| ours tokens/s | transformers tokens/s | times as fast | tokens that agree |", "| ---: | ---: | ---: | ---: |",
            f"| {rates[0]:,.0f} | {rates[1]:,.0f} | {entry['ratio']:.2f} | {entry['same']} of {entry['tokens']} |"]
    if "memory" not in result:
        return "\n".join(lines) + "\n"
    lines += [
        "", "## Memory", "",
        "Weights stay as they are stored; the peak is that of a process that has loaded the model and run 1,024 tokens, 512 on each thread. "
        "That process also keeps the residual stream after every layer for the comparison above: the benchmark's, not the decoder's, and told apart.", "",
        "| weights | file MB | after loading, MB | over the file | after prefill, MB | rows kept, MB | decoder alone, over the file |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for name, entry in result["memory"].items():
        lines.append(
            f"| {name} | {entry['file'] / 1e6:,.0f} | {entry['loaded'] / 1e6:,.0f} | {100 * (entry['loaded'] / entry['file'] - 1):.1f} % | "
            f"{entry['ran'] / 1e6:,.0f} | {entry['kept'] / 1e6:,.0f} | {100 * ((entry['ran'] - entry['kept']) / entry['file'] - 1):.1f} % |")
    lines += ["", "Half precision, widened tile by tile: " + ", ".join(
        f"{name}: {entry['tokens'] / median(entry['seconds']):,.0f} tokens/s" for name, entry in result["bf16"].items()) + "."]
    return "\n".join(lines) + "\n"


def alone(options, environment: dict[str, str], kind: str) -> tuple[dict, dict]:
    """Ours without a peer: memory, and the speed of stored half precision."""
    folder = options.model / kind
    file = (folder / "model.safetensors").stat().st_size
    shape = json.loads((folder / "config.json").read_text())
    child = Child([str(options.program), str(options.threads)], environment)
    try:
        loaded = child.do("load", path=str(folder))["peakBytes"]
        lengths = SETS["4 × 256"]
        child.do("prompts", prompts=prompts(lengths))
        answers = [child.do("prefill", batch=BATCH["ours"]) for _ in range(3)]
        return (
            {
                "file": file, "loaded": loaded, "ran": answers[-1]["peakBytes"],
                # f32 [layers, tokens, hidden] of `Prefill`.
                "kept": shape["num_hidden_layers"] * sum(lengths) * shape["hidden_size"] * 4},
            {"tokens": sum(lengths), "seconds": [answer["seconds"] for answer in answers[1:]]})
    finally:
        child.end()


class Sides:
    """Ours and transformers with the f32 model loaded, and for prefill a third: ours watched apart from the race, as the clock around
    each product costs a little."""

    def __init__(self, options, environment: dict[str, str]):
        program = [str(options.program), str(options.threads)]
        theirs = {key: value for key, value in environment.items() if key not in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")}
        self.ours = Child(program, environment)
        self.peer = Child([sys.executable, str(Path(__file__).with_name("peer.py")), str(options.threads)], theirs)
        self.watched = lambda: Child(program, {**environment, "LD_PRELOAD": str(options.shim)})
        self.folder = str(options.model / "f32")
        for child in (self.ours, self.peer):
            child.do("load", path=self.folder)

    def end(self) -> None:
        for child in (self.ours, self.peer):
            child.end()

    def outside(self, lengths: list[int], threads: int) -> float:
        """The share of both threads' time that is not spent in products; waiting for the other's last batch is in it."""
        child = self.watched()
        try:
            child.do("load", path=self.folder)
            child.do("prompts", prompts=prompts(lengths))
            child.do("prefill", batch=BATCH["ours"])
            answer = child.do("prefill", batch=BATCH["ours"])
        finally:
            child.end()
        return 1 - answer["products"] / (answer["seconds"] * threads)


def measure(part: str, options, environment: dict[str, str], result: dict) -> None:
    # What else the machine is doing.
    result["load"][part] = os.getloadavg()[0]
    if part == "memory":
        measured = {kind: alone(options, environment, kind) for kind in MEMORY}
        result["memory"] = {kind: memory for kind, (memory, _) in measured.items()}
        result["bf16"] = {kind: measured[kind][1] for kind in ("f32", "bf16", "f16")}
        return
    sides = Sides(options, environment)
    try:
        if part == "generation":
            result["generation"] = generation(sides.ours, sides.peer, (options.pairs + 1) // 2)
            say(f"generation: {result['generation']['ratio']:.2f} times as fast, {result['generation']['same']} tokens agree")
            return
        entry = prefill(sides.ours, sides.peer, SETS[part], options.pairs)
    finally:
        sides.end()
    entry["outside"] = sides.outside(SETS[part], options.threads)
    result["prefill"][part] = entry
    rates = [entry["tokens"] / median(entry["seconds"][side]) for side in ("ours", "peer")]
    say(
        f"{part}: ours {rates[0]:.0f}, transformers {rates[1]:.0f} tokens/s, {entry['ratio']:.2f} times as fast, "
        f"{100 * entry['outside']:.1f} % outside products, difference {entry['difference']:.1e}")


def main() -> None:
    known = [*SETS, "generation", "memory"]
    parser = argparse.ArgumentParser(prog="Scripts/bench models", description="Varve's decoder beside transformers on the CPU.")
    for name in ("program", "shim", "model", "results"):
        parser.add_argument(f"--{name}", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--pairs", type=int, default=5, help="repetitions; medians are taken (default %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="threads of each side (default %(default)s)")
    parser.add_argument(
        "--part", action="append", choices=known, help="measure only this and keep what results/models.json has of the others: "
        "for a machine that is quiet only for moments; may be given several times")
    options = parser.parse_args()
    model.make(options.model)
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "ignore", "TRANSFORMERS_VERBOSITY": "error"}
    options.results.mkdir(parents=True, exist_ok=True)
    file = options.results / "models.json"
    about = {
        "threads": options.threads, "batch": BATCH, "machine": machine.about(options.results), "torch": version("torch"),
        "transformers": version("transformers"), "shape": model.SHAPE}
    result = {**about, "load": {}, "prefill": {}}
    if options.part and file.exists():
        old = json.loads(file.read_text())
        # Parts of different machines or libraries do not belong together.
        if all(old.get(key) == value for key, value in about.items()):
            result = old
    for part in options.part or known:
        measure(part, options, environment, result)
        file.write_text(json.dumps(result, indent=1) + "\n")
    (options.results / "models.md").write_text(markdown(result))
    print(markdown(result))


if __name__ == "__main__":
    main()
