"""Records scikit-learn's answers for AnalysisTests.

    python3 -m venv venv && venv/bin/pip install scikit-learn numpy scipy
    venv/bin/python make_fixtures.py          # writes logistic.json and metrics.json beside itself

Rows are rounded to f32 before anything is fitted, so both sides see the same numbers. Larger data sets are made by a
generator that both sides implement (`noise`), small enough to read; only labels, folds and answers are stored.
"""
import json, pathlib, warnings
import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, precision_score, recall_score, f1_score, roc_auc_score, log_loss
from sklearn.preprocessing import StandardScaler
from sklearn.model_selection import StratifiedShuffleSplit

warnings.filterwarnings("ignore")
here = pathlib.Path(__file__).parent
MASK = (1 << 64) - 1


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def noise(seed, count):
    """Sum of four uniforms of 16 bits, centred: the same floats in any language."""
    out = np.empty(count, dtype=np.float32)
    for i in range(count):
        z = mix((seed * 0x9E3779B97F4A7C15 + (i + 1) * 0xD1B54A32D192ED03) & MASK)
        total = (z & 0xFFFF) + ((z >> 16) & 0xFFFF) + ((z >> 32) & 0xFFFF) + (z >> 48)
        out[i] = np.float32((total - 131070) / 37837.0)
    return out


def data(name, seed, n, d, kind):
    """Rows of `noise`, labels from a sparse direction plus noise; `kind` bends them."""
    x = noise(seed, n * d).reshape(n, d)
    w = np.zeros(d)
    w[: min(d, 4)] = [1.5, -1.0, 0.5, 0.25][: min(d, 4)]
    flip = noise(seed + 1000, n).astype(np.float64)
    z = x.astype(np.float64) @ w
    y = z + flip > (1.8 if kind == "imbalanced" else 0)
    if kind == "separable":
        y = z > 0
    if kind == "constant":
        x[:, min(1, d - 1)] = np.float32(0.1)
    if kind == "zero":
        x[:, min(1, d - 1)] = 0
    if kind == "duplicate_rows":
        h = n // 2
        x[h: 2 * h] = x[:h]
    if kind == "duplicate_columns":
        x[:, d - 1] = x[:, 0]
    if kind == "far":
        x = (x + np.float32(100)).astype(np.float32)
    if kind == "scales":
        x = (x * np.float32(10) ** np.arange(-2, d - 2).clip(-2, 3).astype(np.float32)).astype(np.float32)
    if y.all() or not y.any():
        y[0] = not y[0]
    return dict(name=name, seed=seed, n=n, d=d, kind=kind), x, y


def scores(y, z):
    p = z > 0
    return dict(accuracy=accuracy_score(y, p), precision=precision_score(y, p, zero_division=0),
                recall=recall_score(y, p, zero_division=0), f1=f1_score(y, p, zero_division=0),
                auroc=roc_auc_score(y, z), log_loss=log_loss(y, 1 / (1 + np.exp(-z)), labels=[False, True]))


def objective(kind, c, w, b, x, y):
    s = np.where(y, 1.0, -1.0)
    loss = np.logaddexp(0, -s * (x @ w + b)).sum()
    if kind == "l1":
        return np.abs(w).sum() + abs(b) + c * loss
    return 0.5 * (w @ w) + c * loss


def fit(kind, c, x, y, limit):
    """Weights, intercept and whether they are the optimum to all digits (liblinear crawls on badly scaled data)."""
    if kind == "l1":
        m = LogisticRegression(l1_ratio=1, solver="liblinear", C=c, tol=1e-12, max_iter=limit, random_state=0)
    else:
        m = LogisticRegression(solver="lbfgs", C=c, tol=1e-12, max_iter=200_000)
    m.fit(x, y)
    tight = kind == "l2" or int(np.max(m.n_iter_)) < limit
    w, b = m.coef_[0], float(m.intercept_[0])
    if kind == "l2":
        # lbfgs stops at a gradient of f64 noise; a few exact Newton steps make the answer tight.
        s = np.where(y, 1.0, -1.0)
        v, a = np.append(w, b), np.hstack([x, np.ones((len(x), 1))])
        ridge = np.append(np.ones(len(w)), 0.0)
        for _ in range(8):
            p = 1 / (1 + np.exp(s * (a @ v)))
            g = ridge * v - c * a.T @ (s * p)
            h = np.diag(ridge) + c * (a * (p * (1 - p))[:, None]).T @ a
            step = np.linalg.lstsq(h, g, rcond=None)[0]
            new = v - step
            if objective(kind, c, new[:-1], new[-1], x, y) <= objective(kind, c, v[:-1], v[-1], x, y):
                v = new
        w, b = v[:-1], float(v[-1])
    return w, b, tight


