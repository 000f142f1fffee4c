"""The numbers of fits.txt and inference.txt with scikit-learn, SciPy and NumPy, from the fixture's formula: run as check.py is.

Folds, resamples and exchanges are drawn anew here from what the doc comments of SeededDraw, Splits, Bootstrap and PermutationTest
say, so that a slip in either shows.
"""
import re, sys, pathlib, itertools
import numpy as np
from scipy import stats
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, mean_squared_error, r2_score, roc_auc_score
from check import B, U, T, cat, f, last, lora, norm

M64 = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
def mix(z):
    z &= M64
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & M64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & M64
    return z ^ (z >> 31)
def fnv(data):
    h = 0xCBF29CE484222325
    for byte in data: h = ((h ^ byte) * 0x100000001B3) & M64
    return h
class Draw:
    SPLIT, FOLD, BALANCE, BOOTSTRAP, PERMUTATION, SAMPLE = range(1, 7)
    def __init__(self, seed, repeat, purpose):
        h = mix(GOLDEN + seed)
        h = mix(h + GOLDEN + repeat)
        self.state = mix(h + GOLDEN + purpose)
    def number(self, key, part=0): return mix(mix(self.state + GOLDEN + key) + GOLDEN + part)

KEYS = [f"p{i}" for i in range(6)]
GROUP = np.arange(6) % 2                      # a, b, a, b …
SCORE = np.arange(6) / 4
GM = np.arange(4) % 2

def folds(keys, labels, k, seed=0, repeat=0, stratified=True):
    """Test units of each fold: dealt class after class, classes by their lowest number, units by theirs."""
    draw = Draw(seed, repeat, Draw.FOLD)
    numbers = [draw.number(fnv(key.encode()), part) for key, part in keys]
    units = sorted(range(len(keys)), key=lambda i: numbers[i])
    groups = [[u for u in units if labels[u] == c] for c in sorted(set(labels))] if stratified else [units]
    groups.sort(key=lambda g: numbers[g[0]])
    dealt = [u for g in groups for u in g]
    return [sorted(dealt[i::k]) for i in range(k)]

def by_prompt(k, labels=GROUP, **options): return folds([(key, 0) for key in KEYS], list(labels), k, **options)
def rest(test, n=6): return [i for i in range(n) if i not in test]

def resamples(keys, n, seed):
    """How often each unit is drawn in each resample."""
    hashes = [fnv(k.encode()) for k in keys]
    order = sorted(range(len(keys)), key=lambda i: (hashes[i], keys[i]))
    identity = 0xCBF29CE484222325
    for u in order: identity = ((identity ^ hashes[u]) * 0x100000001B3) & M64
    out = np.zeros((n, len(keys)))
    for b in range(n):
        draw = Draw(seed, b, Draw.BOOTSTRAP)
        for i in range(len(keys)): out[b, order[draw.number(identity, i) * len(keys) >> 64]] += 1
    return out

def means(counts, xs):
    """Mean over all cells of each resample; xs has one array of cells a prompt."""
    sums, sizes = np.array([x.sum(axis=0) for x in xs]), np.array([len(x) for x in xs])
    return (counts @ sums) / (counts @ sizes).reshape((-1,) + (1,) * (sums.ndim - 1))

def percentiles(values, level): return [values.mean(), *np.quantile(values, [(1 - level) / 2, (1 + level) / 2])]

def exchanges(keys, classes, n, seed):
    hashes = [fnv(k.encode()) for k in keys]
    order = sorted(range(len(keys)), key=lambda i: (hashes[i], keys[i]))
    out = []
    for b in range(n):
        draw, values = Draw(seed, b, Draw.PERMUTATION), [classes[u] for u in order]
        for i in range(len(values) - 1, 0, -1):
            j = draw.number(i) * (i + 1) >> 64
            values[i], values[j] = values[j], values[i]
        placed = [0] * len(keys)
        for place, unit in enumerate(order): placed[unit] = values[place]
        out.append(placed)
    return out

