from __future__ import annotations

from pathlib import Path

import h5py
import hdf5plugin
import numpy as np

from .peer import Peer


class HDF5(Peer):
    title = "HDF5"
    setting = "one file, a contiguous dataset a layer"
    options: dict = {}

    def ingest(self, path: Path) -> None:
        with h5py.File(path, "w", libver="latest") as file:
            for index, layer in enumerate(self.layers):
                file.create_dataset(str(index), data=layer, **self.options)

    def append(self, path: Path) -> None:
        with h5py.File(path, "w", libver="latest") as file:
            sets = [
                file.create_dataset(str(index), shape=layer.shape, dtype=layer.dtype, **self.options)
                for index, layer in enumerate(self.layers)
            ]
            for first, end in self.prompts():
                for dataset, layer in zip(sets, self.layers, strict=True):
                    dataset.write_direct(layer, np.s_[first:end], np.s_[first:end])

    def open(self, path: Path) -> None:
        # The chunk cache would only be flushed through by a scan.
        self.file = h5py.File(path, "r", libver="latest")
        self.sets = [self.file[str(layer)] for layer in range(len(self.layers))]

    def piece(self, layer: int, first: int, end: int) -> np.ndarray:
        out = np.empty((end - first, self.width), np.float16)
        self.sets[layer].read_direct(out, np.s_[first:end])
        return out

    def read_into(self, layer: int, target: np.ndarray) -> None:
        self.sets[layer].read_direct(target)

    def take(self, layer: int, rows: np.ndarray) -> np.ndarray:
        ordered, places = np.unique(rows, return_inverse=True)
        return self.sets[layer][ordered][places]

    def close(self) -> None:
        self.file.close()


class HDF5Blosc(HDF5):
    title = "HDF5 + blosc LZ4"
    compressed = True
    setting = "chunks of 128 rows, blosc (LZ4, bit shuffle) of hdf5plugin"
    options = {
        "chunks": (128, 768),
        **hdf5plugin.Blosc(cname="lz4", clevel=5, shuffle=hdf5plugin.Blosc.BITSHUFFLE),
    }
