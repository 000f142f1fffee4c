"""Fits of a layer that is too large to be held, beside scikit-learn in double precision. `Scripts/bench agreement` starts it.

    agreement.py --program VARVE --work FOLDER --results FOLDER

150,000 rows of 512 numbers, 307 MB, are imported and fitted by the program as people use it; 1,500 prompts of 100 tokens, a quarter of
them held out by a column. Both sides fit the same rows. It ends with an error where an answer is too far away.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import accuracy_score, roc_auc_score

sys.path.insert(0, str(Path(__file__).parents[1] / "store"))
import machine
import report

PROMPTS, TOKENS, WIDTH = 1500, 100, 512
# Relative to the largest weight, and absolute for scores.
TOLERANCE = 1e-5


class MeanDifference:
    """The direction between the means of two classes."""

    def fit(self, x: np.ndarray, y: np.ndarray) -> MeanDifference:
        self.coef_ = x[y == 1].mean(0) - x[y == 0].mean(0)
        return self

    def decision_function(self, x: np.ndarray) -> np.ndarray:
        return x @ self.coef_


# The steps behind the split, the peer, and the column of classes.
CASES = [
    ("standardize | logreg(C=0.01)", LogisticRegression(C=0.01, solver="newton-cholesky", tol=1e-10, max_iter=1000), "kind"),
    ("standardize | ridge(alpha=10)", RidgeClassifier(alpha=10), "kind"),
    ("ridge(alpha=10)", RidgeClassifier(alpha=10), "kind"),
    ("standardize | lda", LinearDiscriminantAnalysis(solver="lsqr"), "kind"),
    ("lda(shrinkage=0.3)", LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.3), "kind"),
    ("standardize | diff_means", MeanDifference(), "kind"),
    ("standardize | ridge(alpha=1)", RidgeClassifier(alpha=1), "three"),
    ("standardize | lda", LinearDiscriminantAnalysis(solver="lsqr"), "three"),
]


def make(folder: Path, program: str) -> dict[str, np.ndarray]:
    """The store, made anew, and what it holds."""
    draw = np.random.default_rng(0)
    labels = {"kind": np.arange(PROMPTS) % 2, "three": np.arange(PROMPTS) % 3, "part": (draw.random(PROMPTS) < 0.25).astype(int)}
    # Correlated columns of unequal scale, far from the origin.
    apart, origin, scale = draw.normal(size=WIDTH) * 0.06, draw.normal(size=WIDTH) * 3, np.exp(draw.normal(size=WIDTH))
    mix = np.eye(WIDTH) + draw.normal(size=(WIDTH, WIDTH)) * 0.5 / np.sqrt(WIDTH)
    rows = np.empty((PROMPTS * TOKENS, WIDTH), np.float32)
    for prompt in range(PROMPTS):
        noise = draw.normal(size=(TOKENS, WIDTH)) @ mix
        rows[prompt * TOKENS : (prompt + 1) * TOKENS] = (noise + (labels["kind"][prompt] - 0.5) * apart) * scale + origin
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "rows.npy", rows)
    np.save(folder / "offsets.npy", np.arange(0, PROMPTS * TOKENS + 1, TOKENS))
    names = {"kind": "ab", "three": "xyz", "part": ["train", "test"]}
    with (folder / "prompts.jsonl").open("w") as file:
        for prompt in range(PROMPTS):
            columns = {name: names[name][values[prompt]] for name, values in labels.items()}
            file.write(json.dumps({"id": f"p{prompt}", "text": f"prompt {prompt}", **columns}) + "\n")
    subprocess.run(["rm", "-rf", str(folder / "store")], check=True)
    subprocess.run(
        [program, "import", str(folder / "store"), f"resid_post.0={folder / 'rows.npy'}", "--offsets", str(folder / "offsets.npy"),
         "--prompts", str(folder / "prompts.jsonl"), "--as", "base/large"], check=True)
    return {"rows": rows.astype(np.float64), **{name: np.repeat(values, TOKENS) for name, values in labels.items()}}


def ask(program: str, store: Path, query: str) -> tuple[np.ndarray, float, int]:
    """The numbers of an answer, how long it took, and the peak of its memory in bytes."""
    start = time.perf_counter()
    peak = 0
    with tempfile.TemporaryFile() as file, subprocess.Popen([program, "query", str(store), query, "--format", "json"], stdout=file) as run:
        # What wait4 says of a child holds this program's memory too, from before it became another.
        while run.poll() is None:
            for line in Path(f"/proc/{run.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    peak = int(line.split()[1]) * 1024
            time.sleep(0.002)
        seconds = time.perf_counter() - start
        if run.returncode != 0:
            raise SystemExit(f"{query} ended with {run.returncode}")
        file.seek(0)
        answer = json.load(file)
    return np.ravel(np.array((answer[0] if isinstance(answer, list) else answer)["data"], float)), seconds, peak


def main() -> None:
    parser = argparse.ArgumentParser(prog="Scripts/bench agreement", description=__doc__.splitlines()[0])
    for name in ("program", "work", "results"):
        parser.add_argument(f"--{name}", type=Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    program, store = str(options.program.resolve()), options.work / "store"
    data = make(options.work, program)
    held_out = data["part"] == 1
    x = data["rows"]
    mean, sd = x[~held_out].mean(0), x[~held_out].std(0)
    scores = (x - mean) / sd
    rows, wrong = [], []
    for steps, peer, column in CASES:
        features = scores if steps.startswith("standardize") else x
        y = data[column]
        peer.fit(features[~held_out], y[~held_out])
        classes = ' | contrast(kind, "a" vs "b")' if column == "kind" else ""
        fit = steps if column == "kind" else steps.replace("alpha=1", "y=three, alpha=1").replace("lda", "lda(y=three)")
        query = f'capture("base", "large").resid_post[layer=0]{classes} | split(column=part) | {fit}'
        weights, *_ = ask(program, store, query + " | weights")
        metric = "auroc" if column == "kind" else "accuracy"
        score, seconds, peak = ask(program, store, f'{query} | score(metric="{metric}")')
        if column == "kind":
            wanted = roc_auc_score(y[held_out], peer.decision_function(features[held_out]))
        else:
            wanted = accuracy_score(y[held_out], peer.predict(features[held_out]))
        theirs = np.ravel(peer.coef_)
        apart = float(np.max(np.abs(weights - theirs)) / np.max(np.abs(theirs)))
        gap = abs(float(score[0]) - wanted)
        title = "`" + fit.replace("|", "\\|") + "`"
        rows.append([title, f"{apart:.1e}", metric, f"{score[0]:.6f}", f"{gap:.1e}", f"{seconds:.2f}", f"{peak / 1e6:.0f}"])
        print(f"bench: {fit}: weights {apart:.1e} apart, {metric} {gap:.1e}, {seconds:.2f} s", file=sys.stderr)
        if not (apart <= TOLERANCE and gap <= TOLERANCE):
            wrong.append(fit)
    about = machine.about(options.work)
    text = "\n".join([
        "# Fits of a layer that is too large to be held, beside scikit-learn", "",
        f"{about['processor']}, {about['cores']} cores; numpy {np.__version__}, scikit-learn {version('scikit-learn')}. "
        f"{len(x):,} rows of {WIDTH} f32, {x.size * 4 / 1e6:.0f} MB. Seconds and memory are of the whole program, from start to answer. Weights are "
        "compared with the largest of them.", "",
        report.table(["fit", "weights apart", "score", "ours", "apart", "seconds", "peak MB"], rows), "",
    ])
    (options.results / "agreement.md").write_text(text)
    print(text)
    if wrong:
        raise SystemExit(f"too far from scikit-learn: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
