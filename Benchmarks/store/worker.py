"""Runs one peer: commands as JSON lines on stdin, each answered by a JSON line with the seconds it took.

    python worker.py PEER DATA

Every answer of a read is compared with the data it came from, outside the time that is taken.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path

# Threads are ours: a piece on each, not BLAS or OpenMP within it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("BLOSC_NTHREADS", "2")

import numpy as np

import peers
import source
from peers.peer import PROMPT, durable


class Worker:
    def __init__(self, name: str, data: Path):
        layers = source.load(data, "main-f16")
        kind = peers.load(name)
        count = max(PROMPT, int(len(layers[0]) * kind.share) // PROMPT * PROMPT) if kind.share < 1 else len(layers[0])
        self.layers = [layer[:count] for layer in layers]
        self.peer = kind(self.layers)
        self.targets: list[np.ndarray] = []

    def about(self) -> dict:
        peer = self.peer
        return {
            "title": peer.title, "setting": peer.setting, "compressed": peer.compressed, "rows": peer.rows,
            "bytes": sum(layer.nbytes for layer in self.layers),
        }

    # --- writing ---

    def ingest(self, path: str) -> dict:
        return self._write(self.peer.ingest, Path(path))

    def append(self, path: str) -> dict:
        return self._write(self.peer.append, Path(path))

    def _write(self, write, path: Path) -> dict:
        remove(path)
        # Nothing that somebody else left unwritten is to be paid for here.
        os.sync()
        start = time.perf_counter()
        write(path)
        durable(path)
        return {"seconds": time.perf_counter() - start, "stored": size(path)}

    # --- reading ---

    def open(self, path: str) -> dict:
        self.peer.open(Path(path))
        return {}

    def check(self) -> dict:
        """Every number of every layer, once; also brings the store into the page cache."""
        target = np.empty_like(self.layers[0])
        for index, layer in enumerate(self.layers):
            target.fill(0)
            self.peer.read_into(index, target)
            same(target, layer, f"layer {index}")
        return {}

    def scan(self, layers: list[int], widen: str) -> dict:
        start = time.perf_counter()
        sums = self.peer.column_sums(layers, widen)
        seconds = time.perf_counter() - start
        for layer, found in zip(layers, sums, strict=True):
            check_sums(found, self.expected(layer), f"sums of layer {layer}")
        return {"seconds": seconds}

    def expected(self, layer: int) -> tuple[np.ndarray, np.ndarray]:
        """Sums of a layer's columns and of their magnitudes in f64, made once."""
        if not hasattr(self, "sums"):
            self.sums: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        if layer not in self.sums:
            values = self.layers[layer]
            self.sums[layer] = (values.sum(0, dtype=np.float64), np.abs(values).sum(0, dtype=np.float64))
        return self.sums[layer]

    def array(self) -> dict:
        """All layers into arrays that are there already, every page touched."""
        if not self.targets:
            self.targets = [np.zeros_like(layer) for layer in self.layers]
            for target in self.targets:
                target.fill(1)
        start = time.perf_counter()
        for index, target in enumerate(self.targets):
            self.peer.read_into(index, target)
        seconds = time.perf_counter() - start
        for target, layer in zip(self.targets, self.layers, strict=True):
            same(target[::97], layer[::97], "array")
        return {"seconds": seconds}

    def rows(self, layer: int, rows: list[int]) -> dict:
        wanted = np.array(rows)
        start = time.perf_counter()
        found = self.peer.take(layer, wanted)
        seconds = time.perf_counter() - start
        same(found, self.layers[layer][wanted], "rows")
        return {"seconds": seconds}

    def slices(self, layer: int, rows: list[int]) -> dict:
        """The median time of one prompt's rows."""
        return self._stretches(layer, rows, PROMPT)

    def row(self, layer: int, rows: list[int]) -> dict:
        """The median time of one row."""
        return self._stretches(layer, rows, 1)

    def _stretches(self, layer: int, firsts: list[int], count: int) -> dict:
        times = []
        for first in firsts:
            start = time.perf_counter()
            found = self.peer.slice(layer, first, first + count)
            times.append(time.perf_counter() - start)
            same(found, self.layers[layer][first : first + count], f"rows from {first}")
        return {"seconds": float(np.median(times))}

    def close(self) -> dict:
        self.peer.close()
        self.targets = []
        return {}


def same(found: np.ndarray, expected: np.ndarray, what: str) -> None:
    found = np.asarray(found)
    if found.dtype == np.float32:
        good = np.array_equal(found, expected.astype(np.float32))
    else:
        good = np.array_equal(found.view(np.uint16), expected.view(np.uint16))
    if not good:
        raise SystemExit(f"{what}: the numbers read are not those written")


def check_sums(found: np.ndarray, expected: tuple[np.ndarray, np.ndarray], what: str) -> None:
    # f32 sums of 200,000 numbers in any order: far closer than this, far from any wrong number.
    if not np.all(np.abs(found - expected[0]) <= 1e-4 * expected[1] + 1e-3):
        raise SystemExit(f"{what}: wrong")


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def main() -> None:
    # Whatever a library prints goes to stderr: stdout carries answers only.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    worker = Worker(sys.argv[1], Path(sys.argv[2]))
    for line in sys.stdin:
        command = json.loads(line)
        answer = getattr(worker, command.pop("do"))(**command)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
