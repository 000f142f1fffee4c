"""The numbers of basics.txt, representations.txt and the rest of sets.txt and vectors.txt with NumPy, from the fixture's formula: run
as check.py is."""
import sys
import numpy as np
import check
from check import B, U, C, P, Q, S, T, cat, cells, cos, counts, f, g, last, lora, norm, umean

def side(a, b): return cos(cat(a), cat(b)).mean()
def overlap(k, n): return np.mean([len({i for i, _ in x[:k]} & {i for i, _ in y[:k]}) / k for x, y in pairs(n)])
def jaccard(k, n): return np.mean([len({i for i, _ in x[:k]} & {i for i, _ in y[:k]}) / len({i for i, _ in x[:k]} | {i for i, _ in y[:k]}) for x, y in pairs(n)])
def pairs(n):
    return [(x, y) for a, b in zip(check.latents(False, n), check.latents(True, n)) for x, y in zip(a, b)]
def cka(x, y):
    """‖YᵀX‖² / (‖XᵀX‖ ‖YᵀY‖) through the n × n products, which the engine's way does not form for so few columns."""
    x, y = x - x.mean(0), y - y.mean(0)
    k, l = x @ x.T, y @ y.T
    return (k * l).sum() / np.linalg.norm(k) / np.linalg.norm(l)
def eigen(x): return np.sort(np.linalg.svd(x - x.mean(0), compute_uv=False) ** 2 / (len(x) - 1))[::-1]
def nearest(x, v, n): return np.sort(cos(x, v))[::-1][:n]

both = {l: [norm(cat(B[l])), norm(cat(B[l][:4]))] for l in range(3)}
R = {l: last(B[l]) for l in range(3)}
unit = {l: R[l] / norm(R[l])[:, None] for l in range(3)}
L3 = np.stack([cat(lora(l)) for l in range(3)], 1)
D = 'pair(capture("base"), capture("tuned")).sae'
assistant = {l: cat([x[2:] for x in B[l]]) for l in range(3)}
from0 = check.allm

