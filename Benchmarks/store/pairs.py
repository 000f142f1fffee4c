"""Ours and a peer side by side: the same operation on the same data, one right after the other, several times."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from statistics import median

import sample
from child import Child

WRITES = ("ingest", "append")
READS = ("scan", "scan-torch", "array", "layer", "rows", "slice", "row")
OPERATIONS = WRITES + READS
# Operations measured by how many bytes a second go through; the others by the time one takes.
THROUGHPUT = ("ingest", "append", "scan", "scan-torch", "array", "layer")
LAYER = 2
# Reads that take little time are repeated beyond the asked number of pairs, up to three times as many, while all pairs together took less
# than this: five scans of a tenth of a second leave a median that moves by 10 % from run to run.
READ_SECONDS = 5


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


class Pairs:
    """`count` pairs or more of each operation between our process and one peer's worker."""

    def __init__(self, ours: Child, peer: Child, work: Path, count: int, operations: list[str]):
        self.ours, self.peer, self.count, self.operations = ours, peer, count, operations
        self.paths = {ours: work / "ours", peer: work / "peer"}
        self.about = peer.do("about")
        self.ours_about = {"bytes": self.about["bytes"], "rows": self.about["rows"]}
        self.seconds: dict[str, tuple[list[float], list[float]]] = {}
        self.stored: dict[str, int] = {}

    def run(self, our_bytes: int) -> dict:
        for operation in WRITES:
            if operation in self.operations:
                self._repeat(operation, lambda child, _, name=operation: self._write(child, name), self.count)
                say(self._line(operation, our_bytes))
            if operation == "append" and "append" in self.operations:
                self._clear()
        # Whatever was written last (an append has another layout) makes room for what is read.
        reads = [name for name in READS if name in self.operations]
        if reads:
            self._read(reads, our_bytes)
        self._clear()
        return {
            **self.about, "stored": self.stored,
            "operations": {
                name: {
                    "ours": ours, "peer": peer,
                    # How many times faster ours is, pair by pair.
                    "ratio": median(self._ratio(name, our_bytes, a, b) for a, b in zip(ours, peer, strict=True)),
                }
                for name, (ours, peer) in self.seconds.items()
            },
        }

    def _ratio(self, name: str, our_bytes: int, ours: float, peer: float) -> float:
        share = our_bytes / self.about["bytes"] if name in THROUGHPUT else 1
        return peer * share / ours

    def _repeat(self, name: str, measure, most: int) -> None:
        times: dict[Child, list[float]] = {self.ours: [], self.peer: []}
        for repetition in range(most):
            if repetition >= self.count and sum(map(sum, times.values())) > READ_SECONDS:
                break
            # Who goes first alternates: neither gains by what the other left behind.
            order = [self.ours, self.peer] if repetition % 2 == 0 else [self.peer, self.ours]
            for child in order:
                times[child].append(measure(child, repetition))
        self.seconds[name] = (times[self.ours], times[self.peer])

    def _write(self, child: Child, operation: str) -> float:
        path = self.paths[child]
        answer = child.do(operation, path=str(path))
        if child is self.peer:
            self.stored[operation] = answer["stored"]
        return answer["seconds"]

    def _read(self, reads: list[str], our_bytes: int) -> None:
        for child, path in self.paths.items():
            if not path.exists() or "append" in self.operations:
                child.do("ingest", path=str(path))
            child.do("open", path=str(path))
            child.do("check")
        for name in reads:
            self._repeat(name, lambda child, repetition, name=name: self._one(child, name, repetition), 3 * self.count)
            say(self._line(name, our_bytes))
        for child in self.paths:
            child.do("close")

    def _one(self, child: Child, name: str, repetition: int) -> float:
        rows = self.about["rows"]
        if name in ("scan", "scan-torch", "layer"):
            layers = [LAYER] if name == "layer" else [0, 1, 2, 3]
            answer = child.do("scan", layers=layers, widen="torch" if name == "scan-torch" else "numpy")
        elif name == "array":
            answer = child.do("array")
        elif name == "rows":
            answer = child.do("rows", layer=LAYER, rows=sample.rows(repetition, rows, 1000).tolist())
        elif name == "slice":
            answer = child.do("slices", layer=LAYER, rows=sample.prompts(repetition, rows, 100).tolist())
        else:
            answer = child.do("row", layer=LAYER, rows=sample.rows(repetition + 1000, rows, 100).tolist())
        return answer["seconds"]

    def _line(self, name: str, our_bytes: int) -> str:
        ours, peer = (median(times) for times in self.seconds[name])
        ratio = median(self._ratio(name, our_bytes, a, b) for a, b in zip(*self.seconds[name], strict=True))
        return f"{self.about['title']:24} {name:10} ours {ours * 1e3:9.3f} ms, peer {peer * 1e3:9.3f} ms, {ratio:7.2f} times as fast"

    def _clear(self) -> None:
        for path in self.paths.values():
            remove(path)