cases = []
sets = [
    ("nine_16", 1, 20, 9, "plain"), ("nine_100", 2, 125, 9, "plain"), ("nine_2000", 3, 2000, 9, "plain"),
    ("separable", 4, 100, 9, "separable"), ("constant", 5, 100, 9, "constant"), ("zero_column", 6, 100, 9, "zero"),
    ("duplicate_rows", 7, 120, 9, "duplicate_rows"), ("duplicate_columns", 8, 120, 6, "duplicate_columns"),
    ("one_feature", 9, 80, 1, "plain"), ("imbalanced", 10, 300, 9, "imbalanced"), ("wide", 11, 40, 60, "plain"),
    ("wider", 12, 50, 200, "plain"), ("tall", 13, 600, 40, "plain"), ("far", 14, 200, 5, "far"),
    ("scales", 15, 200, 6, "scales"), ("working_set", 16, 400, 180, "plain"),
]
for spec in sets:
    info, x, y = data(*spec)
    folds = next(StratifiedShuffleSplit(1, test_size=0.2, random_state=info["seed"]).split(x, y))
    train, test = (np.sort(f) for f in folds)
    for scaled in (False, True):
        if scaled:
            scaler = StandardScaler().fit(x[train].astype(np.float64))
            a = scaler.transform(x.astype(np.float64)).astype(np.float32).astype(np.float64)
        else:
            a = x.astype(np.float64)
        for kind, values in (("l1", [0.01, 0.1, 1.0, 10.0]), ("l2", [0.01, 1.0, 10.0])):
            for c in values:
                w, b, tight = fit(kind, c, a[train], y[train], 200 if info["kind"] in ("far", "scales") else 5000)
                z = a[test] @ w + b
                cases.append(dict(data=info, scaled=scaled, penalty=kind, c=c, tight=tight, test=test.tolist(),
                                  labels="".join("1" if v else "0" for v in y),
                                  weights=[float(f"{v:.12g}") for v in w], bias=float(f"{b:.12g}"),
                                  objective=objective(kind, c, w, b, a[train], y[train]),
                                  decisions=[float(f"{v:.9g}") for v in z], scores=scores(y[test], z)))
    print(info, flush=True)
(here / "logistic.json").write_text(json.dumps(dict(sklearn=sklearn.__version__, cases=cases)))

metrics = []
rng = np.random.default_rng(0)
for n, levels in ((2, 2), (10, 2), (30, 3), (200, 5), (500, 1000), (50, 1)):
    for _ in range(4):
        z = np.round(rng.normal(size=n) * levels) / levels
        y = rng.random(n) < 0.4
        if y.all() or not y.any():
            y[0] = not y[0]
        metrics.append(dict(decisions=z.tolist(), labels=[bool(v) for v in y], scores=scores(y, z)))
for y in ([True] * 5, [False] * 5):
    z = np.array([-1.0, 0.0, 0.5, 2.0, -0.25])
    p = z > 0
    metrics.append(dict(decisions=z.tolist(), labels=y, scores=dict(
        accuracy=accuracy_score(y, p), precision=precision_score(y, p, zero_division=0),
        recall=recall_score(y, p, zero_division=0), f1=f1_score(y, p, zero_division=0), auroc=None,
        log_loss=log_loss(y, 1 / (1 + np.exp(-z)), labels=[False, True]))))
(here / "metrics.json").write_text(json.dumps(metrics))
