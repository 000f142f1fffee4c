from __future__ import annotations

from pathlib import Path

import numcodecs.blosc
import numpy as np
import zarr
from zarr.codecs import BloscCodec

from .peer import THREADS, Peer


class Zarr(Peer):
    title = "Zarr v3 LZ4"
    compressed = True
    chunk = 512
    shard = 512 * 32
    piece_rows = 512 * 32
    setting = "shards of 16,384 rows, inner chunks of 512, blosc (LZ4, bit shuffle); when appending, unsharded chunks of 128"

    def __init__(self, layers: list[np.ndarray]):
        super().__init__(layers)
        zarr.config.set({"threading.max_workers": THREADS, "async.concurrency": 16})
        numcodecs.blosc.set_nthreads(1)

    def _create(self, path: Path, layer: int, sharded: bool) -> zarr.Array:
        return zarr.create_array(
            store=zarr.storage.LocalStore(path / str(layer)), shape=(self.rows, self.width), dtype="float16",
            chunks=(self.chunk if sharded else 128, self.width), shards=(self.shard, self.width) if sharded else None,
            compressors=[BloscCodec(typesize=2, cname="lz4", clevel=5, shuffle="bitshuffle")], zarr_format=3)

    def ingest(self, path: Path) -> None:
        path.mkdir()

        def write(layer: int) -> None:
            self._create(path, layer, True)[:] = self.layers[layer]

        self.each_layer(write)

    def append(self, path: Path) -> None:
        path.mkdir()
        arrays = [self._create(path, layer, False) for layer in range(len(self.layers))]
        for first, end in self.prompts():
            for array, layer in zip(arrays, self.layers, strict=True):
                array[first:end] = layer[first:end]

    def open(self, path: Path) -> None:
        self.arrays = [
            zarr.open_array(store=zarr.storage.LocalStore(path / str(layer)), mode="r") for layer in range(len(self.layers))
        ]

    def piece(self, layer: int, first: int, end: int) -> np.ndarray:
        return self.arrays[layer][first:end]

    def read_into(self, layer: int, target: np.ndarray) -> None:
        self.arrays[layer].get_basic_selection(out=zarr.core.buffer.default_buffer_prototype().nd_buffer(target))

    def take(self, layer: int, rows: np.ndarray) -> np.ndarray:
        ordered, places = np.unique(rows, return_inverse=True)
        return self.arrays[layer].get_orthogonal_selection((ordered, slice(None)))[places]

    def close(self) -> None:
        del self.arrays
