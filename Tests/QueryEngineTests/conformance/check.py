"""Works the answers of vectors.txt and its like out anew with NumPy, from the formula of EngineFixture.swift alone.

    python check.py            # prints each query whose recorded numbers differ, and how many agree

Each entry below is a query of a file and the numbers its answer must hold, row by row (without the labels), to six digits.
"""
import re, sys, pathlib
import numpy as np

T = [3, 4, 5, 6, 7, 3]                       # tokens of p0 … p5; medical has the first four
def resid(tuned, layer, prompts=6):
    """List of [tokens, 4] per prompt."""
    return [np.array([[layer + 10 * p + t + i / 10 + (1 if tuned and layer == 2 else 0) for i in range(4)]
                      for t in range(T[p])], np.float32).astype(float) for p in range(prompts)]
def lora(layer, prompts=6):
    return [np.array([(-1 if p % 2 == 0 else 1) * (1 + layer) + t / 100 for t in range(T[p])], np.float32).astype(float)
            for p in range(prompts)]
def latents(tuned, prompts=6):
    """List per prompt of per token {index: value} lists, by falling value."""
    return [[[((p + t + j * 10 + (5 if tuned and j > 1 else 0)) % 40, 4.0 - j) for j in range(4)] for t in range(T[p])]
            for p in range(prompts)]
cat = np.concatenate
B = {l: resid(False, l) for l in range(3)}
U = {l: resid(True, l) for l in range(3)}
last = lambda xs: np.array([x[-1] for x in xs])
norm = lambda x: np.linalg.norm(x, axis=-1)
cos = lambda a, b: (a * b).sum(-1) / norm(a) / norm(b)
allm = {l: cat(B[l]).mean(0) for l in range(3)}
umean = {(d, l): cat(U[l][:n]).mean(0) for d, n in (("general", 6), ("medical", 4)) for l in range(3)}
deg = 180 / np.pi
unit = lambda v: v / np.linalg.norm(v)
proj = lambda x, v: np.outer(x @ v / (v @ v), v)
def f(x): return np.atleast_1d(np.asarray(x, float)).reshape(-1).tolist()
C = 'capture("base", "general").resid_post'
P = 'pair(capture("base", "general"), capture("tuned", "general")).resid_post'
g = {"a": [0, 2, 4], "b": [1, 3, 5]}
dm = {l: cat([U[l][p] for p in g["b"]]).mean(0) - cat([U[l][p] for p in g["a"]]).mean(0) for l in range(3)}

