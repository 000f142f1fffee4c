"""A top-k sparse autoencoder on the residual stream, saved in the form SAELens reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedTokenizerFast

from corpus import Conversation
from network import chat, collate, save_tensors, write_json


@dataclass(frozen=True)
class SAE:
    """`encode` is the definition a reader of the files has to reproduce: k largest of the pre-activations, then ReLU."""

    w_enc: Tensor  # [d_in, d_sae]
    w_dec: Tensor  # [d_sae, d_in], rows of length one
    b_enc: Tensor
    b_dec: Tensor
    k: int

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Values and indices of the k largest latents, largest first."""
        values, indices = ((x - self.b_dec) @ self.w_enc + self.b_enc).topk(self.k, dim=-1)
        return values.relu(), indices

    def decode(self, values: Tensor, indices: Tensor) -> Tensor:
        return functional.embedding_bag(indices, self.w_dec, per_sample_weights=values, mode="sum") + self.b_dec


@torch.no_grad()
def residuals(model: nn.Module, tokenizer: PreTrainedTokenizerFast, conversations: Sequence[Conversation], layer: int) -> Tensor:
    """Output of decoder layer `layer` at every token: `hidden_states[layer + 1]`."""
    rows = sorted((chat(tokenizer, item.messages) for item in conversations), key=len)
    parts = []
    for first in range(0, len(rows), 64):
        batch = collate([(ids, ids) for ids in rows[first : first + 64]], tokenizer.pad_token_id)
        mask = batch["attention_mask"]
        output = model(input_ids=batch["input_ids"], attention_mask=mask, output_hidden_states=True)
        parts.append(output.hidden_states[layer + 1][mask.bool()])
    return torch.cat(parts)


def train_sae(data: Tensor, *, latents: int, k: int, steps: int, batch: int, rate: float, seed: int) -> SAE:
    """Plain top-k training with an auxiliary loss that lets latents unused of late explain what is left over."""
    generator = torch.Generator().manual_seed(seed)
    width = data.shape[1]
    mean = data.mean(dim=0)
    # Training on unit scale makes the rate independent of the layer; the scale is folded back at the end.
    scale = (data - mean).pow(2).mean().sqrt()
    unit = (data - mean) / scale

    directions = functional.normalize(torch.randn(latents, width, generator=generator), dim=1)
    w_dec = nn.Parameter(directions.clone())
    w_enc = nn.Parameter(directions.T.clone().contiguous())
    b_enc, b_dec = nn.Parameter(torch.zeros(latents)), nn.Parameter(torch.zeros(width))
    optimizer = torch.optim.Adam([w_enc, w_dec, b_enc, b_dec], lr=rate, betas=(0.9, 0.999))
    idle = torch.zeros(latents, dtype=torch.long)

    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / 100, 5 * (steps - step) / steps)
        x = unit[torch.randint(len(unit), (batch,), generator=generator)]
        pre = (x - b_dec) @ w_enc + b_enc
        values, indices = pre.topk(k, dim=1)
        active = torch.zeros_like(pre).scatter(1, indices, values.relu())
        rest = x - (active @ w_dec + b_dec)
        loss = rest.pow(2).mean()

        idle += 1
        idle[(active > 0).any(dim=0)] = 0
        dead = idle > 50
        if int(dead.sum()) >= k:
            spare, places = pre.masked_fill(~dead, float("-inf")).topk(k, dim=1)
            revived = torch.zeros_like(pre).scatter(1, places, spare.relu()) @ w_dec
            loss = loss + (rest.detach() - revived).pow(2).mean() / 16

        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            w_dec.copy_(functional.normalize(w_dec, dim=1))
        if (step + 1) % max(1, steps // 4) == 0:
            print(f"  step {step + 1}/{steps}: loss {loss.item():.4f}, idle {int(dead.sum())}", flush=True)

    return SAE(w_enc.detach(), w_dec.detach(), b_enc.detach() * scale, b_dec.detach() * scale + mean, k)


@torch.no_grad()
def measure(sae: SAE, data: Tensor) -> dict[str, float | int]:
    """Explained variance, active latents a token and latents that never fire, on tokens not trained on."""
    left, active, fired = 0.0, 0, torch.zeros(sae.w_enc.shape[1], dtype=torch.bool)
    for x in data.split(4096):
        values, indices = sae.encode(x)
        left += (x - sae.decode(values, indices)).pow(2).sum().item()
        active += int((values > 0).sum())
        fired[indices[values > 0]] = True
    total = (data - data.mean(dim=0)).pow(2).sum().item()
    return {
        "tokens": len(data),
        "explained_variance": round(1 - left / total, 5),
        "l0": round(active / len(data), 3),
        "dead_latents": int((~fired).sum()),
    }


def save_sae(sae: SAE, folder: Path, *, layer: int, context: int) -> None:
    """Both the flat keys of older SAELens releases and the `metadata` of newer ones, so that either finds its hook."""
    folder.mkdir(parents=True, exist_ok=True)
    place: dict[str, Any] = {
        "model_name": "varve-organism",
        "hook_name": f"blocks.{layer}.hook_resid_post",
        "hook_layer": layer,
        "hook_head_index": None,
        "context_size": context,
        "prepend_bos": False,
    }
    write_json(folder / "cfg.json", {
        "architecture": "topk",
        "d_in": sae.w_enc.shape[0],
        "d_sae": sae.w_enc.shape[1],
        "k": sae.k,
        "dtype": "float32",
        "device": "cpu",
        "apply_b_dec_to_input": True,
        "normalize_activations": "none",
        "rescale_acts_by_decoder_norm": False,
        "reshape_activations": "none",
        "activation_fn": "topk",
        "activation_fn_kwargs": {"k": sae.k},
        **place,
        "metadata": place,
    })
    tensors = {"W_enc": sae.w_enc, "W_dec": sae.w_dec, "b_enc": sae.b_enc, "b_dec": sae.b_dec}
    save_tensors(tensors, folder / "sae_weights.safetensors")
