from __future__ import annotations

from pathlib import Path

import numpy as np

from .peer import Peer


class NumPyFiles(Peer):
    title = "npy, mmap"
    setting = "one .npy file a layer, read through mmap"

    def ingest(self, path: Path) -> None:
        path.mkdir()
        self.each_layer(lambda layer: np.save(path / f"{layer}.npy", self.layers[layer]))

    def append(self, path: Path) -> None:
        path.mkdir()
        files = [open(path / f"{layer}.npy", "wb", buffering=0) for layer in range(len(self.layers))]
        header = {"descr": "<f2", "fortran_order": False, "shape": (self.rows, self.width)}
        for file in files:
            np.lib.format.write_array_header_1_0(file, header)
        for first, end in self.prompts():
            for file, layer in zip(files, self.layers, strict=True):
                file.write(layer[first:end].data)
        for file in files:
            file.close()

    def open(self, path: Path) -> None:
        self.maps = [np.load(path / f"{layer}.npy", mmap_mode="r") for layer in range(len(self.layers))]

    def piece(self, layer: int, first: int, end: int) -> np.ndarray:
        return self.maps[layer][first:end]

    def slice(self, layer: int, first: int, end: int) -> np.ndarray:
        return np.array(self.maps[layer][first:end])

    def take(self, layer: int, rows: np.ndarray) -> np.ndarray:
        return np.take(self.maps[layer], rows, axis=0)

    def close(self) -> None:
        del self.maps