EXPECT = {
    P + '[layer=2, token=-1] | angle': f(np.arccos(np.clip(cos(last(B[2]), last(U[2])), -1, 1)) * deg),
    C + '[layer=2, token=-1] | angle((' + C + '[layer=0] | mean), unit="radians") | mean':
        f(np.arccos(cos(last(B[2]), allm[0])).mean()),
    C + '[token=-1] | cosine((capture("tuned", "*").resid_post | mean)) | mean':
        f([[cos(last(B[l]), umean[d, l]).mean() for l in range(3)] for d in ("general", "medical")]),
    C + '[token=-1, layer=1] | cosine((capture("tuned", "general").resid_post | mean)) | mean':
        f([cos(last(B[1]), umean["general", l]).mean() for l in range(3)]),
    'let v = capture("tuned", "general").resid_post | contrast(group, ["a" vs "b", "b" vs "a"]) | diff_means | normalize\n'
    + C + ' | dot(v) | mean': f([[s * (cat(B[l]) @ unit(dm[l])).mean() for s in (1, -1)] for l in range(3)]),
    'let m = ' + C + ' | mean\n(' + C + ' | dot(m))[layer=2] | mean': f((cat(B[2]) @ allm[2]).mean()),
    'let m = capture("base", "*").resid_post[layer=0] | mean\n(capture("base", "*").resid_post[layer=0] | dot(m))[dataset="medical"] | mean':
        f((cat(B[0][:4]) @ cat(B[0][:4]).mean(0)).mean()),
    'let m = ' + C + '[token=-1, layer=0]\ncapture("tuned", "general").resid_post[layer=0, token=0] | distance(m)':
        f(norm(last(B[0]) - np.array([x[0] for x in U[0]]))),
    C + '[layer=0, token=-1] | project_out((' + C + '[layer=2] | mean)) | norm':
        f(norm(last(B[0]) - proj(last(B[0]), allm[2]))),
    C + '[layer=1, token=-1] | norm(1)': f(np.abs(last(B[1])).sum(1)),
    C + '[layer=1, token=-1] | norm(3) | mean': f((np.abs(last(B[1])) ** 3).sum(1) ** (1 / 3)).__class__([((np.abs(last(B[1])) ** 3).sum(1) ** (1 / 3)).mean()]),
    C + '[layer=1] - capture("tuned", "general").resid_post | norm(0) | mean':
        f([np.mean([(x - y != 0).sum() for x, y in zip(cat(B[1]), cat(U[l]))]) for l in range(3)]),
    P + '[layer=2] | norm | diff | mean': f((norm(cat(U[2])) - norm(cat(B[2]))).mean()),
    'capture("tuned", "general").lora | mean | normalize(layer)': f(unit(np.array([cat(lora(l)).mean() for l in range(3)]))),
    C + ' | center | norm | mean': f([norm(cat(B[l]) - allm[l]).mean() for l in range(3)]),
    C + '[layer=1] | center(token) | norm | max(token)': f([norm(x - x.mean(0)).max() for x in B[1]]),
    P + ' | center | cosine | mean':
        f([np.mean(cos(cat(B[l]) - allm[l], cat(U[l]) - umean["general", l])[norm(cat(B[l]) - allm[l]) > 0]) for l in range(3)]),
    'capture("tuned", "general").lora | center(layer) | sum':
        f([sum((lora(l)[p] - np.mean([lora(k)[p] for k in range(3)], 0)).sum() for p in range(6)) for l in range(3)]),
    P + '[layer=2, token=-1] | drop_dims(1) | cosine': f(cos(last(B[2])[:, :3], last(U[2])[:, :3])),
    C + ' | norm | mean | delta(layer)': f(np.diff([norm(cat(B[l])).mean() for l in range(3)])),
    C + ' | delta(layer) | norm | mean': f([norm(cat(B[l]) - cat(B[l - 1])).mean() for l in (1, 2)]),
    C + ' | norm | last(token) | last(layer)': f(norm(last(B[2]))),
    C + ' | norm | mean(prompt) | last': f([norm(B[l][4][-1]) for l in range(3)]),
    C + ' | where(role == "user") | last | norm': f([[norm(B[l][p][1]) for l in range(3)] for p in range(6)]),
    C + '[layer=0] | head(2, token) | norm': f([norm(B[0][p][t]) for p in range(6) for t in range(2)]),
    C + '[layer=0, token=-1] | norm | sort(turn, desc=true)': f(norm(last(B[0]))[::-1]),
    C + '[layer=0, token=-1] | norm | sort(desc=true)': f(np.sort(norm(last(B[0])))[::-1]),
    C + '[layer=0] - (' + C + '[layer=0] | mean(token)) | norm | max': f(max(norm(x - x.mean(0)).max() for x in B[0])),
    'let r = ' + C + '[layer=0] | norm\n(r | mean(token)) / r | mean(token)':
        f([(norm(x).mean() / norm(x)).mean() for x in B[0]]),
    'let v = capture("base", ["general", "medical"]).resid_post[layer=0] | mean\ncapture("tuned", "general").resid_post[layer=0, token=-1] | distance(v)':
        f([norm(last(U[0]) - m) for m in (cat(B[0]).mean(0), cat(B[0][:4]).mean(0))]),
    'let v = ' + C + '[token=-1] | where(group == "a") | project_out((' + C + ' | mean(token)))\nv[layer=1] | norm':
        f([norm(B[1][p][-1] - B[1][p].mean(0) * (B[1][p][-1] @ B[1][p].mean(0)) / (B[1][p].mean(0) @ B[1][p].mean(0))) for p in g["a"]]),
}

