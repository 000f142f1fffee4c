from __future__ import annotations

from pathlib import Path

import blosc2
import numpy as np

from .peer import THREADS, Peer


class Blosc2(Peer):
    compressed = True
    codec = blosc2.Codec.LZ4
    level = 5
    filter = blosc2.Filter.BITSHUFFLE
    # Threads of ours would only wait for each other: the library decodes a chunk's blocks on its own threads.
    piece_rows = 1024

    def _options(self, path: Path, layer: int) -> dict:
        return {
            "urlpath": str(path / f"{layer}.b2nd"), "mode": "w", "chunks": (1024, self.width), "blocks": (32, self.width),
            "cparams": blosc2.CParams(
                codec=self.codec, clevel=self.level, nthreads=THREADS, filters=[self.filter], filters_meta=[0]),
            "dparams": blosc2.DParams(nthreads=THREADS),
        }

    def ingest(self, path: Path) -> None:
        path.mkdir()
        for index, layer in enumerate(self.layers):
            blosc2.asarray(layer, **self._options(path, index))

    def append(self, path: Path) -> None:
        path.mkdir()
        arrays = [
            blosc2.empty((self.rows, self.width), dtype=np.float16, **{**self._options(path, index), "chunks": (128, self.width)})
            for index in range(len(self.layers))
        ]
        for first, end in self.prompts():
            for array, layer in zip(arrays, self.layers, strict=True):
                array[first:end] = layer[first:end]

    def open(self, path: Path) -> None:
        self.arrays = [
            blosc2.open(str(path / f"{layer}.b2nd"), mode="r", dparams=blosc2.DParams(nthreads=THREADS))
            for layer in range(len(self.layers))
        ]

    def piece(self, layer: int, first: int, end: int) -> np.ndarray:
        return self.arrays[layer][first:end]

    def read_into(self, layer: int, target: np.ndarray) -> None:
        for first, end in self.bounds():
            np.copyto(target[first:end], self.arrays[layer][first:end])

    def take(self, layer: int, rows: np.ndarray) -> np.ndarray:
        ordered, places = np.unique(rows, return_inverse=True)
        return np.stack([self.arrays[layer][int(row)] for row in ordered])[places]

    def close(self) -> None:
        del self.arrays


class Blosc2LZ4(Blosc2):
    title = "blosc2 LZ4"
    setting = "NDArray, chunks of 1,024 rows (128 when appending), blocks of 32, bit shuffle, level 5"


class Blosc2Zstd(Blosc2):
    title = "blosc2 zstd"
    codec = blosc2.Codec.ZSTD
    level = 1
    # Both faster and smaller than bit shuffle with this codec.
    filter = blosc2.Filter.SHUFFLE
    setting = "as blosc2 LZ4, with byte shuffle and zstd level 1"
