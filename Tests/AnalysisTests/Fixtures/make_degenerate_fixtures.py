"""Records what scikit-learn answers, or refuses, on data that no estimator likes; and the optimum of larger L2 fits.

    venv/bin/python make_degenerate_fixtures.py      # writes degenerate.json and objectives.json

Small sets are stored whole (null is NaN). An entry has `weights` and `bias`, or `error`: the first words of scikit-learn's refusal.
"""
import json, pathlib, warnings
import numpy as np
import sklearn
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
here = pathlib.Path(__file__).parent
script = (here / "make_fixtures.py").read_text()
scope = {"__file__": str(here / "make_fixtures.py")}
exec(script[: script.index("cases = []")], scope)  # generators and objective, not the recording
noise, objective = scope["noise"], scope["objective"]


def tidy(values):
    return [None if not np.isfinite(v) else float(f"{v:.10g}") for v in np.ravel(values)]


def base(n, d, seed):
    x = noise(seed, n * d).reshape(n, d)
    y = (x[:, 0] - 0.5 * x[:, min(1, d - 1)] + noise(seed + 1000, n) > 0).astype(int)
    y[:2] = [0, 1][: min(n, 2)]
    return x, y


def sets():
    x, y = base(12, 4, 40)
    yield "plain", x, y
    c = np.full((12, 4), 0.5, np.float32)
    yield "constant columns", c, y
    yield "one class", x, np.ones(12, int)
    d = np.repeat(x[:3], 4, axis=0)
    yield "duplicate rows", d, np.array([0, 0, 1, 1] * 3)
    yield "one row twelve times", np.repeat(x[:1], 12, axis=0), y
    w, wy = base(4, 10, 41)
    yield "fewer rows than features", w, wy
    a = x.copy()
    a[5, 2] = np.nan
    yield "NaN row", a, y
    i = x.copy()
    i[7, 0] = np.inf
    yield "infinite value", i, y
    yield "separable", x, (x[:, 0] > 0).astype(int)
    yield "one prompt", x[:1], y[:1]
    yield "two prompts", x[:2], y[:2]
    yield "no rows", x[:0], y[:0]


def estimators(x, y):
    z = x.astype(float)
    t = y + 0.25 * np.arange(len(y))
    yield "logreg l2", lambda: (lambda m: (m.coef_, m.intercept_))(
        LogisticRegression(C=1, solver="newton-cholesky", tol=1e-14, max_iter=10_000).fit(z, y))
    yield "logreg l1", lambda: (lambda m: (m.coef_, m.intercept_))(
        LogisticRegression(l1_ratio=1, solver="liblinear", C=1, tol=1e-12, max_iter=5000, random_state=0).fit(z, y))
    yield "ridge", lambda: (lambda m: (m.coef_, m.intercept_))(Ridge(alpha=1, solver="svd").fit(z, t))
    yield "ridge classes", lambda: (lambda m: (m.coef_, m.intercept_))(RidgeClassifier(alpha=1, solver="svd").fit(z, y))
    yield "lda auto", lambda: (lambda m: (m.coef_, m.intercept_))(
        LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(z, y))
    yield "standardize", lambda: (lambda s: (s.transform(z), []))(StandardScaler().fit(z))
    yield "pca", lambda: (lambda p: (p.explained_variance_, []))(PCA(n_components=1, svd_solver="full").fit(z))


cases = []
for name, x, y in sets():
    for estimator, run in estimators(x, y):
        entry = dict(data=name, estimator=estimator, rows=len(x), columns=x.shape[1],
                     values=[None if not np.isfinite(v) else float(v) for v in x.ravel()],
                     infinite=bool(np.isinf(x).any()), labels=y.tolist())
        try:
            weights, bias = run()
            entry.update(weights=tidy(weights), bias=tidy(bias))
        except ValueError as error:
            entry["error"] = " ".join(str(error).split()[:12])
        cases.append(entry)
        print(name, "|", estimator, "|", entry.get("error") or entry["weights"][:3])
(here / "degenerate.json").write_text(json.dumps(dict(sklearn=sklearn.__version__, cases=cases)))

# L2 at sizes where solvers stop early: rows from `data`, labels and the objective where scikit-learn stops by itself, and the optimum.
found = []
for name, seed, n, d, c in (("probe_128", 50, 3000, 128, 1.0), ("probe_strong", 51, 3000, 128, 100.0),
                            ("probe_weak", 52, 2000, 64, 0.001), ("probe_wide", 53, 300, 400, 1.0)):
    info, x, y = scope["data"](name, seed, n, d, "plain")
    z = x.astype(float)
    stops = LogisticRegression(C=c).fit(z, y)
    w, b, _ = scope["fit"]("l2", c, z, y, 0)
    one = dict(data=info, c=c, labels="".join("1" if v else "0" for v in y),
               stops=objective("l2", c, stops.coef_[0], stops.intercept_[0], z, y), best=objective("l2", c, w, b, z, y))
    found.append(one)
    print(info, one["stops"], one["best"])
(here / "objectives.json").write_text(json.dumps(dict(sklearn=sklearn.__version__, cases=found)))