def permuted(sums, sizes, classes=GROUP, drawn=None):
    """mean(B) − mean(A) over cells, and p two-sided; of vectors the length of the difference."""
    sums, sizes = np.asarray(sums, float), np.asarray(sizes, float)
    # Vectors are rounded to f32 before, which tears ties apart.
    slack = 1e-6 if np.ndim(sums) > 1 else 1e-9
    def statistic(y):
        y = np.asarray(y) == 1
        d = sums[y].sum(0) / sizes[y].sum() - sums[~y].sum(0) / sizes[~y].sum()
        return np.linalg.norm(d) if np.ndim(d) else d
    true = statistic(classes)
    if drawn is None:
        ones = list(itertools.combinations(range(len(classes)), int(sum(classes))))
        others = [statistic([i in c for i in range(len(classes))]) for c in ones]
        p = np.mean(np.abs(others) >= abs(true) * (1 - slack))
    else:
        others = [statistic(y) for y in drawn]
        p = (1 + np.sum(np.abs(others) >= abs(true) * (1 - slack))) / (1 + len(others))
    return [true, p]

def student(values, level=.95):
    m, s = np.mean(values), np.std(values, ddof=1)
    half = stats.t.ppf((1 + level) / 2, len(values) - 1) * s / np.sqrt(len(values))
    return [m, m - half, m + half]

def l2(c=1.0): return LogisticRegression(C=c, solver="newton-cholesky", tol=1e-13, max_iter=1000)

L = np.stack([[x.mean() for x in lora(l)] for l in range(3)], 1)           # prompts × layers, mean over tokens
LM = np.stack([[x.mean() for x in lora(l, 4)] for l in range(3)], 1)       # medical
three = by_prompt(3)
R = last(B[0])
U_ = {l: last(U[l]) for l in range(3)}
TB = cat(B[0]); owner = np.repeat(np.arange(6), T)
one = by_prompt(3, seed=1)

def scores(model, x=L, y=GROUP, splits=three):
    for test in splits:
        train = rest(test)
        m = model().fit(x[train], y[train])
        yield m, test, train

def table(model):
    out = []
    for m, test, _ in scores(model):
        z, y = m.decision_function(L[test]), GROUP[test]
        p = z > 0
        tp = (p & (y == 1)).sum(); fp = (p & (y == 0)).sum(); fn = (~p & (y == 1)).sum()
        precision, recall = tp / max(1, tp + fp), tp / max(1, tp + fn)
        out.append([accuracy_score(y, p), precision, recall, 2 * precision * recall / max(1e-9, precision + recall),
                    roc_auc_score(y, z), np.count_nonzero(m.coef_)])
    return f(out)

def regressions(x=R, y=SCORE, splits=by_prompt(3, labels=[0] * 6)):
    for test in splits:
        train = rest(test)
        yield Ridge(alpha=1, solver="svd").fit(x[train], y[train]).predict(x[test]), y[test], test

def out_of_fold(y, x, splits):
    out = np.empty(len(y))
    for p, _, test in regressions(x, y, splits): out[test] = p
    return out

def predicted(x, y, splits, c=1.0):
    """The class and its probability of each row, by the fit that did not see it."""
    classes, p = np.empty(len(y), int), np.empty(len(y))
    for test in splits:
        train = rest(test, len(y))
        m = l2(c).fit(x[train], y[train])
        q = m.predict_proba(x[test])
        classes[test], p[test] = m.predict(x[test]), q.max(axis=1)
    return classes, p

def accuracy(x, y, splits, c=1.0):
    return [np.mean([accuracy_score(y[t], l2(c).fit(x[rest(t, len(y))], y[rest(t, len(y))]).predict(x[t])) for t in splits])]

