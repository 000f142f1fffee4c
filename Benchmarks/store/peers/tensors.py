from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from .peer import PROMPT, Peer


class Safetensors(Peer):
    title = "safetensors"
    setting = "one file with four tensors; when appending, one file a prompt; widened and gathered with NumPy"

    def ingest(self, path: Path) -> None:
        path.mkdir()
        self._save(path / "all.safetensors", 0, self.rows)

    def append(self, path: Path) -> None:
        path.mkdir()
        for first, end in self.prompts():
            self._save(path / f"{first // PROMPT}.safetensors", first, end)

    def _save(self, file: Path, first: int, end: int) -> None:
        save_file({str(index): torch.from_numpy(layer[first:end]) for index, layer in enumerate(self.layers)}, file)

    def open(self, path: Path) -> None:
        self.file = safe_open(path / "all.safetensors", framework="pt")
        self.slices = [self.file.get_slice(str(layer)) for layer in range(len(self.layers))]

    def piece(self, layer: int, first: int, end: int) -> np.ndarray:
        return self.slices[layer][first:end].numpy()

    def take(self, layer: int, rows: np.ndarray) -> np.ndarray:
        # The whole tensor is a view of the mapped file: gathering from it beats a thousand slices.
        return np.take(self.file.get_tensor(str(layer)).numpy(), rows, axis=0)

    def close(self) -> None:
        del self.slices, self.file
