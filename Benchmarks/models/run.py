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
SETS = {"8 × 256": [256] * 8, "4 × 512": [512] * 4, "12 of 24–376": [24 + 32 * (index * 5 % 12) for index in range(12)]}
# Tokens run together; each side gets what suits it best.
BATCHES = (512, 1024, 2048)


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
    best = {}
    for name, child in (("ours", ours), ("peer", peer)):
        child.do("prompts", prompts=ids)
        child.do("prefill", batch=BATCHES[0])
        times = {batch: child.do("prefill", batch=batch)["seconds"] for batch in BATCHES}
        best[name] = min(times, key=times.get)
    seconds: dict[str, list[float]] = {"ours": [], "peer": []}
    for repetition in range(pairs):
        order = [("ours", ours), ("peer", peer)]
        for name, child in order if repetition % 2 == 0 else order[::-1]:
            seconds[name].append(child.do("prefill", batch=best[name])["seconds"])
    return {
        "tokens": tokens, "batch": best, "seconds": seconds, "difference": difference(ours, peer, len(ids)),
        "ratio": median(b / a for a, b in zip(seconds["ours"], seconds["peer"], strict=True)),
    }


def generation(ours: Child, peer: Child, pairs: int) -> dict:
    """Greedy, 8 prompts of 64 tokens, 64 tokens more; prefill included."""
    ids = prompts([64] * 8)
    seconds: dict[str, list[float]] = {"ours": [], "peer": []}
    tokens = {}
    for repetition in range(pairs):
        order = [("ours", ours), ("peer", peer)]
        for name, child in order if repetition % 2 == 0 else order[::-1]:
            answer = child.do("generate", prompts=ids, count=64)
            seconds[name].append(answer["seconds"])
            tokens[name] = answer["tokens"]
    same = sum(a == b for left, right in zip(tokens["ours"], tokens["peer"]) for a, b in zip(left, right))
    return {
        "tokens": 8 * 64, "same": same, "seconds": seconds,
        "ratio": median(b / a for a, b in zip(seconds["ours"], seconds["peer"], strict=True)),
    }