check.EXPECT = {
    C + ' | where(role == "assistant") | norm | mean': f([norm(assistant[l]).mean() for l in range(3)]),
    C + ' | norm | summary': f([norm(cat(B[l])).mean() for l in range(3)]),
    C + ' | norm | mean(by=group)': f([[norm(cat([B[l][p] for p in g[k]])).mean() for l in range(3)] for k in "ab"]),
    C + '[token=-1] | norm': f([[norm(B[l][p][-1]) for l in range(3)] for p in range(6)]),
    C + '[layer=1:3] | norm | max': [norm(cat(B[l])).max() for l in (1, 2)],
    'capture("base", "*").resid_post[layer=-1] | norm | mean': [x.mean() for x in both[2]],
    'capture("base", "*").resid_post[layer=-1] | norm | mean(prompt, token, dataset)': [cat(both[2]).mean()],
    'capture("tuned", "general").lora | mean(token)': f([[lora(l)[p].mean() for l in range(3)] for p in range(6)]),
    'capture("tuned", "general").site("lora.mlp.down_proj") | mean(token)':
        f([[lora(l)[p].mean() for l in range(3)] for p in range(6)]),
    'capture("tuned", "general").lora | count': [sum(T)] * 3,
    'capture("tuned", "general").lora[layer=0] | std': [cat(lora(0)).std()],
    D + ' | topk([1, 2, 4]) | overlap | mean': f([[overlap(k, n) for k in (1, 2, 4)] for n in (6, 4)]),
    D + ' | topk(4) | overlap | mean': f([overlap(4, n) for n in (6, 4)]),
    D + ' | topk([1, 4]) | jaccard | mean': f([[jaccard(k, n) for k in (1, 4)] for n in (6, 4)]),
    P + ' | cosine | mean': [side(B[l], U[l]) for l in range(3)],
    'pair(capture("base", "general"), capture("tuned", "general"), on=turn).resid_post | cosine | mean':
        [side(B[l], U[l]) for l in range(3)],
    P + ' | diff | mean | norm': [norm(cat(U[l]).mean(0) - cat(B[l]).mean(0)) for l in range(3)],
    'capture("tuned", "general").resid_post | contrast(group, "a" vs "b") | diff_means | norm':
        [norm(check.dm[l]) for l in range(3)],
    **{f'capture("base", "general").site("{s}") | norm | mean': [norm(cat(B[1])).mean()]
       for s in ("blocks.1.hook_resid_post", "hidden_states[2]", "model.layers.1")},
    C + '[layer=0] | where(role == "assistant")[token=-2:] | count': [sum(min(2, t - 2) for t in T)],
    C + '[layer=0] | where(role == "assistant")[token=-1:] | norm | mean': [norm(R[0]).mean()],
    C + '[layer=0] | where(role == "assistant")[token=-1] | norm | mean': [norm(R[0]).mean()],
    C + '[layer=0, token=:-1] | count': [sum(t - 1 for t in T)],
    C + '[layer=0] | where(position > 100) | norm | mean': [np.nan],
    C + ' | norm | where(group == "a") | mean(by=group)': [norm(cat([B[l][p] for p in g["a"]])).mean() for l in range(3)],
    # representations.txt
    'let r = ' + C + '\nr | nearest((r | head(1) | mean), 2)': f([nearest(cat(B[l]), B[l][0].mean(0), 2) for l in range(3)]),
    C + '[layer=2] | nearest((capture("tuned", "general").resid_post[layer=2] | mean), 3)': f(nearest(cat(B[2]), umean["general", 2], 3)),
    C + ' | mean(token) | nearest((' + C + '[layer=0] | mean), 2)':
        f([nearest(np.array([x.mean(0) for x in B[l]]), from0[0], 2) for l in range(3)]),
    C + ' | pca(1, give="ratio")': [eigen(cat(B[l]))[0] / eigen(cat(B[l])).sum() for l in range(3)],
    'capture("base", ["general", "medical"]).resid_post[layer=1] | pca(1, give="variance")':
        [eigen(cat(B[1][:n]))[0] for n in (6, 4)],
    P + ' | cka': [cka(cat(B[l]), cat(U[l])) for l in range(3)],
    'cka(' + C + '[token=-1], capture("tuned", "general").resid_post[token=-1])': [cka(R[l], last(U[l])) for l in range(3)],
    'let r = ' + C + '\ncka(r, (r | rename(other=layer)))': f([[cka(cat(B[a]), cat(B[b])) for b in range(3)] for a in range(3)]),
    'cka(' + C + '[layer=0], capture("tuned", "general").resid_post[layer=2])': [cka(cat(B[0]), cat(U[2]))],
    'let a = ' + C + '[layer=0, token=-1] | where(group == "a")\na | cka(' + C + '[layer=1, token=-1])':
        [cka(R[0][::2], R[1][::2])],
    'cka((capture("tuned", "general").lora | concat(layer)), capture("tuned", "general").resid_post)':
        [cka(L3, cat(U[l])) for l in range(3)],
    'let r = ' + C + '[token=-1]\ncka((r | normalize), (r | rename(other=layer)))':
        f([[cka(unit[a], R[b]) for b in range(3)] for a in range(3)]),
    'let a = ' + C + ' | norm | summary\nlet b = capture("tuned", "general").resid_post | norm | summary\nstack(a, b, dim="model", labels=["base", "tuned"])':
        f([[norm(cat(x[l])).mean() for l in range(3)] for x in (B, U)]),
    'let a = ' + C + ' | norm | mean\nlet b = capture("tuned", "general").resid_post | norm | mean\nstack(a, b) | delta(side)':
        [norm(cat(U[l])).mean() - norm(cat(B[l])).mean() for l in range(3)],
    'stack(' + C + '[layer=0, token=-1], capture("tuned", "general").resid_post[layer=0, token=-1]) | norm | mean':
        [norm(R[0]).mean(), norm(last(U[0])).mean()],
    # tokens chosen of computed numbers
    'let r = ' + C + '[layer=0] | norm\n(r - (r | mean(token))) | where(role == "assistant") | count(token)': [t - 2 for t in T],
    'let r = ' + C + '[layer=0] | norm\n(r - (r | mean(token))) | where(position >= 5 and group == "a")':
        [(norm(B[0][4]) - norm(B[0][4]).mean())[t] for t in (5, 6)],
    'let r = ' + C + '[layer=0] | norm\n(r - (r | mean(token)))[token="first_generated"]': [(norm(x) - norm(x).mean())[2] for x in B[0]],
    'let r = ' + C + '[layer=0] | norm\n(r - (r | mean(token)))[token="last_prompt"]': [(norm(x) - norm(x).mean())[1] for x in B[0]],
    'let r = capture("base", "*").resid_post[layer=0] | center | norm\nr | where(role == "user" or token_id == 3) | count':
        [sum(t < 2 or (p * 7 + t) % 50 == 3 for p in range(n) for t in range(T[p])) for n in (6, 4)],
}
check.RANKS, check.VECTORS = {}, {
    C + ' | mean': [cat(B[l]).mean(0) for l in range(3)],
    C + ' | mean(token) | mean(prompt)': [np.mean([x.mean(0) for x in B[l]], 0) for l in range(3)],
    C + '[token="first_generated", layer=0]': [x[2] for x in B[0]],
    C + '[token="last_prompt", layer=0]': [x[1] for x in B[0]],
    C + '[layer=1] | head(1)': list(B[1][0]),
    C + '[layer=0] | pca(1)': [np.linalg.svd(cat(B[0]) - cat(B[0]).mean(0))[2][0] * np.sign(np.linalg.svd(cat(B[0]) - cat(B[0]).mean(0))[2][0][0])],
}

if __name__ == "__main__": sys.exit(check.main())
