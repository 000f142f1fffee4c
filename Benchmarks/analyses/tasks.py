"""What is compared: our query, the libraries' functions, and how much faster ours is to be."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import numpy as np

LAYERS = list(range(12))
PAIR = 'pair(capture("base", "tokens"), capture("tuned", "tokens"))'
FITS = 'capture("base", "fits").resid_post | contrast(kind, "zero" vs "one")'


@dataclass
class Peer:
    function: str
    title: str
    arguments: dict = field(default_factory=dict)
    # How far its answer may be from ours: f16 queries and random projections are coarser.
    tolerance: float = 1e-5


@dataclass
class Check:
    """A query of ours beside what a peer's function gives."""

    what: str
    query: str
    # Of the peers; the timed function itself where it is the peer's own.
    function: str
    arguments: dict
    tolerance: float
    numbers: object = None


@dataclass
class Task:
    name: str
    title: str
    query: str
    peers: list[Peer]
    # (what, peers it is about, times as fast as the fastest of them)
    targets: list[tuple[str, list[str], float]]
    # Our answers as numbers, in the order of the peers'.
    numbers: object = None
    # Asked again in the same session: what was computed before may serve.
    again: bool = False
    # Scores of held-out rows are not comparable number by number.
    compared: bool = True
    # What is compared in their place, outside the time.
    checks: list[Check] = field(default_factory=list)
    # Our weights, where both sides minimise the same objective over the same rows: ours must not end above a peer's.
    weights: str | None = None


def data(values: list[str]) -> np.ndarray:
    return np.asarray(json.loads(values[0])["data"], float)


def metrics(values: list[str]) -> np.ndarray:
    """Accuracy, precision, recall, F1, AUROC without the number of weights."""
    return data(values).ravel()[:5]


def column(name: str):
    def read(values: list[str]) -> np.ndarray:
        table = json.loads(values[0])
        place = table["columns"].index(name)
        return np.array([row[place] for row in table["data"]], float)

    return read