def markdown(result: dict) -> str:
    about = result["machine"]
    lines = [
        "# The decoder beside transformers", "",
        f"{about['processor']}, {result['threads']} threads each; transformers {result['transformers']}, PyTorch {result['torch']} (f32, sdpa). "
        "A model of Qwen2.5-0.5B's shape (896 × 24 layers, random weights). Both keep the residual stream after every layer in memory, "
        f"in f32. Medians of {result['pairs']} pairs, run one right after the other; the ratio is the median of the pairs' ratios.", "",
        "## Prefill", "",
        "| prompts | tokens | ours tokens/s | transformers tokens/s | times as fast | outside products | largest difference over rms |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, entry in result["prefill"].items():
        rates = [entry["tokens"] / median(entry["seconds"][side]) for side in ("ours", "peer")]
        outside = f"{100 * entry['outside']:.1f} %" if "outside" in entry else ""
        lines.append(
            f"| {name} | {entry['tokens']:,} | {rates[0]:,.0f} | {rates[1]:,.0f} | {entry['ratio']:.2f} | {outside} | {entry['difference']:.1e} |")
    if "generation" in result:
        entry = result["generation"]
        rates = [entry["tokens"] / median(entry["seconds"][side]) for side in ("ours", "peer")]
        lines += [
            "", "## Greedy generation", "", "8 prompts of 64 tokens, 64 tokens each, prefill included.", "",
            "| ours tokens/s | transformers tokens/s | times as fast | tokens that agree |", "| ---: | ---: | ---: | ---: |",
            f"| {rates[0]:,.0f} | {rates[1]:,.0f} | {entry['ratio']:.2f} | {entry['same']} of {entry['tokens']} |"]
    lines += [
        "", "## Memory", "", "Weights stay as they are stored; the peak is that of a process that has loaded the model and run the prompts.", "",
        "| weights | file MB | after loading, MB | over the file | after prefill, MB |", "| --- | ---: | ---: | ---: | ---: |"]
    for name, entry in result["memory"].items():
        lines.append(
            f"| {name} | {entry['file'] / 1e6:,.0f} | {entry['loaded'] / 1e6:,.0f} | {100 * (entry['loaded'] / entry['file'] - 1):.1f} % | "
            f"{entry['ran'] / 1e6:,.0f} |")
    lines += ["", "bf16 weights, widened tile by tile: " + ", ".join(
        f"{name}: {entry['tokens'] / median(entry['seconds']):,.0f} tokens/s" for name, entry in result["bf16"].items()) + "."]
    return "\n".join(lines) + "\n"


def alone(options, environment: dict[str, str], kind: str) -> tuple[dict, dict]:
    """Ours without a peer: memory, and the speed of stored half precision."""
    folder = options.model / kind
    file = (folder / "model.safetensors").stat().st_size
    child = Child([str(options.program), str(options.threads)], environment)
    try:
        loaded = child.do("load", path=str(folder))["peakBytes"]
        lengths = SETS["8 × 256"]
        child.do("prompts", prompts=prompts(lengths))
        answers = [child.do("prefill", batch=1024) for _ in range(3)]
        return (
            {"file": file, "loaded": loaded, "ran": answers[-1]["peakBytes"]},
            {"tokens": sum(lengths), "seconds": [answer["seconds"] for answer in answers[1:]]})
    finally:
        child.end()


def main() -> None:
    parser = argparse.ArgumentParser(prog="Scripts/bench models", description="Varve's decoder beside transformers on the CPU.")
    for name in ("program", "shim", "model", "results"):
        parser.add_argument(f"--{name}", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--pairs", type=int, default=5, help="repetitions; medians are taken (default %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="threads of each side (default %(default)s)")
    options = parser.parse_args()
    model.make(options.model)
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "ignore", "TRANSFORMERS_VERBOSITY": "error"}
    result = {
        "pairs": options.pairs, "threads": options.threads, "machine": machine.about(options.results),
        "torch": version("torch"), "transformers": version("transformers"), "shape": model.SHAPE, "prefill": {},
    }
    ours = Child([str(options.program), str(options.threads)], environment)
    theirs = {key: value for key, value in environment.items() if key not in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")}
    peer = Child([sys.executable, str(Path(__file__).with_name("peer.py")), str(options.threads)], theirs)
    # Watched apart from the race: the clock around each product costs a little.
    watched = Child([str(options.program), str(options.threads)], {**environment, "LD_PRELOAD": str(options.shim)})
    try:
        for child in (ours, peer, watched):
            child.do("load", path=str(options.model / "f32"))
        for name, lengths in SETS.items():
            entry = prefill(ours, peer, lengths, options.pairs)
            watched.do("prompts", prompts=prompts(lengths))
            watched.do("prefill", batch=entry["batch"]["ours"])
            answer = watched.do("prefill", batch=entry["batch"]["ours"])
            # Both threads' time; one that waits for the other's last batch is outside too.
            entry["outside"] = 1 - answer["products"] / (answer["seconds"] * options.threads)
            result["prefill"][name] = entry
            rates = [entry["tokens"] / median(entry["seconds"][side]) for side in ("ours", "peer")]
            say(
                f"{name}: ours {rates[0]:.0f}, transformers {rates[1]:.0f} tokens/s, {entry['ratio']:.2f} times as fast, "
                f"{100 * entry['outside']:.1f} % outside products, batches {entry['batch']}, difference {entry['difference']:.1e}")
        watched.end()
        result["generation"] = generation(ours, peer, max(1, options.pairs // 2 + 1))
        say(f"generation: {result['generation']['ratio']:.2f} times as fast, {result['generation']['same']} tokens agree")
    finally:
        for child in (ours, peer, watched):
            child.end()
    measured = {kind: alone(options, environment, kind) for kind in ("f32", "bf16")}
    result["memory"] = {kind: memory for kind, (memory, _) in measured.items()}
    result["bf16"] = {kind: speed for kind, (_, speed) in measured.items()}
    options.results.mkdir(parents=True, exist_ok=True)
    (options.results / "models.json").write_text(json.dumps(result, indent=1) + "\n")
    (options.results / "models.md").write_text(markdown(result))
    print(markdown(result))


if __name__ == "__main__":
    main()
