"""The numbers of sweeps.txt with NumPy, from the fixture's formula: run as check.py is."""
import sys
import numpy as np
import check
from check import B, U, C, P, S, cat, cos, counts, f, last, latents, norm, q

def length(x, p): return (np.abs(x) ** p).sum(-1) ** (1 / p)
def dropped(n, x):
    """Vectors without their n dimensions of the largest squared norm, of all layers by themselves."""
    keep = np.ones(4)
    keep[np.argsort(-(x ** 2).sum(0), kind="stable")[:n]] = 0
    return x * keep
def active(tuned, over): return [{i for i, v in cell if v > over} for tokens in latents(tuned) for cell in tokens]
def drop_cosine(n, m, l): return cos(dropped(n, cat(B[l])), dropped(m, cat(B[l])).mean(0)).mean()
M = 'capture("base", "general").resid_post | norm([1, 2]) | mean'
means = [[length(cat(B[l]), p).mean() for p in (1, 2)] for l in range(3)]

check.EXPECT = {
    M: f(means),
    M + ' | max(p)': f([m[0] for m in means]),
    M + ' | argmax(p)': [1] * 3,
    M + ' | rename(power=p)': f(means),
    C + '[layer=0] | norm([1, 2]) | mean | bar': f(means[0]),
    '(' + M + ')[p=2]': f([m[1] for m in means]),
    '(capture("base", "general").resid_post | norm([1, 2, 3]) | mean)[p=[1, 3], layer=2]':
        f([length(cat(B[2]), p).mean() for p in (1, 3)]),
    C + '[token=-1, layer=1] | norm([1, 2])': f(np.stack([length(last(B[1]), p) for p in (1, 2)], 1)),
    'capture("base", ["general", "medical"]).resid_post | norm([1, 2]) | mean':
        f([[[length(cat(B[l][:n]), p).mean() for p in (1, 2)] for l in range(3)] for n in (6, 4)]),
    C + ' | head([1, 3]) | norm | mean': f([[norm(cat(B[l][:n])).mean() for n in (1, 3)] for l in range(3)]),
    C + ' | head([1, 2], layer) | norm | mean(layer) | mean':
        f([np.mean([norm(cat(B[l])).mean() for l in range(n)]) for n in (1, 2)]),
    C + ' | drop_dims([0, 1, 2]) | norm | mean':
        f([[norm(dropped(n, cat(B[l]))).mean() for n in range(3)] for l in range(3)]),
    C + '[layer=1] | norm([1, 2]) | quantile([0.1, 0.9])': f([q(length(cat(B[1]), p), [.1, .9]) for p in (1, 2)]),
    'pair(capture("base", "general"), capture("tuned", "general")).sae | active(threshold=[0, 2]) | jaccard | mean':
        f([np.mean([len(a & b) / len(a | b) for a, b in zip(active(False, over), active(True, over))]) for over in (0, 2)]),
    'let first = ' + C + '[layer=0] | head([1, 2])\nfirst | norm | mean': f([norm(cat(B[0][:n])).mean() for n in (1, 2)]),
    'let a = ' + M + '\nlet b = capture("tuned", "general").resid_post | norm([1, 2]) | mean\nb - a':
        f([[length(cat(U[l]), p).mean() - length(cat(B[l]), p).mean() for p in (1, 2)] for l in range(3)]),
    'let a = ' + M + '\nlet b = capture("tuned", "general").resid_post | norm([2, 3]) | mean\nb - a':
        f([norm(cat(U[l])).mean() - norm(cat(B[l])).mean() for l in range(3)]),
    'let a = ' + C + '[layer=2] | norm([1, 2]) | mean\n-a * 2 + 1': f([1 - 2 * m for m in means[2]]),
    'capture("base", "general").sae | topk([1, 2, 4]) | freq | sum(latent)': [1, 2, 4],
    C + '[token=-1] | norm | converge(layer, at=[28.5, 51])':
        f([[next((float(l) for l in range(3) if all(norm(B[m][p][-1]) >= at for m in range(l, 3))), np.nan)
            for at in (28.5, 51)] for p in range(6)]),
    'param ps = [1, 2]\n' + C + '[layer=0] | norm(ps) | mean': f(means[0]),
    'def size(x, p) = x | norm(p) | mean\n' + C + '[layer=0] | size([1, 2])': f(means[0]),
    'let v = ' + C + ' | drop_dims([0, 1]) | mean\n' + C + ' | drop_dims([0, 1]) | cosine(v) | mean':
        f([[drop_cosine(n, n, l) for n in (0, 1)] for l in range(3)]),
}

if __name__ == "__main__":
    sys.exit(check.main())