TASKS = [
    Task(
        "overlap", "overlap, 7 values of k up to 64, 200,064 tokens", f"{PAIR}.sae[layer=0] | topk([1, 2, 4, 8, 16, 32, 64]) | overlap | mean",
        [
            Peer("overlap_numpy_sorted", "NumPy, sorted"), Peer("overlap_numpy_ranks", "NumPy, ranks in one pass"), Peer("overlap_scipy", "SciPy sparse"),
            Peer("overlap_polars", "polars join"), Peer("overlap_duckdb", "DuckDB join"), Peer("overlap_sets", "Python sets"),
        ],
        [("the best NumPy", ["overlap_numpy_sorted", "overlap_numpy_ranks"], 6), ("DuckDB", ["overlap_duckdb"], 100)], data),
    Task(
        "cosine", "paired cosine, 200,064 × 768", f"{PAIR}.resid_post[layer=0] | cosine | mean",
        [
            Peer("cosine_torch", "torch, chunked"), Peer("cosine_numpy", "NumPy, chunked"), Peer("cosine_duckdb", "DuckDB"),
            Peer("cosine_zarr", "Zarr"),
        ],
        [("the best", ["cosine_torch", "cosine_numpy", "cosine_duckdb", "cosine_zarr"], 3.5)], data),
    Task(
        "nearest", "top-20 nearest by cosine, 200,064 × 768",
        'let r = capture("base", "tokens").resid_post[layer=0]\nlet v = r | head(1) | mean\nr | nearest(v, 20)',
        [
            Peer("nearest_faiss", "FAISS flat, mapped"), Peer("nearest_numpy", "NumPy, chunked f16"),
            Peer("nearest_numpy_normalised", "NumPy, normalised f32"), Peer("nearest_lance", "Lance", tolerance=2e-3), Peer("nearest_duckdb", "DuckDB"),
        ],
        [("FAISS mapped", ["nearest_faiss"], 1.5)], column("cosine")),
    Task(
        "pca", "PCA-8, 200,064 × 768", 'capture("base", "tokens").resid_post[layer=0] | pca(8, give="ratio")',
        [Peer("pca_sklearn", "scikit-learn, covariance"), Peer("pca_numpy", "NumPy, chunked Gram"), Peer("pca_torch", "torch low-rank (approximate)", tolerance=0.1)],
        [("scikit-learn", ["pca_sklearn"], 2)], data),
    Task(
        "pca-again", "PCA-8, asked again", 'capture("base", "tokens").resid_post[layer=0] | pca(8, give="ratio")',
        [Peer("pca_sklearn", "scikit-learn, covariance")], [("scikit-learn", ["pca_sklearn"], 8)], data, again=True),
    Task(
        "means", "difference in means, 12 layers of 50,048 × 768", f"{FITS} | diff_means | norm",
        [Peer("means_numpy", "NumPy, two copies", {"layers": LAYERS}), Peer("means_numpy_product", "NumPy, product", {"layers": LAYERS})],
        [("NumPy, two copies", ["means_numpy"], 10), ("the best NumPy", ["means_numpy", "means_numpy_product"], 10)], data),
    Task(
        "ridge", "ridge probes, 12 layers of 50,048 × 768", f'{FITS} | split(test=0.2, seed=1) | standardize | ridge(alpha=1) | score(metric="auroc")',
        [Peer("ridge_numpy", "NumPy", {"layers": LAYERS})], [("NumPy", ["ridge_numpy"], 3)], data, compared=False,
        # The timed peer's Gram matrix is of f32 products, as fast scripts have it; NumPy in double precision says who is right.
        checks=[Check(
            "lengths of the weights", f"{FITS} | split(test=0.2, seed=1) | standardize | ridge(alpha=1) | weights | norm", "ridge_lengths",
            {"layers": LAYERS}, 1e-5, data)]),
    *[
        Task(
            name, f"L2 logistic probes, {title} of 50,048 × 768",
            f'{fits} | split(test=0.2, seed=1) | standardize | logreg(C=1) | score(metric="auroc")',
            [Peer(function, peer, {"layers": layers}) for function, peer in peers],
            [(peer, [function], 10) for function, peer in peers if "L-BFGS" in peer], data, compared=False,
            weights=f"{fits} | split(test=0.2, seed=1) | standardize | logreg(C=1) | weights")
        for name, title, layers, fits, peers in (
            ("l2", "12 layers", LAYERS, FITS, [("l2_torch", "torch L-BFGS")]),
            # scikit-learn takes minutes for all twelve.
            ("l2-two", "2 of the 12 layers", [0, 4], FITS.replace(" | ", "[layer=[0, 4]] | ", 1), [
                ("l2_sklearn", "scikit-learn L-BFGS"), ("l2_sklearn_newton", "scikit-learn Newton")]),
        )
    ],
    *[
        Task(
            f"l1-{table}", f"L1 logistic table, {repeats} balanced resamples with five metrics, {shape}",
            f'capture("adapted", "{table}").lora | mean(token) | concat(layer) | contrast(kind, "zero" vs "one") | balance '
            f'| split(test=0.2, repeats={repeats}, seed=42) | standardize | logreg(penalty="l1", C=0.01, intercept="liblinear") | score | summary',
            [Peer("l1_sklearn", "scikit-learn liblinear", {"table": table, "repeats": repeats})],
            [("scikit-learn", ["l1_sklearn"], ratio)], data, compared=False,
            checks=[
                # One fit of all rows, to liblinear's own tolerance.
                Check(
                    "weights on all rows", f'capture("adapted", "{table}").lora | mean(token) | concat(layer) | contrast(kind, "zero" vs "one") '
                    '| standardize | logreg(penalty="l1", C=0.01, intercept="liblinear") | weights', "l1_weights", {"table": table}, 1e-4, data),
                # Each side draws resamples of its own.
                Check(
                    "mean metrics of other draws", f'capture("adapted", "{table}").lora | mean(token) | concat(layer) | contrast(kind, "zero" vs "one") '
                    f'| balance | split(test=0.2, repeats={repeats}, seed=42) | standardize | logreg(penalty="l1", C=0.01, intercept="liblinear") '
                    "| score | mean", "l1_sklearn", {"table": table, "repeats": repeats}, 0.03, metrics),
            ])
        for table, repeats, shape, ratio in (("small", 100, "9 × 2,000", 50), ("large", 100, "64 × 20,000", 12))
    ],
]
