"""The numbers of language.txt with NumPy, from the fixture's formula alone: run as check.py is."""
import sys
import numpy as np
import check
from check import B, U, C, T, cat, f, g, last, lora, norm

D = 'capture("base", "%s").resid_post | norm | mean'
mean = {(d, l): norm(cat(B[l][:n])).mean() for d, n in (("general", 6), ("medical", 4)) for l in range(3)}
tuned = {(d, l): norm(cat(U[l][:n])).mean() for d, n in (("general", 6), ("medical", 4)) for l in range(3)}
G = [mean["general", l] for l in range(3)]
M = [mean["medical", l] for l in range(3)]
user = [norm(cat([x[:2] for x in B[l]])).mean() for l in range(3)]
flat = norm(cat([cat(B[l]) for l in range(3)])).mean()

check.EXPECT = {
    'let model = "base"\ncapture(@model, "general").resid_post | norm | mean': f(G),
    'param layer = 1\n' + C + '[layer=layer] | norm | mean': f(G[1]),
    'param layers = [0, 2]\n' + C + '[layer=layers] | norm | mean': f([G[0], G[2]]),
    'let role = "user"\n' + C + ' | where(role == @role) | norm | mean': f(user),
    'let column = "group"\n' + C + ' | norm | mean(by=@column)':
        f([[norm(cat([B[l][p] for p in g[k]])).mean() for l in range(3)] for k in "ab"]),
    'let along = "layer"\n' + C + ' | norm | mean(prompt, token, @along)': f(flat),
    'def spread(x) = (x | max) - (x | min)\n' + C + ' | norm | spread':
        f([np.ptp(norm(cat(B[l]))) for l in range(3)]),
    'def norms(model, data) = capture(model, data).resid_post | norm | mean\nnorms("tuned", "medical") - norms("base", "medical")':
        f([tuned["medical", l] - M[l] for l in range(3)]),
    f'let a = {D % "general"}\nlet b = {D % "medical"}\na - b': f(np.subtract(G, M)),
    f'let a = {D % "general"}\na[layer=0] + a[layer=2]': f(G[0] + G[2]),
    'capture("base", ["medical", "general"]).resid_post | norm | mean': f([M, G]),
    'capture("*", "*").resid_post[layer=-1] | norm | mean':
        f([[G[2], M[2]], [tuned["general", 2], tuned["medical", 2]]]),
    'capture("base", "*").resid_post | norm | mean | rename(text=dataset)': f([G, M]),
    D % "general" + ' | rename(depth=layer)': f(G),
    f'let a = {D % "general"} | rename(of=layer)\nlet b = {D % "general"}\na - b':
        f([[a - b for b in G] for a in G]),
    'let a = capture("*", "general").resid_post[layer=2] | norm | mean\n(a | rename(other=model)) - a':
        f([[0, tuned["general", 2] - G[2]], [G[2] - tuned["general", 2], 0]]),
    C + '[layer=::2] | norm | mean': f([G[0], G[2]]),
    C + '[layer=1:] | norm | mean': f(G[1:]),
    C + '[layer=:-1] | norm | mean': f(G[:2]),
    C + '[prompt="p3", layer=0] | norm': f(norm(B[0][3])),
    C + '[layer=0, token=1:3] | norm | mean(token)': f([norm(x[1:3]).mean() for x in B[0]]),
    C + '[layer=0] | where(group == "a" or turn == 5) | norm | mean(token)':
        f([norm(B[0][p]).mean() for p in (0, 2, 4, 5)]),
    C + '[layer=0] | where(not (group == "a") and position == 0) | norm': f([norm(B[0][p][0]) for p in (1, 3, 5)]),
    C + '[layer=0] | where(turn in [1, 4] and role == "assistant") | norm | mean':
        f(norm(cat([B[0][1][2:], B[0][4][2:]])).mean()),
    'assert 2 > 1, "numbers are in order"\n' + C + ' | norm | mean(prompt, token, layer)': f(flat),
    C + '[layer=0]\n  # a comment between the lines\n  | norm\n  | mean': f(G[0]),
    '[1, 2, 3] * 2': f([2, 4, 6]),
    'capture("tuned", "general").lora[layer=0] | where(role == "assistant") | mean(by=group)':
        f([cat([lora(0)[p][2:] for p in g[k]]).mean() for k in "ab"]),
    C + ' | mean(dims=token) | norm | mean': f([norm(np.array([x.mean(0) for x in B[l]])).mean() for l in range(3)]),
    'capture(dataset="general", model="base").resid_post[layer=0] | norm | mean': f(G[0]),
}

if __name__ == "__main__":
    sys.exit(check.main())