def losses(x, y, splits):
    return [log_loss(y[t], l2().fit(x[rest(t, len(y))], y[rest(t, len(y))]).predict_proba(x[t]), labels=[0, 1]) for t in splits]

def calibration(bins=2):
    out = np.zeros((bins, 3))
    for m, test, _ in scores(l2):
        p, y = m.predict_proba(L[test])[:, 1], GROUP[test]
        for b in range(bins):
            inside = np.minimum((p * bins).astype(int), bins - 1) == b
            if inside.any(): out[b] += [p[inside].mean(), y[inside].mean(), inside.sum()]
    return f(out)

TL = 'capture("tuned", "general").lora | mean(token) | concat(layer)'
CT = TL + ' | contrast(group, "a" vs "b") | split(kfold=3)'
BL = 'capture("base", "general").resid_post[token=-1, layer=0]'
LT = '(capture("tuned", "general").lora | mean(token) | split(kfold=3, seed=1) | logreg(y=group'
MT = '(capture("tuned", "*").lora | mean(token) | concat(layer) | split(kfold=2, seed=1) | logreg(y=group))'
lda = lambda: LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.5)

two_medical = folds([(f"mp{i}", 0) for i in range(4)], [0, 1, 0, 1], 2, seed=1)

# Whiten: C⁻¹(μ₁ − μ₀) with the covariance within the classes, divided by n.
def whitened(x, y=GROUP):
    centred = np.concatenate([x[y == k] - x[y == k].mean(0) for k in (0, 1)])
    w = np.linalg.pinv(centred.T @ centred / len(x), rcond=len(x.T) * np.finfo(float).eps, hermitian=True) @ (x[y == 1].mean(0) - x[y == 0].mean(0))
    return w, -w @ (x[y == 1].mean(0) + x[y == 0].mean(0)) / 2

def confusion():
    out = np.zeros((2, 2))
    for test in three:
        w, b = whitened(L[rest(test)], GROUP[rest(test)])
        for i in test: out[GROUP[i], int(L[i] @ w + b > 0)] += 1
    return f(out)

def scaled_probe(x):
    mean, sd = L.mean(0), L.std(0)
    m = l2().fit((L - mean) / sd, GROUP)
    return m.predict_proba((x - mean) / sd), m.decision_function((x - mean) / sd)

medical = scaled_probe(LM)
mass = {l: whitened(U_[l]) for l in range(3)}
massAUC = [roc_auc_score(GM, last(U[l][:4]) @ mass[l][0] + mass[l][1]) for l in range(3)]
tokens = folds([(KEYS[owner[i]], int(np.arange(len(owner))[i] - np.flatnonzero(owner == owner[i])[0])) for i in range(len(owner))],
               list(GROUP[owner]), 3)
boot = lambda n, seed: resamples(KEYS, n, seed)
N = {l: [norm(x) for x in B[l]] for l in range(3)}
MED = [f"mp{i}" for i in range(4)]
b100, m100 = boot(100, 3), resamples(MED, 100, 3)
ratio = {l: (means(b100, N[l]), means(m100, N[l][:4])) for l in range(3)}
lastnorm = norm(R)
spear = lambda x, y: [stats.spearmanr(x, y).statistic, stats.spearmanr(x, y).pvalue]

# Wilson's interval of half a hit in one pair, by its formula: z √(p(1 − p)/n + z²/4n²) / (1 + z²/n) around 1/2.
z = stats.norm.ppf(.975)
tie = [.5, .5 - z * np.sqrt(.25 + z * z / 4) / (1 + z * z), .5 + z * np.sqrt(.25 + z * z / 4) / (1 + z * z)]

