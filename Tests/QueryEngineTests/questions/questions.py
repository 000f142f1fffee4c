"""Thirty questions in English with the answers that NumPy gives from the formula of EngineFixture.swift alone.

    python questions.py        # writes questions.txt

Each entry is a question, a query written from `varve docs --all`, and the numbers (or words) of its last answer, in the
order of its dimensions.
"""
import json, pathlib, sys
import numpy as np

sys.path.append(str(pathlib.Path(__file__).parent.parent / "conformance"))
from check import B, U, T, cat, cos, dm, g, last, latents, lora, norm

L = range(3)
unit = lambda v: v / np.linalg.norm(v)
rows = lambda tuned, n: [t for p in latents(tuned)[:n] for t in p]
share = lambda k, n: np.mean([len({i for i, _ in a[:k]} & {i for i, _ in b[:k]}) / k for a, b in zip(rows(0, n), rows(1, n))])
BASE, TUNED = 'capture("base", "general").resid_post', 'capture("tuned", "general").resid_post'
PAIR = 'pair(capture("base", "general"), capture("tuned", "general"))'
mean = lambda x: float(np.mean(x))
stat = lambda x: [mean(x), float(np.std(x)), len(x)]

QUESTIONS = [
    ("How many prompts does each data set have?",
     'datasets | select(dataset, prompts)', ["general", 6, "medical", 4]),
    ("How many captures have a LoRA adapter's scalars stored?",
     'captures | where(sites like "%lora%") | count', 2),
    ("Which general prompts of group b have a score above one half?",
     'prompts("general") | where(group == "b" and score > 0.5) | select(id)', ["p3", "p5"]),
    ("How many tokens of the base model's general capture are the assistant's?",
     'capture("base", "general") | tokens | where(role == "assistant") | count', sum(t - 2 for t in T)),
    ("How long is the base model's residual stream at each layer on general text, averaged over all tokens?",
     BASE + " | norm | mean", [mean(norm(cat(B[l]))) for l in L]),
    ("The same, but every prompt should count alike however long it is.",
     BASE + " | norm | mean(token) | mean(prompt)", [mean([norm(x).mean() for x in B[l]]) for l in L]),
    ("What are mean, standard deviation and count of that length at the last token of each prompt, at the last layer?",
     BASE + "[layer=-1, token=-1] | norm | summary", stat(norm(last(B[2])))),
    ("What is the median length at layer 1?",
     BASE + "[layer=1] | norm | median", float(np.median(norm(cat(B[1]))))),
    ("Below which length do nine tenths of the tokens stay, at each layer?",
     BASE + " | norm | quantile(0.9)", [float(np.quantile(norm(cat(B[l])), 0.9)) for l in L]),
    ("At which layer is the residual stream longest on average?",
     BASE + " | norm | mean | argmax(layer)", int(np.argmax([mean(norm(cat(B[l]))) for l in L]))),
    ("By how much does the mean length grow from each layer to the next?",
     BASE + " | norm | mean | delta(layer)", np.diff([mean(norm(cat(B[l]))) for l in L])),
    ("From which layer on does the mean length stay at 60 or more?",
     BASE + " | norm | mean | converge(layer, at=60)", next(l for l in L if mean(norm(cat(B[l]))) >= 60)),
    ("How long is layer 1 on average on the assistant's tokens, for each group?",
     BASE + '[layer=1] | where(role == "assistant") | norm | mean(by=group)',
     [mean(norm(cat([B[1][p][2:] for p in g[k]]))) for k in "ab"]),
    ("Which is the longest token of all at layer 0: its prompt, its position and its length?",
     BASE + "[layer=0] | norm | top(1)", None),
    ("How similar are the base and the tuned model's states at each layer, by cosine, averaged over general tokens?",
     PAIR + ".resid_post | cosine | mean", [mean(cos(cat(B[l]), cat(U[l]))) for l in L]),
    ("How far apart are the two models at the last token of each prompt at layer 2?",
     PAIR + ".resid_post[layer=2, token=-1] | distance | mean", mean(norm(last(U[2]) - last(B[2])))),
    ("In which layer do the two models differ most?",
     PAIR + ".resid_post | distance | mean | argmax(layer)",
     int(np.argmax([mean(norm(cat(U[l]) - cat(B[l]))) for l in L]))),
    ("What is the mean change from base to tuned at layer 2, as a direction of length 1?",
     PAIR + ".resid_post[layer=2] | diff | mean | normalize", unit((cat(U[2]) - cat(B[2])).mean(0))),
    ("What share of the top 1, 2 and 4 SAE latents do the two models share, on each data set?",
     'pair(capture("base", "*"), capture("tuned", "*")).sae[layer=1] | topk([1, 2, 4]) | overlap | mean',
     [[share(k, n) for k in (1, 2, 4)] for n in (6, 4)]),
    ("Relative to general text, how much more do the top 4 latents change on medical text?",
     'let same = pair(capture("base", "*"), capture("tuned", "*")).sae[layer=1] | topk(4) | overlap | mean\n'
     '(same[dataset="general"] - same[dataset="medical"]) / same[dataset="general"]',
     (share(4, 6) - share(4, 4)) / share(4, 6)),
    ("What is the mean adapter scalar on assistant tokens for each group and layer?",
     'capture("tuned", "general").lora | where(role == "assistant") | mean(by=group)',
     [[mean(cat([lora(l)[p][2:] for p in g[k]])) for l in L] for k in "ab"]),
    ("Between which values does the adapter scalar of layer 0 lie?",
     'let s = capture("tuned", "general").lora[layer=0]\n(s | max) - (s | min)', float(np.ptp(cat(lora(0))))),
    ("How long is the difference in means between groups a and b, over all tokens, at each layer of the tuned model?",
     TUNED + ' | contrast(group, "a" vs "b") | diff_means | norm', [[float(norm(dm[l]))] for l in L]),
    ("How strongly do the base model's last tokens at layer 1 point along the mean of all tokens there, as a cosine?",
     "let m = " + BASE + "[layer=1] | mean\n" + BASE + "[layer=1, token=-1] | cosine(m) | mean",
     mean(cos(last(B[1]), cat(B[1]).mean(0)))),
    ("What length remains of the last tokens at layer 0 once their part along that layer's mean is taken out?",
     "let m = " + BASE + "[layer=0] | mean\n" + BASE + "[layer=0, token=-1] | project_out(m) | norm | mean",
     mean([norm(x - x @ (m := cat(B[0]).mean(0)) / (m @ m) * m) for x in last(B[0])])),
    ("Can a linear probe tell group a from group b by the mean adapter scalars of a prompt? Give the accuracy over 3 folds.",
     'capture("tuned", "general").lora | mean(token) | concat(layer)\n'
     '| split(kfold=3, seed=0) | logreg(y=group) | score(metric=accuracy) | mean', 1.0),
    ("From which layer on does a probe on single scalars predict each prompt's group for good?",
     'capture("tuned", "general").lora | mean(token)\n'
     '| split(kfold=3, seed=0) | logreg(y=group) | predict | converge(layer) | mean', 0.0),
    ("How many positions after the third (counting from 0) are stored of the base model on general text?",
     BASE + "[layer=0] | where(position > 3) | count", sum(max(0, t - 4) for t in T)),
    ("How long is the first token that the assistant wrote, in each general prompt, at layer 0?",
     BASE + '[layer=0, token="first_generated"] | norm', [float(norm(x[2])) for x in B[0]]),
    ("How much longer is each layer for the tuned model than for the base model, on either data set?",
     'let n = capture("*", "*").resid_post | norm | mean\nn[model="tuned"] - n[model="base"]',
     [[mean(norm(cat(U[l][:n]))) - mean(norm(cat(B[l][:n]))) for l in L] for n in (6, 4)]),
    ("Between any two layers, how does the mean length differ (the row's layer minus the column's)?",
     "let n = " + BASE + " | norm | mean\n(n | rename(of=layer)) - n",
     np.subtract.outer(*[[mean(norm(cat(B[l]))) for l in L]] * 2)),
    ("Is the mean length at every layer above 50? Stop if not, then give the smallest.",
     "let n = " + BASE + " | norm | mean\nassert (n | min(layer)) > 50\nn | min(layer)",
     min(mean(norm(cat(B[l]))) for l in L)),
]
# The longest token: by the formula the last of the prompt with the largest 10 p + t.
p = max(range(6), key=lambda p: 10 * p + T[p])
QUESTIONS = [(q, v, ["p%d" % p, T[p] - 1, float(norm(B[0][p][-1]))] if a is None else a) for q, v, a in QUESTIONS]


def plain(answer):
    """Numbers and words in the order of the dimensions."""
    if isinstance(answer, (list, tuple, np.ndarray)): return [x for a in answer for x in plain(a)]
    return [answer if isinstance(answer, str) else round(float(answer), 9)]


if __name__ == "__main__":
    text = "\n\n".join(f"# {q}\n{v}\n----\n{json.dumps(plain(a))}" for q, v, a in QUESTIONS)
    (pathlib.Path(__file__).parent / "questions.txt").write_text(text + "\n")
    print(len(QUESTIONS), "questions")
