"""Records what scikit-learn, SciPy and NumPy answer for the estimators beside logistic regression.

    venv/bin/python make_estimator_fixtures.py      # after make_fixtures.py; writes estimators.json and statistics.json

Rows come from `make_fixtures.data`, which the tests make too; only labels, targets and answers are stored.
"""
import json, pathlib, warnings
import numpy as np
import scipy
import sklearn
from scipy import stats, special
from sklearn.calibration import calibration_curve
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.metrics import (accuracy_score, brier_score_loss, f1_score, mean_absolute_error, mean_squared_error,
                             precision_score, r2_score, recall_score, roc_auc_score, roc_curve)
from sklearn.multiclass import OneVsRestClassifier

warnings.filterwarnings("ignore")
here = pathlib.Path(__file__).parent
script = (here / "make_fixtures.py").read_text()
scope = {"__file__": str(here / "make_fixtures.py")}
exec(script[: script.index("def scores(")], scope)  # the generators alone, not its recording
data, noise = scope["data"], scope["noise"]


def short(values, digits=8):
    return [float(f"{v:.{digits}g}") for v in np.ravel(values)]


def pinv(c):
    """Pseudo-inverse; eigenvalues below size · eps of the largest count as 0."""
    values, vectors = np.linalg.eigh(c)
    keep = values > values.max() * len(c) * np.finfo(float).eps
    return (vectors[:, keep] / values[keep]) @ vectors[:, keep].T


def within(x, y):
    centred = np.concatenate([x[y == k] - x[y == k].mean(axis=0) for k in np.unique(y)])
    return centred


def polished(w, b, x, y, c):
    """Newton steps on the full Hessian of the softmax objective: scikit-learn's solvers stop a little early."""
    k, d = w.shape
    a = np.hstack([x, np.ones((len(x), 1))])
    v = np.hstack([w, b[:, None]])
    ridge = np.append(np.ones(d), 0.0)
    for _ in range(6):
        p = special.softmax(a @ v.T, axis=1)
        g = ridge * v + c * (p - np.eye(k)[y]).T @ a
        h = np.zeros((k, d + 1, k, d + 1))
        for i in range(k):
            for j in range(k):
                h[i, :, j, :] = c * (a * (p[:, i] * ((i == j) - p[:, j]))[:, None]).T @ a
            h[i, :, i, :] += np.diag(ridge)
        v = v - np.linalg.lstsq(h.reshape(k * (d + 1), -1), g.ravel(), rcond=1e-14)[0].reshape(v.shape)
    return v[:, :-1], v[:, -1]


