"""Makes the data of `Scripts/bench analyses` out of the store benchmark's real activations: npy files that peers map, and a list of
captures that our program ingests from the same files.

    python data.py FOLDER STORE_DATA

`FOLDER/captures.json` is written last, so that a folder without it is made again.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch

VERSION = 4
WIDTH = 768
PROMPT = 128
ROWS = 200_064
TENTH = 157 * PROMPT
FITS = 391 * PROMPT
LATENTS = 16_384
K = 64
# Rows and features of the tables for the L1 fits.
TABLES = {"small": (2_000, 9), "large": (20_000, 64)}
SEED = 20


def say(text: str) -> None:
    print(f"data: {text}", file=sys.stderr, flush=True)


def mapped(folder: Path, name: str, rows: int) -> np.ndarray:
    return np.memmap(folder / name, np.float16, "r", shape=(rows, WIDTH))


def top_latents(values: np.ndarray, directions: torch.Tensor, mean: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """The K largest products with the directions, by falling value, ties by rising index."""
    indices = np.empty((len(values), K), np.uint32)
    kept = np.empty((len(values), K), np.float16)
    for first in range(0, len(values), 1024):
        x = torch.from_numpy(np.asarray(values[first : first + 1024], np.float32)) - mean
        top = (x @ directions.T).relu().topk(K)
        # In the stored precision, so that ties are those that the store sees.
        value = top.values.numpy().astype(np.float16)
        index = top.indices.numpy().astype(np.uint32)
        order = np.lexsort((index, -value), axis=1)
        value, index = np.take_along_axis(value, order, 1), np.take_along_axis(index, order, 1)
        indices[first : first + 1024] = np.where(value > 0, index, np.uint32(0xFFFF_FFFF))
        kept[first : first + 1024] = value
    return indices, kept


class Folder:
    def __init__(self, path: Path):
        self.path = path
        self.captures: list[dict] = []

    def save(self, name: str, values: np.ndarray) -> str:
        np.save(self.path / f"{name}.npy", np.ascontiguousarray(values))
        return f"{name}.npy"

    def column(self, name: str, kind: str, file: str, width: int) -> dict:
        return {"name": name, "type": kind, "file": file, "width": width}

    def capture(self, model: str, dataset: str, rows: int, prompt: int, columns: list[dict], classes: str | None = None, latents: int = 0) -> None:
        self.captures.append({
            "model": model, "dataset": dataset, "rows": rows, "prompt": prompt, "columns": columns, "classes": classes, "latents": latents,
        })


def topics(values: np.ndarray) -> np.ndarray:
    """What a prompt is about, as far as one direction of its mean tells; the tokens of a prompt share it."""
    means = values.astype(np.float32).reshape(-1, PROMPT, WIDTH).mean(1)
    means -= means.mean(0)
    score = means @ np.linalg.svd(means, full_matrices=False)[2][1]
    return (score > np.median(score)).astype(np.uint8)


def two_sides(folder: Folder, source: Path) -> None:
    """Two models on the same tokens: the third layer of the encoder, and the same moved a quarter of the way to the fourth."""
    base = np.array(mapped(source, "main-f16.resid_post.2.bin", ROWS))
    other = mapped(source, "main-f16.resid_post.3.bin", ROWS)
    tuned = np.empty_like(base)
    for first in range(0, ROWS, 8192):
        part = slice(first, first + 8192)
        tuned[part] = 0.75 * base[part].astype(np.float32) + 0.25 * other[part].astype(np.float32)
    generator = torch.Generator().manual_seed(SEED)
    sample = torch.from_numpy(base[::16].astype(np.float32))
    mean = sample.mean(0)
    directions = torch.nn.functional.normalize(sample[torch.randperm(len(sample), generator=generator)[:LATENTS // 2]] - mean)
    directions = torch.cat([directions, -directions])
    token_ids = np.random.default_rng(SEED).integers(0, 30_000, ROWS).astype(np.uint32)
    folder.save("token_ids", token_ids)
    classes = topics(base)
    for model, values in (("base", base), ("tuned", tuned)):
        say(f"top {K} of {LATENTS} latents of {model}")
        indices, latent_values = top_latents(values, directions, mean)
        for dataset, rows in (("tokens", ROWS), ("tenth", TENTH)):
            names = {
                "resid": folder.save(f"{dataset}.{model}.resid", values[:rows]),
                "index": folder.save(f"{dataset}.{model}.index", indices[:rows]),
                "value": folder.save(f"{dataset}.{model}.value", latent_values[:rows]),
            }
            kinds = folder.save(f"{dataset}.classes", classes[: rows // PROMPT])
            folder.capture(model, dataset, rows, PROMPT, [
                folder.column("resid_post.0", "f16", names["resid"], WIDTH),
                folder.column("sae.0.bench.index", "u32", names["index"], K),
                folder.column("sae.0.bench.value", "f16", names["value"], K),
            ], classes=kinds, latents=LATENTS)


def twelve_layers(folder: Folder, source: Path) -> np.ndarray:
    """Twelve layers of the same tokens: four blocks after their norms, the same before, and halves of both."""
    after = [mapped(source, f"main-f16.resid_post.{i}.bin", ROWS)[:FITS] for i in range(4)]
    before = [mapped(source, f"sums-f16.resid_post.{i}.bin", FITS) for i in range(4)]
    mixed = [np.concatenate([before[i][:, :384], after[(i + 1) % 4][:, 384:]], axis=1) for i in range(4)]
    layers = [*after, *before, *mixed]
    classes = topics(after[3])
    columns = [folder.column(f"resid_post.{i}", "f16", folder.save(f"fits.{i}", layer), WIDTH) for i, layer in enumerate(layers)]
    folder.capture("base", "fits", FITS, PROMPT, columns, classes=folder.save("fits.classes", classes))
    return np.asarray(layers[2], np.float32)


def tables(folder: Folder, activations: np.ndarray) -> None:
    """Scalars along random directions, one row a prompt, and a class that some of them tell, noisily."""
    random = np.random.default_rng(SEED)
    for name, (rows, features) in TABLES.items():
        directions = random.standard_normal((WIDTH, features)).astype(np.float32) / 28
        x = activations[random.permutation(len(activations))[:rows]] @ directions
        score = (x - x.mean(0)) @ (random.standard_normal(features) * (random.random(features) < 0.5))
        classes = (score + score.std() * random.standard_normal(rows) > 0).astype(np.uint8)
        folder.save(f"{name}.x", x)
        columns = [
            folder.column(f"lora.{i}.mlp.down_proj", "f32", folder.save(f"{name}.{i}", x[:, i : i + 1]), 1) for i in range(features)
        ]
        folder.capture("adapted", name, rows, 1, columns, classes=folder.save(f"{name}.classes", classes))


def make(path: Path, source: Path) -> None:
    manifest = path / "captures.json"
    if manifest.exists() and json.loads(manifest.read_text())["version"] == VERSION:
        return
    start = time.perf_counter()
    path.mkdir(parents=True, exist_ok=True)
    manifest.unlink(missing_ok=True)
    # The store that was written of other data.
    (path / "store.complete").unlink(missing_ok=True)
    folder = Folder(path)
    two_sides(folder, source)
    tables(folder, twelve_layers(folder, source))
    digest = json.loads((source / "data.json").read_text())["digest"]
    manifest.write_text(json.dumps({"version": VERSION, "source": digest, "captures": folder.captures}, indent=1) + "\n")
    say(f"made in {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]))
