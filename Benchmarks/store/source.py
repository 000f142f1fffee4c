"""The main data set in memory: mapped, every page present, so that no writer pays for reading its source."""

from __future__ import annotations

import json
import mmap
from pathlib import Path

import numpy as np


def load(folder: Path, name: str) -> list[np.ndarray]:
    """The f16 columns of a set, `rows × width`, read-only."""
    entry = json.loads((folder / "data.json").read_text())["sets"][name]
    return [_mapped(folder / column["file"], (entry["rows"], column["width"])) for column in entry["columns"]]


def _mapped(path: Path, shape: tuple[int, int]) -> np.ndarray:
    with open(path, "rb") as file:
        # Private and writable: PyTorch wants arrays that could be written, though nobody writes to these.
        mapped = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE | mmap.MAP_POPULATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    return np.frombuffer(mapped, np.float16).reshape(shape)
