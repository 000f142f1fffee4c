"""What a researcher would have written: each analysis in the fastest formulation that we found of each library, on files of its own.

    python peers.py DATA THREADS        commands as JSON lines on stdin, each answered by one with seconds and result

`prepare` makes a library's files where it has a format of its own, outside the time; the page cache is warm. Every timed call begins
at the files and ends with the numbers in Python. Which threads a library uses is what it uses best on as many cores as are given.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import numpy as np

K = 64
KS = [1, 2, 4, 8, 16, 32, 64]
NONE = 0xFFFF_FFFF


class Peers:
    def __init__(self, data: Path, threads: int):
        self.data, self.threads = data, threads
        self.own = data / "peers"
        self.own.mkdir(exist_ok=True)

    def load(self, name: str) -> np.ndarray:
        return np.load(self.data / f"{name}.npy", mmap_mode="r")

    # --- overlap ---

    def overlap_numpy_sorted(self) -> list[float]:
        """Both lists of a token in one row, sorted: a latent that both have stands beside itself."""
        a, b = self.load("tokens.base.index"), self.load("tokens.tuned.index")
        sums = np.zeros(len(KS))
        for first in range(0, len(a), 4096):
            left, right = np.asarray(a[first : first + 4096]), np.asarray(b[first : first + 4096])
            for place, k in enumerate(KS):
                both = np.concatenate([left[:, :k], right[:, :k]], axis=1)
                both.sort(axis=1)
                sums[place] += np.count_nonzero((both[:, 1:] == both[:, :-1]) & (both[:, 1:] != NONE))
        return (sums / len(a) / KS).tolist()

    def overlap_numpy_ranks(self) -> list[float]:
        """All k from one sort: the later of a latent's two ranks is the k from which on it counts."""
        a, b = self.load("tokens.base.index"), self.load("tokens.tuned.index")
        counts = np.zeros(K, np.int64)
        ranks = np.tile(np.arange(K, dtype=np.uint64), 2)
        for first in range(0, len(a), 4096):
            left, right = np.asarray(a[first : first + 4096]), np.asarray(b[first : first + 4096])
            keys = (np.concatenate([left, right], axis=1).astype(np.uint64) << 8) | ranks
            keys.sort(axis=1)
            index, rank = keys >> 8, keys & 255
            same = (index[:, 1:] == index[:, :-1]) & (index[:, 1:] != NONE)
            counts += np.bincount(rank[:, 1:][same].astype(np.int64), minlength=K)
        total = np.cumsum(counts)
        return [float(total[k - 1]) / len(a) / k for k in KS]

    def overlap_scipy(self) -> list[float]:
        """A sparse row for each token whose numbers are ranks + 1; where both have a latent, the larger one counts."""
        from scipy.sparse import csr_array

        a, b = self.load("tokens.base.index"), self.load("tokens.tuned.index")
        counts = np.zeros(K, np.int64)
        ranks = np.arange(1, K + 1, dtype=np.int32)
        for first in range(0, len(a), 16384):
            sides = []
            for side in (a, b):
                indices = np.asarray(side[first : first + 16384])
                rows = len(indices)
                columns = np.where(indices == NONE, 0, indices + 1).astype(np.int32).ravel()
                sides.append(csr_array((np.tile(ranks, rows), columns, np.arange(0, rows * K + 1, K)), shape=(rows, 16385)))
            left, right = sides
            present = left.copy()
            present.data = np.ones_like(present.data)
            other = right.copy()
            other.data = np.ones_like(other.data)
            one, two = left.multiply(other).tocsr(), right.multiply(present).tocsr()
            one.sort_indices()
            two.sort_indices()
            kept = one.indices > 0
            counts += np.bincount(np.maximum(one.data, two.data)[kept] - 1, minlength=K)
        total = np.cumsum(counts)
        return [float(total[k - 1]) / len(a) / k for k in KS]

    def prepare_overlap_polars(self) -> None:
        import polars as pl

        for model in ("base", "tuned"):
            path = self.own / f"index.{model}.parquet"
            if path.exists():
                continue
            index = self.load(f"tokens.{model}.index")
            pl.DataFrame({
                "token": np.repeat(np.arange(len(index), dtype=np.uint32), K), "rank": np.tile(np.arange(K, dtype=np.uint8), len(index)),
                "latent": np.asarray(index).ravel(),
            }).filter(pl.col("latent") != NONE).write_parquet(path)

    def overlap_polars(self) -> list[float]:
        import polars as pl

        sides = [pl.scan_parquet(self.own / f"index.{model}.parquet") for model in ("base", "tuned")]
        found = (
            sides[0].join(sides[1], on=["token", "latent"], suffix="_right")
            .select(pl.max_horizontal("rank", "rank_right").alias("rank")).group_by("rank").len().collect()
        )
        return self._from_ranks(dict(zip(found["rank"].to_list(), found["len"].to_list(), strict=True)))

    def _from_ranks(self, counts: dict[int, int]) -> list[float]:
        rows = len(self.load("tokens.base.index"))
        return [sum(count for rank, count in counts.items() if rank < k) / rows / k for k in KS]

    prepare_overlap_duckdb = prepare_overlap_polars

    def overlap_duckdb(self) -> list[float]:
        import duckdb

        with duckdb.connect(config={"threads": self.threads}) as connection:
            found = connection.execute(
                f"SELECT greatest(a.rank, b.rank) AS rank, count(*) FROM '{self.own}/index.base.parquet' a JOIN "
                f"'{self.own}/index.tuned.parquet' b ON a.token = b.token AND a.latent = b.latent GROUP BY 1").fetchall()
        return self._from_ranks(dict(found))

    def overlap_sets(self) -> list[float]:
        """The loop that most scripts have."""
        a, b = self.load("tokens.base.index"), self.load("tokens.tuned.index")
        sums = [0] * len(KS)
        for left, right in zip(np.asarray(a).tolist(), np.asarray(b).tolist(), strict=True):
            for place, k in enumerate(KS):
                sums[place] += len((set(left[:k]) & set(right[:k])) - {NONE})
        return [total / len(a) / k for total, k in zip(sums, KS, strict=True)]

    # --- paired cosine ---

    def cosine_numpy(self) -> list[float]:
        a, b = self.load("tokens.base.resid"), self.load("tokens.tuned.resid")
        sums = 0.0
        for first in range(0, len(a), 2048):
            x, y = a[first : first + 2048].astype(np.float32), b[first : first + 2048].astype(np.float32)
            ab, aa, bb = (np.einsum("ij,ij->i", p, q) for p, q in ((x, y), (x, x), (y, y)))
            sums += float((ab / np.sqrt(aa * bb)).sum(dtype=np.float64))
        return [sums / len(a)]

    def cosine_torch(self) -> list[float]:
        import torch

        torch.set_num_threads(self.threads)
        a, b = (torch.from_numpy(np.load(self.data / f"tokens.{model}.resid.npy", mmap_mode="c")) for model in ("base", "tuned"))
        sums = 0.0
        with torch.inference_mode():
            for first in range(0, len(a), 2048):
                x, y = a[first : first + 2048].float(), b[first : first + 2048].float()
                sums += torch.nn.functional.cosine_similarity(x, y).double().sum().item()
        return [sums / len(a)]

    def prepare_cosine_duckdb(self) -> None:
        path = self.own / "resid.duckdb"
        if path.exists():
            return
        import duckdb
        import pyarrow as pa

        # Whole or not at all: a file that is there counts as made.
        draft = path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        with duckdb.connect(str(draft)) as connection:
            for model in ("base", "tuned"):
                values = np.asarray(self.load(f"tokens.{model}.resid"), np.float32)
                vectors = pa.table({"v": pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1])})
                connection.execute(f"CREATE TABLE {model} AS SELECT row_number() OVER () AS i, v::FLOAT[768] AS v FROM vectors")
        draft.rename(path)

    def cosine_duckdb(self) -> list[float]:
        import duckdb

        with duckdb.connect(str(self.own / "resid.duckdb"), read_only=True, config={"threads": self.threads}) as connection:
            return [connection.execute(
                "SELECT avg(array_cosine_similarity(base.v, tuned.v)) FROM base POSITIONAL JOIN tuned").fetchone()[0]]

    def prepare_cosine_zarr(self) -> None:
        import zarr

        for model in ("base", "tuned"):
            path = self.own / f"resid.{model}.zarr"
            if not path.exists():
                values = np.asarray(self.load(f"tokens.{model}.resid"))
                zarr.create_array(store=str(path), data=values, chunks=(2048, values.shape[1]))

    def cosine_zarr(self) -> list[float]:
        import zarr

        a, b = (zarr.open_array(str(self.own / f"resid.{model}.zarr"), mode="r") for model in ("base", "tuned"))
        sums = 0.0
        for first in range(0, a.shape[0], 8192):
            x, y = a[first : first + 8192].astype(np.float32), b[first : first + 8192].astype(np.float32)
            ab, aa, bb = (np.einsum("ij,ij->i", p, q) for p, q in ((x, y), (x, x), (y, y)))
            sums += float((ab / np.sqrt(aa * bb)).sum(dtype=np.float64))
        return [sums / a.shape[0]]

    # --- nearest ---

    def _query(self) -> np.ndarray:
        """The mean of the first prompts, as ours takes it."""
        return self.load("tokens.base.resid")[:128].astype(np.float32).mean(0)

    def nearest_numpy(self) -> list[float]:
        """Products in f32, a stretch at a time; norms come with them."""
        a, v = self.load("tokens.base.resid"), self._query()
        found = np.empty(len(a), np.float32)
        for first in range(0, len(a), 2048):
            x = a[first : first + 2048].astype(np.float32)
            found[first : first + len(x)] = (x @ v) / np.sqrt(np.einsum("ij,ij->i", x, x))
        best = np.argpartition(-found, 20)[:20]
        return (np.sort(found[best])[::-1] / np.linalg.norm(v)).tolist()

    def prepare_nearest_numpy_normalised(self) -> None:
        path = self.own / "normalised.npy"
        if not path.exists():
            values = np.asarray(self.load("tokens.base.resid"), np.float32)
            np.save(path, values / np.linalg.norm(values, axis=1, keepdims=True))

    def nearest_numpy_normalised(self) -> list[float]:
        """f32 rows of length 1, made before: twice the bytes, and one product."""
        v = self._query()
        found = np.load(self.own / "normalised.npy", mmap_mode="r") @ (v / np.linalg.norm(v))
        return np.sort(found[np.argpartition(-found, 20)[:20]])[::-1].tolist()

    def prepare_nearest_faiss(self) -> None:
        path = self.own / "flat.faiss"
        if path.exists():
            return
        import faiss

        index = faiss.IndexFlatIP(768)
        values = np.asarray(self.load("tokens.base.resid"), np.float32)
        index.add(values / np.linalg.norm(values, axis=1, keepdims=True))
        faiss.write_index(index, str(path))

    def nearest_faiss(self) -> list[float]:
        import faiss

        faiss.omp_set_num_threads(self.threads)
        index = faiss.read_index(str(self.own / "flat.faiss"), faiss.IO_FLAG_MMAP_IFC)
        v = self._query()
        return index.search((v / np.linalg.norm(v))[None], 20)[0][0].tolist()

    prepare_nearest_duckdb = prepare_cosine_duckdb

    def nearest_duckdb(self) -> list[float]:
        import duckdb

        with duckdb.connect(str(self.own / "resid.duckdb"), read_only=True, config={"threads": self.threads}) as connection:
            found = connection.execute(
                "SELECT array_cosine_similarity(v, ?::FLOAT[768]) AS c FROM base ORDER BY c DESC LIMIT 20", [self._query().tolist()])
            return [row[0] for row in found.fetchall()]

    def prepare_nearest_lance(self) -> None:
        path = self.own / "resid.lance"
        if path.exists():
            return
        import lance
        import pyarrow as pa

        values = np.asarray(self.load("tokens.base.resid"))
        lance.write_dataset(pa.table({"v": pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1])}), str(path))

    def nearest_lance(self) -> list[float]:
        import lance

        v = self._query()
        found = lance.dataset(str(self.own / "resid.lance")).to_table(
            columns=["_distance"], nearest={"column": "v", "q": v.astype(np.float16), "k": 20, "metric": "cosine", "use_index": False})
        return (1 - np.asarray(found["_distance"])).tolist()

    # --- PCA ---

    def pca_sklearn(self) -> list[float]:
        from sklearn.decomposition import PCA

        model = PCA(8, svd_solver="covariance_eigh").fit(np.asarray(self.load("tokens.base.resid"), np.float32))
        return model.explained_variance_ratio_.tolist()

    def pca_numpy(self) -> list[float]:
        """Gram matrix a stretch at a time, then the eigenvalues."""
        a = self.load("tokens.base.resid")
        gram, sums = np.zeros((768, 768)), np.zeros(768)
        for first in range(0, len(a), 16384):
            x = a[first : first + 16384].astype(np.float32)
            gram += x.T @ x
            sums += x.sum(0, dtype=np.float64)
        mean = sums / len(a)
        values = np.linalg.eigh(gram / len(a) - np.outer(mean, mean))[0][::-1]
        return (values[:8] / values.sum()).tolist()

    def pca_torch(self) -> list[float]:
        """Approximate: a random projection."""
        import torch

        torch.set_num_threads(self.threads)
        torch.manual_seed(0)
        x = torch.from_numpy(np.asarray(self.load("tokens.base.resid"))).float()
        x -= x.mean(0)
        _, s, _ = torch.pca_lowrank(x, q=8, center=False)
        return (s.square() / x.square().sum(dtype=torch.float64)).tolist()

    # --- probes on twelve layers ---

    def _rows(self) -> tuple[np.ndarray, np.ndarray]:
        """Training rows and their classes: those of `split(test=0.2, seed=1)`, whole prompts, the same share of each class."""
        classes = np.asarray(self.load("fits.classes"))
        drawn = np.array([split_number(1, f"p{index}") for index in range(len(classes))], np.uint64)
        sizes = np.bincount(classes, minlength=2)
        total = len(classes) - int(np.ceil(0.2 * len(classes)))
        kept = total * sizes // len(classes)
        # What is left over goes to the largest remainder; of equal ones to the class that drew the lowest number.
        order = sorted((0, 1), key=lambda kind: (-(total * sizes[kind] % len(classes)), drawn[classes == kind].min()))
        for kind in order[: total - kept.sum()]:
            kept[kind] += 1
        train = np.zeros(len(classes), bool)
        for kind in (0, 1):
            members = np.flatnonzero(classes == kind)
            train[members[np.argsort(drawn[members])][len(members) - kept[kind] :]] = True
        rows = np.repeat(train, 128)
        return rows, np.repeat(classes, 128)[rows]

    def _scaled(self, layer: int, rows: np.ndarray) -> np.ndarray:
        x = self.load(f"fits.{layer}")[rows].astype(np.float32)
        mean, sd = x.mean(0, dtype=np.float64), x.std(0, dtype=np.float64)
        # A column that is the same everywhere stays as it is, as StandardScaler leaves it.
        sd[sd == 0] = 1
        x -= mean.astype(np.float32)
        x /= sd.astype(np.float32)
        return x

    def l2_sklearn(self, layers: list[int], solver: str = "lbfgs") -> list[float]:
        """Its defaults: C = 1, tol = 1e-4, 100 steps at most."""
        from sklearn.linear_model import LogisticRegression

        rows, y = self._rows()
        self.fits = []
        for layer in layers:
            x = self._scaled(layer, rows)
            fit = LogisticRegression(C=1.0, solver=solver).fit(x, y)
            self.fits.append((fit.coef_[0], float(fit.intercept_[0])))
        return []

    def l2_sklearn_newton(self, layers: list[int]) -> list[float]:
        """The Hessian instead of many steps: some seven factorisations of 768 × 768."""
        return self.l2_sklearn(layers, solver="newton-cholesky")

    def l2_torch(self, layers: list[int]) -> list[float]:
        import torch

        torch.set_num_threads(self.threads)
        rows, classes = self._rows()
        y = torch.from_numpy(classes).float()
        self.fits = []
        for layer in layers:
            x = torch.from_numpy(self._scaled(layer, rows))
            w = torch.zeros(x.shape[1] + 1, requires_grad=True)
            optimiser = torch.optim.LBFGS([w], max_iter=200, tolerance_grad=1e-4, tolerance_change=1e-9, line_search_fn="strong_wolfe")

            def closure(x=x, w=w, optimiser=optimiser):
                optimiser.zero_grad()
                z = torch.addmv(w[-1:].expand(len(x)), x, w[:-1])
                loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y, reduction="sum") + 0.5 * w[:-1].square().sum()
                loss.backward()
                return loss

            optimiser.step(closure)
            self.fits.append((w[:-1].detach().numpy(), w[-1].item()))
        return []

    def objectives(self, layers: list[int], weights: list[list[float]] | None = None) -> list[float]:
        """What the last fits reached, or what weights reach with the intercept that suits them best."""
        rows, y = self._rows()
        found = []
        for place, layer in enumerate(layers):
            x = self._scaled(layer, rows)
            if weights is None:
                w, b = self.fits[place]
                found.append(objective(x @ np.asarray(w, np.float64) + b, y, w))
                continue
            w, b = np.asarray(weights[place]), 0.0
            z = x @ w
            for _ in range(50):
                p = 1 / (1 + np.exp(-(z + b)))
                b -= (p - y).sum() / (p * (1 - p)).sum()
            found.append(objective(z + b, y, w))
        return found

    def ridge_numpy(self, layers: list[int]) -> list[float]:
        rows, y = self._rows()
        target = np.where(y > 0, 1.0, -1.0)
        found = []
        for layer in layers:
            x = self._scaled(layer, rows)
            gram = (x.T @ x).astype(np.float64)
            gram.flat[:: len(gram) + 1] += 1.0
            found.append(float(np.linalg.norm(np.linalg.solve(gram, x.T @ (target - target.mean()).astype(np.float32)))))
        return found

    def ridge_lengths(self, layers: list[int]) -> list[float]:
        """The same in double precision: what ours is held to."""
        rows, y = self._rows()
        target = np.where(y > 0, 1.0, -1.0)
        found = []
        for layer in layers:
            x = self.load(f"fits.{layer}")[rows].astype(np.float64)
            mean, sd = x.mean(0), x.std(0)
            sd[sd == 0] = 1
            x = (x - mean) / sd
            gram = x.T @ x
            gram.flat[:: len(gram) + 1] += 1.0
            found.append(float(np.linalg.norm(np.linalg.solve(gram, x.T @ (target - target.mean())))))
        return found

    def means_numpy(self, layers: list[int]) -> list[float]:
        classes = np.repeat(np.asarray(self.load("fits.classes")), 128)
        found = []
        for layer in layers:
            x = self.load(f"fits.{layer}")
            one, zero = x[classes == 1].astype(np.float32), x[classes == 0].astype(np.float32)
            found.append(float(np.linalg.norm(one.mean(0, dtype=np.float64) - zero.mean(0, dtype=np.float64))))
        return found

    def means_numpy_product(self, layers: list[int]) -> list[float]:
        """A product with the classes' indicator instead of two copies."""
        classes = np.repeat(np.asarray(self.load("fits.classes")), 128)
        weights = np.stack([classes == 0, classes == 1]).astype(np.float32)
        found = []
        for layer in layers:
            x = self.load(f"fits.{layer}")
            sums = np.zeros((2, 768))
            for first in range(0, len(x), 2048):
                sums += weights[:, first : first + 2048] @ x[first : first + 2048].astype(np.float32)
            found.append(float(np.linalg.norm(sums[1] / weights[1].sum() - sums[0] / weights[0].sum())))
        return found

    # --- L1 tables ---

    def l1_sklearn(self, table: str, repeats: int) -> list[float]:
        """Balanced resamples, scaled on the training rows, five metrics of each."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score, roc_auc_score
        from sklearn.model_selection import train_test_split
        from sklearn.preprocessing import StandardScaler

        x, y = np.asarray(self.load(f"{table}.x"), np.float64), np.asarray(self.load(f"{table}.classes"))
        rows = []
        for repeat in range(repeats):
            random = np.random.default_rng(repeat)
            size = min(np.bincount(y))
            chosen = np.concatenate([random.choice(np.flatnonzero(y == kind), size, replace=False) for kind in (0, 1)])
            x0, x1, y0, y1 = train_test_split(x[chosen], y[chosen], test_size=0.2, stratify=y[chosen], random_state=repeat)
            scaler = StandardScaler().fit(x0)
            fit = LogisticRegression(penalty="l1", solver="liblinear", C=0.01, max_iter=1000).fit(scaler.transform(x0), y0)
            z = fit.decision_function(scaler.transform(x1))
            p = (z > 0).astype(np.uint8)
            rows.append([
                accuracy_score(y1, p), precision_score(y1, p), recall_score(y1, p), f1_score(y1, p), roc_auc_score(y1, z)])
        return np.mean(rows, axis=0).tolist()

    def l1_weights(self, table: str) -> list[float]:
        """One fit of all rows as they are scaled; its weights in the units of the rows, stopped far below liblinear's own tolerance."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        x, y = np.asarray(self.load(f"{table}.x"), np.float64), np.asarray(self.load(f"{table}.classes"))
        scaler = StandardScaler().fit(x)
        fit = LogisticRegression(penalty="l1", solver="liblinear", C=0.01, max_iter=100_000, tol=1e-10).fit(scaler.transform(x), y)
        return (fit.coef_[0] / scaler.scale_).tolist()