X = 'let x = ' + C + '[layer=0]\n(x - (x | mean(token)))'
EXPECT.update({
    X + '[token=-1] | norm': f([norm(x[-1] - x.mean(0)) for x in B[0]]),
    X + '[token=-2:] | norm | count': [2 * 6],
    X + '[token=1:-1] | norm | count': [sum(t - 2 for t in T)],
})
# order.txt
q = np.quantile
N = {l: norm(cat(B[l])) for l in range(3)}
A = {l: cat(lora(l)) for l in range(3)}
per = lambda l, fn: [fn(norm(x)) for x in B[l]]
EXPECT.update({
    C + ' | norm | median': f([np.median(N[l]) for l in range(3)]),
    C + ' | norm | quantile([0, 0.1, 0.5, 0.9, 1])': f([q(N[l], [0, .1, .5, .9, 1]) for l in range(3)]),
    'capture("base", "*").resid_post[layer=0] | norm | quantile(0.25, token)':
        f(per(0, lambda x: q(x, .25)) + per(0, lambda x: q(x, .25))[:4]),
    C + '[layer=1] | norm | median(by=group)': f([np.median(norm(cat([B[1][p] for p in g[k]]))) for k in "ab"]),
    C + ' | norm | quantile([0.3, 0.6], layer, token) | head(2)':
        f([q(cat([norm(B[l][p]) for l in range(3)]), [.3, .6]) for p in range(2)]),
    'capture("base", "*").resid_post[layer=0] | norm | median(prompt, token, dataset)':
        f(np.median(cat([N[0], norm(cat(B[0][:4]))]))),
    'capture("tuned", "general").lora | quantile(0.9, layer) | mean':
        f(q(np.stack([A[l] for l in range(3)]), .9, axis=0).mean()),
    C + ' | norm | mean(token) | median': f([np.median(per(l, np.mean)) for l in range(3)]),
    C + ' | norm | mean(token) | quantile([0.2, 0.8], by=group)':
        f([[q([per(l, np.mean)[p] for p in g[k]], [.2, .8]) for l in range(3)] for k in "ab"]),
    C + ' | where(position > 100) | norm | median': [np.nan] * 3,
    C + ' | norm | mean | median(layer)': f(np.median([N[l].mean() for l in range(3)])),
    C + ' | norm | mean | argmax(layer)': [2],
    'capture("tuned", "general").lora | mean(token) | argmin(layer)': [2, 0, 2, 0, 2, 0],
    'capture("tuned", "general").lora | argmax(layer) | mean': f(np.argmax(np.stack([A[l] for l in range(3)]), 0).mean()),
    C + ' | norm | quantile([0.1, 0.9]) | argmax(q)': [.9] * 3,
    C + ' | norm | top(4)': f(sorted([(v) for l in range(3) for v in N[l]], reverse=True)[:4]),
    'capture("tuned", "general").lora[layer=1] | top(3, abs=true)': f(A[1][np.argsort(-np.abs(A[1]), kind="stable")[:3]]),
    'capture("tuned", "general").lora | mean | bottom(1)': f(A[2].mean()),
    C + ' | norm | bottom(2, prompt, token)': f([np.sort(N[l])[:2] for l in range(3)]),
    'capture("base", "*").resid_post[layer=0] | norm | top(1, token)': f(per(0, np.max) + per(0, np.max)[:4]),
})
# sets.txt and drawings.txt
def counts(tuned, prompts, threshold=0):
    c = np.zeros(40)
    for tokens in latents(tuned, prompts):
        for cell in tokens:
            for i in {i for i, v in cell if v > threshold}: c[i] += 1
    return c / sum(T[:prompts])