EXPECT = {
    CT + ' | ridge | score': table(lambda: RidgeClassifier(alpha=1, solver="svd")),
    CT + ' | ridge(alpha=[0.1, 10]) | score(metric="accuracy") | mean':
        [np.mean([accuracy_score(GROUP[t], m.predict(L[t])) for m, t, _ in scores(lambda: RidgeClassifier(alpha=a))]) for a in (.1, 10)],
    BL + ' | split(kfold=3) | ridge(y=score, alpha=1) | score | mean':
        f(np.mean([[r2_score(y, p), mean_squared_error(y, p), mean_absolute_error(y, p), 4] for p, y, _ in regressions()], 0)),
    BL + ' | split(kfold=3) | ridge(y=score) | predict': f(out_of_fold(SCORE, R, by_prompt(3, labels=[0] * 6))),
    CT + ' | lda(shrinkage=0.5) | score(metric="auroc")': [roc_auc_score(GROUP[t], m.decision_function(L[t])) for m, t, _ in scores(lda)],
    CT + ' | diff_means(whiten=true) | confusion | sum': confusion(),
    CT + ' | logreg | roc(points=3) | mean': [1, 1, 1] if all(roc_auc_score(GROUP[t], m.decision_function(L[t])) == 1 for m, t, _ in scores(l2)) else [],
    CT + ' | logreg | calibration(bins=2) | sum': calibration(),
    TL + ' | split(kfold=3) | logreg(y=group) | predict': list(zip(*predicted(L, GROUP, three))),
    TL + ' | split(kfold=3) | logreg(y=group) | predict | accuracy(y=group)': [(predicted(L, GROUP, three)[0] == GROUP).mean()],
    TL + ' | split(kfold=3, repeats=2, seed=1) | logreg(y=group) | score(metric="accuracy")':
        [accuracy_score(GROUP[t], m.predict(L[t])) for r in (0, 1) for m, t, _ in scores(l2, splits=by_prompt(3, seed=1, repeat=r))],
    'capture("tuned", "general").lora | mean(token) | auroc(y=group)': [roc_auc_score(GROUP, L[:, l]) for l in range(3)],
    'capture("tuned", "general").lora | mean(token) | contrast(group, ["a" vs "b", "b" vs "a"]) | auroc':
        f([[roc_auc_score(GROUP, L[:, l]), roc_auc_score(1 - GROUP, L[:, l])] for l in range(3)]),
    'capture("tuned", "general").lora | mean(token) | contrast(group, "a" vs "b") | accuracy(at=0)':
        [((L[:, l] > 0) == GROUP).mean() for l in range(3)],
    'capture("base", "general").resid_post[layer=0] | split(kfold=3, group=none) | logreg(y=group) | score(metric="accuracy") | mean':
        accuracy(TB, GROUP[owner], tokens),
    'capture("base", "general").resid_post[token=-1] | norm | converge(layer, within=2.5)':
        [next(l for l in range(3) if all(abs(norm(last(B[k]))[p] - norm(last(B[2]))[p]) <= 2.5 for k in range(l, 3))) for p in range(6)],
    LT + ', C=[0.01, 1]))[C=1] | score(metric="accuracy") | mean': f([accuracy(L[:, [l]], GROUP, one) for l in range(3)]),
    LT + ', C=[0.01, 1]))[C=[1, 0.01], layer=2] | weights | norm | mean':
        [np.mean([np.linalg.norm(l2(c).fit(L[rest(t)][:, [2]], GROUP[rest(t)]).coef_) for t in one]) for c in (1, .01)],
    LT + '))[layer=1] | predict': list(zip(*predicted(L[:, [1]], GROUP, one))),
    LT + '))[fold=0] | score(metric="log_loss")': [losses(L[:, [l]], GROUP, one[:1])[0] for l in range(3)],
    MT + '[dataset="medical"] | predict': list(zip(*predicted(LM, GM, two_medical))),
    MT + '[dataset=["medical", "general"]] | score(metric="log_loss") | mean':
        [np.mean(losses(LM, GM, two_medical)), np.mean(losses(L, GROUP, by_prompt(2, seed=1)))],
    '(' + TL + ' | contrast(group, ["a" vs "b", "b" vs "a"]) | split(kfold=3, seed=1) | logreg)[contrast="b vs a"] | predict':
        list(zip(*predicted(L, GROUP, one))),
    # inference.txt
    'capture("tuned", "general").lora | mean(token) | bootstrap(4, seed=1)': f(np.stack([means(boot(4, 1), [np.array([v]) for v in L[:, l]]) for l in range(3)], 1)),
    'capture("tuned", "general").lora[layer=0] | mean(token) | bootstrap(200, seed=1) | ci(0.9)': percentiles(means(boot(200, 1), [np.array([v]) for v in L[:, 0]]), .9),
    'capture("tuned", "general").lora[layer=0] | bootstrap(200, seed=1) | ci': percentiles(means(boot(200, 1), lora(0)), .95),
    'let b = capture("base", "*").resid_post | norm | bootstrap(100, seed=3)\n(b[dataset="general"] - b[dataset="medical"]) / b[dataset="general"] | ci(0.9)\nb | std':
        f([percentiles((g - m) / g, .9) for g, m in ratio.values()]) + f([[ratio[l][d].std() for l in range(3)] for d in (0, 1)]),
    'let a = capture("base", "general").resid_post | norm | bootstrap(100, seed=3)\nlet b = capture("tuned", "general").resid_post | norm | bootstrap(100, seed=3)\n(b - a) | ci':
        f([percentiles(means(b100, [norm(x) for x in U[l]]) - ratio[l][0], .95) for l in range(3)]),
    'capture("base", "general").resid_post[layer=0] | bootstrap(50, seed=1) | mean': f(means(boot(50, 1), B[0]).mean(0)),
    'capture("tuned", "general").lora | mean(token) | ci': f([student(L[:, l]) for l in range(3)]),
    TL + ' | split(kfold=3) | ridge(y=group) | score(metric="accuracy") | ci': [1, 1, 1] if all(accuracy_score(GROUP[t], m.predict(L[t])) == 1 for m, t, _ in scores(RidgeClassifier)) else [],
    'capture("tuned", "general").lora | mean(token) | permutation_test(group)': f([permuted(L[:, l], np.ones(6)) for l in range(3)]),
    'capture("base", "general").resid_post[token=-1] | norm | permutation_test(group, n=1000)': f([permuted(norm(last(B[l])), np.ones(6)) for l in range(3)]),
    'capture("base", "general").resid_post[token=-1] | norm | permutation_test(group, n=10, seed=4)':
        f([permuted(norm(last(B[l])), np.ones(6), drawn=exchanges(KEYS, GROUP, 10, 4)) for l in range(3)]),
    'capture("base", "general").resid_post[token=-1] | permutation_test(group)': f([permuted(last(B[l]), np.ones(6)) for l in range(3)]),
    'capture("base", "general").resid_post[token=-1] | norm | contrast(group, ["a" vs "b", "b" vs "a"]) | permutation_test':
        f([permuted(norm(last(B[l])), np.ones(6), y) for l in range(3) for y in (GROUP, 1 - GROUP)]),
    'capture("base", "general").resid_post | norm | permutation_test(group)': f([permuted([x.sum() for x in N[l]], T) for l in range(3)]),
    'capture("base", "general").resid_post[token=-1] | norm | correlate(score)': f([spear(norm(last(B[l])), SCORE) for l in range(3)]),
    'capture("tuned", "general").lora | mean(token) | correlate(score, method="pearson")': f([list(stats.pearsonr(L[:, l], SCORE)) for l in range(3)]),
    'let size = capture("base", "general").resid_post[token=-1, layer=0] | norm\ncapture("tuned", "general").lora | mean(token) | correlate(with=size)':
        f([spear(L[:, l], lastnorm) for l in range(3)]),
    '(capture("base", "general").resid_post[layer=0, token=-1] | norm | head(1)) | bootstrap(20, seed=1) | ci': [lastnorm[0]] * 3,
    '(capture("base", "general").resid_post[layer=0, token=-1] | norm | head(1)) | ci': [lastnorm[0], np.nan, np.nan],
    'capture("*", "general").resid_post | norm | mean | verdict("base" vs "tuned", vote=layer, interval="exact")':
        [1, *stats.binomtest(1, 1).proportion_ci(.95, "exact")],
    'capture("*", "general").resid_post | norm | mean | verdict("base" vs "tuned")':
        f([tie, tie, [1, *stats.binomtest(1, 1).proportion_ci(.95, "wilson")]]),
    'capture("*", "general").resid_post[layer=2] | norm | mean | verdict(["base" vs "tuned", "tuned" vs "base"], interval="models")': [.5, np.nan, np.nan],
}
PROBE = ('let p = capture("tuned", "general").lora | mean(token) | concat(layer) | contrast(group, "a" vs "b") | standardize | logreg\n')
MASS = 'let p = capture("tuned", "general").resid_post[token=-1] | contrast(group, "a" vs "b") | diff_means(whiten=true)\n'
STARTS = {  # answers of several values: those at their beginning
    PROBE: list(zip(medical[0].argmax(1), medical[0].max(1))) + [((medical[1] > 0) == GM).mean(), roc_auc_score(GM, medical[1])],
    MASS: massAUC + massAUC + [massAUC[1], np.linalg.norm(mass[1][0])],
}