sets = [
    ("nine_16", 1, 20, 9, "plain"), ("nine_100", 2, 125, 9, "plain"), ("separable", 4, 100, 9, "separable"),
    ("constant", 5, 100, 9, "constant"), ("zero_column", 6, 100, 9, "zero"),
    ("duplicate_rows", 7, 120, 9, "duplicate_rows"), ("duplicate_columns", 8, 120, 6, "duplicate_columns"),
    ("one_feature", 9, 80, 1, "plain"), ("imbalanced", 10, 300, 9, "imbalanced"), ("wide", 11, 40, 60, "plain"),
    ("far", 14, 200, 5, "far"), ("scales", 15, 200, 6, "scales"), ("two_rows", 17, 2, 3, "plain"),
    ("float_gram", 18, 400, 300, "plain"),
]
cases = []
for spec in sets:
    info, x32, y = data(*spec)
    x = x32.astype(np.float64)
    n, d = x.shape
    y = y.astype(int)
    # Three classes by thirds of the first column plus noise.
    mixed = x[:, 0] + 0.5 * noise(info["seed"] + 2000, n)
    three = np.digitize(mixed, np.quantile(mixed, [1 / 3, 2 / 3])) if n >= 6 else None
    target = (x @ np.linspace(1, -1, d) + noise(info["seed"] + 3000, n)).astype(np.float64)
    one = dict(data=info, labels="".join(str(v) for v in y), target=short(target, 17))
    if three is not None:
        one["three"] = "".join(str(v) for v in three)

    one["ridge"] = []
    for alpha in (0.01, 1.0, 100.0):
        r = Ridge(alpha=alpha, solver="svd").fit(x, target)
        k = RidgeClassifier(alpha=alpha, solver="svd").fit(x, y)
        p = r.predict(x)
        entry = dict(alpha=alpha, weights=short(r.coef_), bias=float(r.intercept_), classWeights=short(k.coef_),
                     classBias=short(k.intercept_), r2=r2_score(target, p), mse=mean_squared_error(target, p),
                     mae=mean_absolute_error(target, p))
        if three is not None:
            m = RidgeClassifier(alpha=alpha, solver="svd").fit(x, three)
            entry.update(threeWeights=short(m.coef_), threeBias=short(m.intercept_),
                         threePredicted="".join(str(v) for v in m.predict(x)))
        one["ridge"].append(entry)

    one["lda"] = []
    for shrinkage in (None, "auto", 0.3):
        entry = dict(shrinkage="none" if shrinkage is None else str(shrinkage))
        for name, labels in (("two", y), ("three", three)):
            if labels is None or n <= 2:
                continue
            classes = np.unique(labels)
            means = np.array([x[labels == c].mean(axis=0) for c in classes])
            priors = np.array([(labels == c).mean() for c in classes])
            centred = within(x, labels)
            covariance = centred.T @ centred / n
            if shrinkage is None and np.linalg.cond(covariance) > 1e12:
                # scikit-learn's lstsq divides by rounding here; the pseudo-inverse is the answer with least length.
                coef = means @ pinv(covariance)
                bias = -0.5 * np.diag(means @ coef.T) + np.log(priors)
                singular = True
                if len(classes) == 2:
                    coef, bias = coef[1:] - coef[:1], bias[1:] - bias[:1]
            else:
                m = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage).fit(x, labels)
                coef, bias, singular = m.coef_, m.intercept_, False
            entry[name] = dict(weights=short(coef), bias=short(bias), singular=singular)
        one["lda"].append(entry)

    delta = x[y == 1].mean(axis=0) - x[y == 0].mean(axis=0)
    centred = within(x, y)
    w = pinv(centred.T @ centred / n) @ delta
    one["massMean"] = dict(weights=short(w),
                           bias=float(-w @ (x[y == 1].mean(axis=0) + x[y == 0].mean(axis=0)) / 2))

    count = min(4, n - 1, d)
    p = PCA(n_components=count, svd_solver="full").fit(x)
    one["pca"] = dict(variances=short(p.explained_variance_), shares=short(p.explained_variance_ratio_),
                      components=short(p.components_))
    left, right = x[:, : max(1, d // 2)], x[:, d // 2:]
    a, b = left - left.mean(axis=0), right - right.mean(axis=0)
    one["cka"] = dict(left=max(1, d // 2), right=d // 2, value=float(
        np.linalg.norm(b.T @ a) ** 2 / (np.linalg.norm(a.T @ a) * np.linalg.norm(b.T @ b))))

    if three is not None and info["name"] != "float_gram":
        one["softmax"] = []
        for c in (0.01, 1.0, 10.0):
            m = LogisticRegression(C=c, solver="newton-cholesky", tol=1e-13, max_iter=10_000).fit(x, three)
            m.coef_, m.intercept_ = polished(m.coef_, m.intercept_, x, three, c)
            z = x @ m.coef_.T + m.intercept_
            lse = special.logsumexp(z, axis=1)
            b = m.intercept_ - m.intercept_.mean()
            entry = dict(c=c, weights=short(m.coef_), bias=short(b), objective=float(
                0.5 * (m.coef_ ** 2).sum() + c * (lse - z[np.arange(n), three]).sum()))
            q = m.predict_proba(x)
            guess = m.predict(x)
            entry.update(probabilities=short(q.T) if c == 1 else [], accuracy=accuracy_score(three, guess),
                         precision=precision_score(three, guess, average="macro", zero_division=0),
                         recall=recall_score(three, guess, average="macro", zero_division=0),
                         f1=f1_score(three, guess, average="macro", zero_division=0),
                         auroc=roc_auc_score(three, q, multi_class="ovr", average="macro"))
            one["softmax"].append(entry)
        if info["kind"] not in ("far", "scales", "duplicate_columns"):
            m = OneVsRestClassifier(LogisticRegression(l1_ratio=1, solver="liblinear", C=1.0, tol=1e-12,
                                                       max_iter=5000, random_state=0)).fit(x, three)
            one["oneVersusRest"] = dict(weights=short(np.concatenate([e.coef_[0] for e in m.estimators_])),
                                        bias=short([e.intercept_[0] for e in m.estimators_]),
                                        probabilities=short(m.predict_proba(x).T),
                                        predicted="".join(str(v) for v in m.predict(x)))
    cases.append(one)
    print(info, flush=True)
(here / "estimators.json").write_text(json.dumps(dict(sklearn=sklearn.__version__, cases=cases)))

# Statistics without a design matrix.
rng = np.random.default_rng(1)
out = dict(scipy=scipy.__version__, roc=[], calibration=[], correlation=[], shares=[], student=[], quantiles=[],
           permutation=[], distributions=[], models=[])
grid = np.linspace(0, 1, 11)
for n, levels in ((2, 2), (6, 2), (30, 3), (200, 5), (300, 1000), (40, 1)):
    for _ in range(3):
        z = np.round(rng.normal(size=n) * levels) / levels
        y = rng.random(n) < 0.4
        if y.all() or not y.any():
            y[0] = not y[0]
        f, t, h = roc_curve(y, z, drop_intermediate=False)
        tpr = []
        for g in grid:
            i = np.flatnonzero(f <= g)[-1]
            tpr.append(t[i] if i + 1 == len(f) else t[i] + (g - f[i]) / (f[i + 1] - f[i]) * (t[i + 1] - t[i]))
        out["roc"].append(dict(scores=z.tolist(), labels=[bool(v) for v in y], fpr=short(f, 12), tpr=short(t, 12),
                               thresholds=short(h[1:], 17), at=short(tpr, 12), area=roc_auc_score(y, z)))
for n in (1, 5, 40, 300):
    p = rng.random(n)
    p[: n // 3] = np.round(p[: n // 3], 1)
    if n > 5:
        p[:2] = [0, 1]
    y = rng.random(n) < p
    for bins in (5, 10):
        seen, guess = calibration_curve(y, p, n_bins=bins, strategy="uniform") if 0 < y.sum() < n else ([], [])
        out["calibration"].append(dict(probabilities=p.tolist(), labels=[bool(v) for v in y], bins=bins,
                                       observed=short(seen, 12), predicted=short(guess, 12),
                                       brier=float(((p - y) ** 2).mean()) if y.all() or not y.any()
                                       else brier_score_loss(y, p)))
for n in (2, 3, 4, 10, 50, 400):
    for kind in range(4):
        x = rng.normal(size=n)
        y = 0.5 * x + rng.normal(size=n)
        if kind == 1:
            x, y = np.round(x), np.round(y)
        if kind == 2:
            x = np.full(n, 0.1)
        if kind == 3:
            y = np.exp(x)
        entry = dict(x=x.tolist(), y=y.tolist())
        for name, test in (("spearman", stats.spearmanr), ("pearson", stats.pearsonr)):
            a = test(x, y)
            # scipy gives ±1 and p = 1 for two rows, where nothing is left to test.
            entry[name] = [None if np.isnan(v) or (n < 3 and i) else float(v) for i, v in enumerate(a)]
        out["correlation"].append(entry)
for k, n in ((0, 1), (1, 1), (0, 10), (3, 10), (10, 10), (162, 324), (300, 324), (1, 5000)):
    for level in (0.9, 0.95):
        t = stats.binomtest(k, n)
        entry = dict(hits=k, trials=n, level=level)
        for method in ("wilson", "exact"):
            ci = t.proportion_ci(level, method)
            entry[method] = [float(ci.low), float(ci.high)]
        out["shares"].append(entry)
for n in (2, 3, 10, 100):
    x = rng.normal(size=n) + 3
    out["student"].append(dict(values=x.tolist(), level=0.95, bounds=list(map(float, stats.t.interval(
        0.95, n - 1, x.mean(), x.std(ddof=1) / np.sqrt(n))))))
for n in (1, 2, 5, 100, 999):
    x = rng.normal(size=n)
    out["quantiles"].append(dict(values=x.tolist(), level=0.9, bounds=list(map(float, np.quantile(x, [0.05, 0.95])))))
for n, ones in ((4, 2), (6, 3), (8, 3), (10, 4), (9, 2)):
    x = np.round(rng.normal(size=n), 1)
    y = np.zeros(n, int)
    y[rng.permutation(n)[:ones]] = 1
    t = stats.permutation_test((x[y == 1], x[y == 0]), lambda a, b, axis: a.mean(axis) - b.mean(axis), vectorized=True,
                               n_resamples=np.inf, alternative="two-sided")
    null = np.abs(t.null_distribution)
    out["permutation"].append(dict(values=x.tolist(), classes=y.tolist(), statistic=float(t.statistic),
                                   assignments=len(null),
                                   p=float((null >= abs(t.statistic) - 1e-12).mean())))
for x, a, b in ((0.1, 0.5, 0.5), (0.5, 2, 3), (0.99, 30, 2), (1e-8, 0.5, 100), (0.3, 200, 500), (0.999999, 5000, 0.5)):
    out["distributions"].append(dict(kind="beta", x=x, a=a, b=b, value=float(special.betainc(a, b, x))))
for t, df in ((0.1, 1), (2.5, 3), (12, 10), (40, 100), (1e-9, 7)):
    out["distributions"].append(dict(kind="student", x=t, a=df, b=0, value=float(2 * stats.t.sf(t, df))))
for p in (1e-12, 0.001, 0.025, 0.5, 0.8, 0.975, 0.9999):
    out["distributions"].append(dict(kind="normal", x=p, a=0, b=0, value=float(stats.norm.ppf(p))))
for m, n in ((2, 2), (3, 5), (18, 18)):
    a, b = np.round(rng.normal(size=m) + 1, 1), np.round(rng.normal(size=n), 1)
    won = (a[:, None] > b) + 0.5 * (a[:, None] == b)
    # Structural components (DeLong et al. 1988, eq. 4–5).
    s = np.sqrt(won.mean(axis=1).var(ddof=1) / m + won.mean(axis=0).var(ddof=1) / n)
    z = stats.norm.ppf(0.975)
    out["models"].append(dict(wanted=a.tolist(), other=b.tolist(), estimate=float(won.mean()),
                              low=float(max(0, won.mean() - z * s)), high=float(min(1, won.mean() + z * s))))
# Several comparisons that share models: variances from the covariance of their structural components (eq. 6), pairs as weights.
out["groups"] = []
for m, sizes in ((4, (3, 5)), (6, (6, 2, 3)), (5, (4,))):
    a = np.round(rng.normal(size=m) + 0.5, 1)
    others = [np.round(rng.normal(size=n), 1) for n in sizes]
    wins = [(a[:, None] > b) + 0.5 * (a[:, None] == b) for b in others]
    w = np.array([x.size for x in wins]) / sum(x.size for x in wins)
    rows = np.array([x.mean(axis=1) for x in wins])
    variance = w @ np.atleast_2d(np.cov(rows)) @ w / m + sum(
        k * k * x.mean(axis=0).var(ddof=1) / x.shape[1] for k, x in zip(w, wins))
    estimate = float(w @ [x.mean() for x in wins])
    out["groups"].append(dict(wanted=a.tolist(), others=[b.tolist() for b in others], estimate=estimate,
                              low=float(max(0, estimate - z * np.sqrt(variance))),
                              high=float(min(1, estimate + z * np.sqrt(variance)))))
(here / "statistics.json").write_text(json.dumps(out))