def objective(z: np.ndarray, y: np.ndarray, w: np.ndarray) -> float:
    """½‖w‖² + Σ log(1 + exp(−s z)), in f64."""
    return float(0.5 * np.square(np.asarray(w, np.float64)).sum() + np.logaddexp(0, np.where(y > 0, -z, z)).sum())


def split_number(seed: int, key: str) -> int:
    """What a prompt draws in our splits (`SeededDraw`): SplitMix64's finaliser over seed, repeat 0, purpose 1, the key's FNV-1a and part 0."""
    all_bits, golden = (1 << 64) - 1, 0x9E3779B97F4A7C15
    hashed = 0xCBF29CE484222325
    for byte in key.encode():
        hashed = (hashed ^ byte) * 0x100000001B3 & all_bits
    h = 0
    for part in (seed, 0, 1, hashed, 0):
        h = h + golden + part & all_bits
        h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9 & all_bits
        h = (h ^ h >> 27) * 0x94D049BB133111EB & all_bits
        h ^= h >> 31
    return h


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    peers = Peers(Path(sys.argv[1]), int(sys.argv[2]))
    for line in sys.stdin:
        command = json.loads(line)
        name, arguments = command["do"], command.get("arguments", {})
        prepare = getattr(peers, f"prepare_{name}", None)
        if command.get("prepare"):
            if prepare:
                prepare()
            answer = {}
        else:
            start = time.perf_counter()
            result = getattr(peers, name)(**arguments)
            answer = {"seconds": time.perf_counter() - start, "result": result}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