def numbers(answer):
    """Numbers of all rows but labels: first columns that name dimensions are left out."""
    out, heads, skip = [], None, 0
    for line in answer.split("\n"):
        if line.startswith(("note[", "n = ", "a probe")) or re.match(r"^probe\b", line): continue
        cells = line.split(" | ")
        kind = re.match(r"^(float|int|class|ci|test|vec\(\d+\)|stat)(\[.*\])?$", line)
        if kind:
            dims = re.findall(r"([\w ]+?) [≤\d]", line.split("[", 1)[1]) if "[" in line else []
            heads = None
            continue
        if heads is None:
            heads = cells
            skip = sum(c.strip() in [d.strip() for d in dims] for c in cells)
            continue
        for cell in cells[skip:]:
            named = re.match(r"^(a|b) \(([\d.]+)\)$", cell)
            if named: out.append(("ab".index(named[1]), float(named[2])))
            else: out += [float(x) for x in re.findall(r"-?(?:\d[\d.]*(?:e-?\d+)?|nan|inf)", cell.replace("p = ", ""))]
    return out


def close(found, wanted):
    if len(found) != len(wanted): return False
    flat = lambda values: [x for v in values for x in (v if isinstance(v, tuple) else (v,))]
    a, b = np.array(flat(found), float), np.array(flat(wanted), float)
    # Intervals, tests and probabilities are shown with three digits.
    return a.shape == b.shape and np.allclose(a, b, rtol=6e-3, atol=6e-4, equal_nan=True)


def main():
    agree, wrong, missing = 0, 0, set(EXPECT) | set(STARTS)
    for name in ("fits.txt", "inference.txt"):
        text = (pathlib.Path(__file__).parent / name).read_text()
        for block in text.split("\n\n"):
            query, _, answer = block.strip("\n").partition("\n----\n")
            start = next((s for s in STARTS if query.startswith(s) and query.count("\n") > 2), None)
            if query in EXPECT: wanted, found = EXPECT[query], numbers(answer)
            elif start: wanted, found = STARTS[start], numbers(answer)[:len(STARTS[start])]; query = start
            else: continue
            missing.discard(query)
            if close(found, wanted): agree += 1
            else: wrong += 1; print(f"{name}: {query}\n  recorded {found}\n  here     {wanted}")
    for query in sorted(missing): print("not recorded:", query)
    print(f"{agree} answers agree, {wrong} differ, {len(missing)} missing")
    return wrong or len(missing)


if __name__ == "__main__": sys.exit(main())
