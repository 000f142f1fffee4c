"""What every peer can do, and the reductions that all of them share."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

THREADS = 2
PROMPT = 128
# Rows widened at a time: the f32 buffer (1.5 MiB) stays in a core's own cache.
STRIP = 512

Piece = Callable[[], np.ndarray]


def durable(path: Path) -> None:
    """fsync of every file and folder at `path`, and of the folder it lies in."""
    folders = [path.parent]
    if path.is_dir():
        for folder, _, files in os.walk(path):
            folders.append(Path(folder))
            for file in files:
                sync(Path(folder, file))
    else:
        sync(path)
    for folder in folders:
        sync(folder)


def sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Peer:
    """One library, storing `layers`: f16 arrays `rows × 768`.

    `ingest` and `append` make a store from nothing and return once it is closed; the caller adds `durable`. Everything else
    works on the store that `open` opened.
    """

    title = ""
    # Whether it stores fewer bytes than it is given, as the targets mean it.
    compressed = False
    # One line for the report: layout and settings.
    setting = ""
    # Rows of a scan's piece: what one thread reads at a time.
    piece_rows = 4096
    # Largest part of the rows that is stored, where a library is so slow that all of them would take minutes.
    share = 1.0

    def __init__(self, layers: list[np.ndarray]):
        self.layers = layers
        self.rows, self.width = layers[0].shape
        self.pool = ThreadPoolExecutor(THREADS)
        self.local = threading.local()

    # --- what a peer says ---

    def ingest(self, path: Path) -> None:
        raise NotImplementedError

    def append(self, path: Path) -> None:
        """The same rows given one prompt of 128 tokens at a time."""
        raise NotImplementedError

    def open(self, path: Path) -> None:
        raise NotImplementedError

    def piece(self, layer: int, first: int, end: int) -> np.ndarray:
        """Rows of a layer in the form that is cheapest to get; called from several threads."""
        raise NotImplementedError

    def take(self, layer: int, rows: np.ndarray) -> np.ndarray:
        """Rows in any order."""
        raise NotImplementedError

    def slice(self, layer: int, first: int, end: int) -> np.ndarray:
        return self.piece(layer, first, end)

    def read_into(self, layer: int, target: np.ndarray) -> None:
        """A whole layer into the caller's array."""
        for result in [self.pool.submit(self._copy, layer, first, end, target) for first, end in self.bounds()]:
            result.result()

    def close(self) -> None:
        pass

    # --- shared ---

    def bounds(self) -> list[tuple[int, int]]:
        return [(first, min(first + self.piece_rows, self.rows)) for first in range(0, self.rows, self.piece_rows)]

    def prompts(self):
        """(first, end) of each prompt."""
        return ((first, min(first + PROMPT, self.rows)) for first in range(0, self.rows, PROMPT))

    def each_layer(self, work: Callable[[int], None]) -> None:
        """The layers side by side on the threads."""
        list(self.pool.map(work, range(len(self.layers))))

    def _copy(self, layer: int, first: int, end: int, target: np.ndarray) -> None:
        np.copyto(target[first:end], self.piece(layer, first, end))

    def column_sums(self, layers: list[int], widen: str) -> list[np.ndarray]:
        """Sums of the columns in f32: read, widen and reduce strip by strip, on all threads."""
        add = self._add_torch if widen == "torch" else self._add_numpy
        jobs = [(layer, first, end) for layer in layers for first, end in self.bounds()]
        parts = self.pool.map(lambda job: add(self.piece(*job)), jobs)
        sums = {layer: np.zeros(self.width, np.float32) for layer in layers}
        for (layer, _, _), part in zip(jobs, parts, strict=True):
            sums[layer] += part
        return [sums[layer] for layer in layers]

    def _buffers(self) -> tuple[np.ndarray, np.ndarray]:
        if not hasattr(self.local, "buffer"):
            self.local.buffer = np.empty((STRIP, self.width), np.float32)
            self.local.ones = np.ones(STRIP, np.float32)
        return self.local.buffer, self.local.ones

    def _add_numpy(self, block: np.ndarray) -> np.ndarray:
        buffer, ones = self._buffers()
        total = np.zeros(self.width, np.float32)
        for first in range(0, len(block), STRIP):
            strip = block[first : first + STRIP]
            np.copyto(buffer[: len(strip)], strip)
            total += ones[: len(strip)] @ buffer[: len(strip)]
        return total

    def _add_torch(self, block: np.ndarray) -> np.ndarray:
        import torch

        buffer, ones = self._buffers()
        whole = torch.from_numpy(buffer)
        total = np.zeros(self.width, np.float32)
        for first in range(0, len(block), STRIP):
            strip = block[first : first + STRIP]
            whole[: len(strip)].copy_(torch.from_numpy(strip))
            total += ones[: len(strip)] @ buffer[: len(strip)]
        return total