sets = lambda tuned, prompts, share: {i for i, c in enumerate(counts(tuned, prompts)) if c > 0 and c >= share}
token0 = lambda tuned: [{i for i, v in tokens[0]} for tokens in latents(tuned)]
fd = counts(True, 6) - counts(False, 6)
S = 'capture("base", "general").sae'
Q = 'pair(capture("base", "general"), capture("tuned", "general")).sae'
cells = lambda tuned: [{i for i, v in cell} for tokens in latents(tuned) for cell in tokens]
EXPECT.update({
    Q + '[layer=1, token=0] | active | union | count': f([len(a | b) for a, b in zip(token0(False), token0(True))]),
    Q + ' | active | jaccard | mean': f(np.mean([len(a & b) / len(a | b) for a, b in zip(cells(False), cells(True))])),
    'let a = capture("base", "*").sae | active(freq=0.1)\nlet b = capture("tuned", "general").sae | active(freq=0.1)\na | minus(b) | count':
        f([len(sets(False, n, .1) - sets(True, 6, .1)) for n in (6, 4)]),
    'let a = ' + S + ' | active(freq=0.1)\ncapture("tuned", "general").sae[token=0] | active | intersect(a) | count':
        f([len(t & sets(False, 6, .1)) for t in token0(True)]),
    S + ' | freq | top(3)': f(np.sort(counts(False, 6))[::-1][:3]),
    S + ' | freq(threshold=3.5) | top(2)': f(np.sort(counts(False, 6, 3.5))[::-1][:2]),
    Q + ' | freq | diff | top(4)': f(np.sort(fd)[::-1][:4]),
    Q + ' | freq | diff | bottom(2, latent)': f(np.sort(fd)[:2]),
    '(capture("base", "*").sae | freq)[latent=[0, 3]]': f([counts(False, n)[[0, 3]] for n in (6, 4)]),
    'capture("base", "*").sae | freq | sum(latent)': f([counts(False, n).sum() for n in (6, 4)]),
    C + '[layer=0] | norm | hist(4)': f(np.histogram(N[0], 4)[0]),
    C + '[layer=0] | norm | hist(5, low=0, high=50)': f(np.histogram(N[0], 5, (0, 50))[0]),
    C + ' | norm | hist(3)': f([np.histogram(N[l], 3, (N[0].min(), N[2].max()))[0] for l in range(3)]),
})
RANKS = {
    Q + ' | freq | diff | top(4)': ("latent", np.argsort(-fd, kind="stable")[:4].tolist()),
    Q + ' | freq | diff | bottom(2, latent)': ("latent", np.argsort(fd, kind="stable")[:2].tolist()),
    S + ' | freq | top(3)': ("latent", np.argsort(-counts(False, 6), kind="stable")[:3].tolist()),
}
VECTORS = {
    C + ' | median': [np.median(cat(B[l]), 0) for l in range(3)],
    'capture("tuned", "general").resid_post[layer=[1, 2]] | quantile([0.1, 0.75])':
        [q(cat(U[l]), s, axis=0) for l in (1, 2) for s in (.1, .75)],
}


def numbers(answer):
    """The numbers of an answer's rows, labels left out: the columns whose heading is no dimension."""
    lines = answer.split("\n")
    type_line, rest = lines[0], [l for l in lines[1:] if not l.startswith("note[")]
    if type_line == "table":
        return [float(line.split(" | ")[-1]) for line in rest[1:] if " | " in line]
    if rest and rest[0].startswith(("bars of", "blocks of")):
        return [float(x) for line in rest[1:] if " | " in line for x in line.split(" | ")[1].split()]
    dims = re.findall(r"(\w+) [≤\d]", type_line.split("[", 1)[1]) if "[" in type_line else []
    if not rest: return []
    heads = rest[0].split(" | ")
    keep = [i for i, h in enumerate(heads) if h not in dims]
    out = []
    for line in rest[1:]:
        cells = line.split(" | ")
        if len(cells) != len(heads): continue
        out += [float(cells[i].split(" ±")[0]) for i in keep]
    return out


def main():
    agree, wrong, missing = 0, 0, set(EXPECT)
    for path in sorted(pathlib.Path(__file__).parent.glob("*.txt")):
        for block in path.read_text().split("\n\n"):
            query, _, answer = block.strip("\n").partition("\n----\n")
            if query in RANKS:
                column, wanted = RANKS[query]
                rows = [line.split(" | ") for line in answer.split("\n")[1:] if " | " in line]
                found = [int(row[rows[0].index(column)]) for row in rows[1:]]
                if found != wanted: print(f"{path.name}: {query}\n  {found}\n  {wanted}"); wrong += 1
            if query in VECTORS:
                # Shown with three digits, at most four components.
                shown = [[float(x) for x in re.findall(r"-?[\d.]+(?:e-?\d+)?", v)] for v in re.findall(r"\[([-\d][^\]]*)\]$", answer, re.M)]
                same = len(shown) == len(VECTORS[query]) and np.allclose(shown, [v[:4] for v in VECTORS[query]], rtol=6e-3)
                agree, wrong = agree + same, wrong + (not same)
                if not same: print(f"{path.name}: {query}\n  {shown}\n  {VECTORS[query]}")
                continue
            if query not in EXPECT: continue
            missing.discard(query)
            found, wanted = numbers(answer), EXPECT[query]
            same = len(found) == len(wanted) and np.allclose(found, wanted, rtol=5.1e-6, atol=1e-6, equal_nan=True)
            agree += same
            if not same:
                wrong += 1
                print(f"{path.name}: {query}\n  recorded {found}\n  NumPy    {wanted}")
    for query in sorted(missing): print("not recorded:", query)
    print(f"{agree} answers agree, {wrong} differ, {len(missing)} missing")
    return wrong or len(missing)


if __name__ == "__main__": sys.exit(main())
