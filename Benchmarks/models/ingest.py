"""How much memory `varve ingest` takes beside the weights: the peak of the whole process. `Scripts/bench ingest` starts it.

    ingest.py --program VARVE --model FOLDER --results FOLDER [--large]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "store"))

import machine
import model

# Prompts of 256 tokens, and what is kept. `logits` is there so that every weight of the file is loaded.
CASES = [
    ("bf16", 16, ["--sites", "resid_post,logits"]), ("bf16", 16, ["--sites", "resid_post,logits", "--dtype", "f16"]),
    ("bf16", 16, ["--sites", "resid_post,logits", "--layers", "12"]), ("f16", 16, ["--sites", "resid_post,logits"]),
    ("wide-bf16", 16, ["--sites", "resid_post,logits"]), ("wide-f16", 16, ["--sites", "resid_post,logits"]),
    ("7b-bf16", 8, ["--sites", "resid_post,logits"]), ("7b-bf16", 8, ["--sites", "resid_post,logits", "--layers", "14"]),
]


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def prompts(path: Path, count: int, vocabulary: int) -> None:
    chosen = random.Random(5)
    with path.open("w") as file:
        for index in range(count):
            ids = [chosen.randrange(vocabulary) for _ in range(256)]
            file.write(json.dumps({"id": f"p{index}", "token_ids": ids}) + "\n")


def run(program: Path, folder: Path, count: int, options: list[str], work: Path) -> dict:
    """One ingest into a new store; its peak as the kernel counts it, what files it has in memory included."""
    store = work / "ingest-memory.varve"
    shutil.rmtree(store, ignore_errors=True)
    shape = json.loads((folder / "config.json").read_text())
    list_ = work / "ingest-memory.jsonl"
    prompts(list_, count, shape["vocab_size"])
    begin = time.perf_counter()
    child = subprocess.Popen(
        [program, "ingest", store, "--model", folder, "--prompts", list_, "--as", "m/t", *options], stdout=sys.stderr)
    _, status, usage = os.wait4(child.pid, 0)
    assert status == 0, f"varve ingest ended with {status}"
    shutil.rmtree(store)
    return {
        "file": sum(file.stat().st_size for file in folder.glob("*.safetensors")), "peak": usage.ru_maxrss * 1024,
        "tokens": count * 256, "options": options, "seconds": time.perf_counter() - begin}


def markdown(result: dict) -> str:
    about = result["machine"]
    lines = [
        "# Memory of an ingest", "",
        f"{about['processor']}, {about['cores']} cores, {about['memory_gib']} GiB. `varve ingest` as a person starts it, into a new store, prompts of 256 tokens: the peak of the "
        "whole process (`ru_maxrss`). Random weights of the shapes of Qwen2.5-0.5B (988 MB), of three times that, and of Qwen2.5-7B.", "",
        "| weights | options | tokens | file MB | peak MB | over the file, MB | over the file |", "| --- | --- | ---: | ---: | ---: | ---: | ---: |"]
    for entry in result["runs"]:
        over = entry["peak"] - entry["file"]
        lines.append(
            f"| {entry['kind']} | `{' '.join(entry['options'])}` | {entry['tokens']:,} | {entry['file'] / 1e6:,.0f} | {entry['peak'] / 1e6:,.0f} | "
            f"{over / 1e6:,.0f} | {100 * over / entry['file']:.1f} % |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="Scripts/bench ingest", description="The memory of varve ingest.")
    for name in ("program", "model", "results"):
        parser.add_argument(f"--{name}", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--large", action="store_true", help="also a model of 15 GB, which is made first and removed afterwards")
    options = parser.parse_args()
    model.make(options.model)
    result = {"machine": machine.about(options.results), "runs": []}
    for kind in dict.fromkeys(kind for kind, _, _ in CASES):
        if kind.startswith("7b"):
            if not options.large:
                continue
            model.make_large(options.model / kind)
        for _, count, chosen in (case for case in CASES if case[0] == kind):
            entry = {"kind": kind, **run(options.program, options.model / kind, count, chosen, options.model)}
            say(f"{kind} {' '.join(chosen)}: {entry['peak'] / 1e6:.0f} MB for {entry['file'] / 1e6:.0f} in {entry['seconds']:.0f} s")
            result["runs"].append(entry)
        if kind.startswith("7b"):
            shutil.rmtree(options.model / kind)
    (options.results / "ingest.json").write_text(json.dumps(result, indent=1) + "\n")
    (options.results / "ingest.md").write_text(markdown(result))
    print(markdown(result))


if __name__ == "__main__":
    main()
