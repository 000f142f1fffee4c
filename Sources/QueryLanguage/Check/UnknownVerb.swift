import Tensor

extension Diagnostic {
    /// Why there is no such verb: it needs the model, goes by another name here, or is misspelt.
    static func unknownVerb(_ name: Name, defs: [String]) -> Diagnostic {
        let word = name.text
        if needsModel.contains(word.lowercased()) {
            return Diagnostic(
                "needs-the-model", name.span,
                "`\(word)` runs the model again, and a store holds only what was captured of it",
                help:
                    "take the vector to where the model runs: `… | diff_means | normalize | export(\"direction.npz\")`")
        }
        let code = "unknown-verb"
        if SitePoint(rawValue: word) != nil {
            return Diagnostic(
                code, name.span, "`\(word)` is a site, not a verb",
                help: "a site is chosen with a dot: `capture(…).\(word)`")
        }
        let message = "there is no verb `\(word)`"
        let built = VerbTable.all.filter(\.isBuilt).map(\.name)
        if let other = otherNames[word.lowercased()], built.contains(other.verb) {
            return Diagnostic(
                code, name.span, message, help: "here it is `\(other.usage ?? other.verb)`",
                replacement: other.usage == nil ? other.verb : nil)
        }
        if let close = closest(to: word, among: built + defs) {
            return Diagnostic(code, name.span, message, help: "did you mean `\(close)`?", replacement: close)
        }
        return Diagnostic(
            code, name.span, message,
            help: "`varve docs` lists the verbs, and `?` does at the prompt; one of your own: `def \(word)(x) = x | …`")
    }

    /// Verbs that people look for and that only a running model could answer.
    private static let needsModel: Set<String> = [
        "steer", "generate", "ablate", "finetune", "fine_tune", "train", "patch", "activation_patch",
        "activation_patching", "path_patch", "intervene", "add_noise", "noise", "run_model", "forward", "logit_lens",
        "unembed", "loss", "perplexity", "gradient", "grad", "attribute", "attribution", "integrated_gradients",
        "complete", "chat", "tokenize", "embed", "run_with_cache", "run_with_hooks", "resample", "inject",
    ]

    /// What other tools call a verb, and what to write here where that is more than another word.
    private static let otherNames: [String: (verb: String, usage: String?)] = [
        "filter": ("where", nil), "query": ("where", nil), "limit": ("head", nil), "take": ("head", nil),
        "order_by": ("sort", nil), "orderby": ("sort", nil), "sort_by": ("sort", nil), "sort_values": ("sort", nil),
        "arrange": ("sort", nil), "columns": ("select", nil), "project_columns": ("select", nil),
        "average": ("mean", nil), "avg": ("mean", nil), "nanmean": ("mean", nil), "sd": ("std", nil),
        "stdev": ("std", nil), "stddev": ("std", nil), "var": ("std", "std` and squared: `(x | std) ** 2"),
        "variance": ("std", "std` and squared: `(x | std) ** 2"), "len": ("count", nil), "size": ("count", nil),
        "groupby": ("mean", "mean(by=column)"), "group_by": ("mean", "mean(by=column)"),
        "cos": ("cosine", nil), "cosine_similarity": ("cosine", nil), "cos_sim": ("cosine", nil),
        "inner": ("dot", nil), "matmul": ("dot", nil), "l2": ("norm", nil), "l2_norm": ("norm", nil),
        "magnitude": ("norm", nil), "length": ("norm", nil), "euclidean": ("distance", nil),
        "subtract": ("diff", nil), "difference": ("diff", nil), "compare": ("pair", "pair(a, b)"),
        "join": ("pair", "pair(a, b, on=column)"), "zip": ("pair", "pair(a, b)"), "merge": ("pair", "pair(a, b)"),
        "standardise": ("standardize", nil), "zscore": ("standardize", nil), "scale": ("standardize", nil),
        "normalise": ("normalize", nil), "unit": ("normalize", nil),
        "logistic": ("logreg", nil), "logistic_regression": ("logreg", nil), "probe": ("logreg", nil),
        "classifier": ("logreg", nil), "mean_diff": ("diff_means", nil), "difference_in_means": ("diff_means", nil),
        "train_test_split": ("split", "split(test=0.2, seed=0)"), "kfold": ("split", "split(kfold=5)"),
        "cross_validate": ("split", "split(kfold=5)"), "cv": ("split", "split(kfold=5)"),
        "undersample": ("balance", nil), "evaluate": ("score", nil), "metrics": ("score", nil),
        "f1": ("score", "score(metric=f1)"), "precision": ("score", "score(metric=precision)"),
        "recall": ("score", "score(metric=recall)"), "coef": ("weights", nil), "coefficients": ("weights", nil),
        "flatten": ("concat", "concat(dim)"), "iou": ("jaccard", nil),
        "intersection": ("intersect", nil), "top_k": ("topk", nil), "histogram": ("hist", nil),
        "barplot": ("bar", nil), "line": ("plot", nil), "lineplot": ("plot", nil), "show": ("table", nil),
        "display": ("table", nil), "print": ("table", nil), "write": ("export", nil), "to_csv": ("export", nil),
        "to_numpy": ("export", nil), "dump": ("export", nil), "store": ("save", nil), "info": ("describe", nil),
        "schema": ("describe", nil), "type": ("describe", nil), "plan": ("explain", nil),
        "spearman": ("correlate", nil), "spearmanr": ("correlate", nil), "corr": ("correlate", nil),
        "read_csv": ("read", nil), "open": ("read", nil), "svd": ("pca", nil), "roc_auc": ("auroc", nil),
        "auc": ("auroc", nil), "percentile": ("quantile", nil), "ridge_regression": ("ridge", nil),
    ]
}
