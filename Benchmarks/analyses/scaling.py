"""The same query over a tenth of the rows and over all of them, each in a process of its own: time and peak memory.

Ten times the rows are to take 11 times as long at most and no more memory. Rows of a large layer are not held for a fit: each look
reads them again."""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "store"))
import report
from child import once

ROWS = {"tenth": 20_096, "tokens": 200_064}
RUNS = 5
PAIR = 'pair(capture("base", "{0}"), capture("tuned", "{0}"))'
ONE = 'capture("base", "{0}")'
FIT = '.resid_post[layer=0] | contrast(kind, "zero" vs "one") | split(test=0.2, seed=1) | standardize | '
QUERIES = {
    "cosine": PAIR + ".resid_post[layer=0] | cosine | mean",
    "overlap": PAIR + ".sae[layer=0] | topk([1, 8, 64]) | overlap | mean",
    "mean of vectors": ONE + ".resid_post[layer=0] | mean",
    "summary of norms": ONE + ".resid_post[layer=0] | norm | summary",
    "mean of each prompt, then over prompts": ONE + ".resid_post[layer=0] | norm | mean(token) | mean",
    "nearest": "let r = " + ONE + ".resid_post[layer=0]\nr | nearest((r | head(1) | mean), 20)",
    "pca": ONE + '.resid_post[layer=0] | pca(8, give="ratio")',
    # Looks at the rows again and again until the middle one is found.
    "median": ONE + ".resid_post[layer=0] | norm | median",
    # A sum for every prompt, then resamples and exchanges of these.
    "bootstrap": ONE + ".resid_post[layer=0] | norm | bootstrap(1000, seed=1) | ci",
    "permutation test": ONE + ".resid_post[layer=0] | norm | permutation_test(kind, n=1000, seed=1)",
    "difference in means": ONE + '.resid_post[layer=0] | contrast(kind, "zero" vs "one") | diff_means | norm',
    # Of a tenth of the rows, 62 MB, L2 and ridge hold theirs; all of them, 615 MB, are read again for every look.
    **{f"fit of {name}": ONE + FIT + fit + ' | score(metric="auroc")' for name, fit in (
        ("logreg", "logreg"), ("ridge", "ridge"), ("lda", "lda"), ("the difference in means", "diff_means"))},
    "fits of 100 L1 tables": ONE + '.resid_post[layer=0] | mean(token) | contrast(kind, "zero" vs "one") | balance '
        '| split(test=0.2, repeats=100, seed=42) | standardize | logreg(penalty="l1", C=0.01, intercept="liblinear") | score | summary',
}


def measure(options, environment: dict[str, str], say) -> dict:
    result = {}
    for name, query in QUERIES.items():
        runs: dict[str, list[dict]] = {dataset: [] for dataset in ROWS}
        for _ in range(RUNS):
            for dataset in ROWS:
                answer = once([str(options.program), "once", str(options.store), str(options.threads), query.format(dataset)], environment)
                runs[dataset].append({key: answer[key] for key in ("seconds", "peakBytes")})
        result[name] = {"query": query, "runs": runs}
        figures = {dataset: (median(run["seconds"] for run in these), median(run["peakBytes"] for run in these)) for dataset, these in runs.items()}
        say(f"{name}: {figures['tokens'][0] / figures['tenth'][0]:.2f} times as long for {ROWS['tokens'] / ROWS['tenth']:.2f} times the rows, "
            f"{(figures['tokens'][1] - figures['tenth'][1]) / 1e6:+.0f} MB")
    return result


def markdown(result: dict) -> str:
    rows = []
    for name, entry in result.items():
        time = {dataset: median(run["seconds"] for run in runs) for dataset, runs in entry["runs"].items()}
        peak = {dataset: median(run["peakBytes"] for run in runs) for dataset, runs in entry["runs"].items()}
        rows.append([
            name, f"{time['tenth']:.4f}", f"{time['tokens']:.4f}", f"{time['tokens'] / time['tenth']:.2f}",
            f"{peak['tenth'] / 1e6:.0f}", f"{peak['tokens'] / 1e6:.0f}"])
    intro = f"{ROWS['tenth']:,} and {ROWS['tokens']:,} rows; every run a process of its own, medians of {RUNS}; memory is the process' peak."
    return intro + "\n\n" + report.table(["query", "a tenth s", "all s", "times", "a tenth MB", "all MB"], rows)
