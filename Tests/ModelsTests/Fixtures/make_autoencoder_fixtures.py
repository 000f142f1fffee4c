"""Autoencoders in every format and form that varve reads, and their latents by PyTorch code written from the formulas.

    pip install torch safetensors numpy
    python make_autoencoder_fixtures.py                # beside this script: autoencoders/…, autoencoders.safetensors
    pip install sae-lens eai-sparsify
    python make_autoencoder_fixtures.py --packages     # also compares with what SAELens and sparsify themselves compute

The input is `tiny/resid_post.1` of expected.safetensors, which make_fixtures.py writes.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent
ROOT = HERE / "autoencoders"
WIDTH = 32
TOP = 12
Tensors = dict[str, torch.Tensor]
RECENT = {"metadata": {"model_name": "tiny", "hook_name": "blocks.1.hook_resid_post", "hook_head_index": None}}
OLD = {"hook_point": "blocks.1.hook_resid_post", "hook_point_layer": 1, "hook_point_head_index": None}


def weights(seed: int, latents: int, *extra: str) -> Tensors:
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator) * 0.3

    made = {
        "W_enc": normal(WIDTH, latents), "W_dec": normal(latents, WIDTH), "b_dec": normal(WIDTH),
        "b_enc": normal(latents), "b_gate": normal(latents), "b_mag": normal(latents), "r_mag": normal(latents),
        "threshold": torch.rand(latents, generator=generator),
    }
    return {name: made[name] for name in ("W_enc", "W_dec", "b_dec", *extra)}


def top(acts: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Value-sorted, ties by lower index; 2^32 − 1 and 0 where fewer are active."""
    values, order = torch.sort(acts, dim=1, descending=True, stable=True)
    values, order = values[:, :TOP], order[:, :TOP]
    index = torch.where(values > 0, order, 2**32 - 1).numpy().astype(np.uint32)
    return torch.from_numpy(index), values.clamp(min=0).float()


def latents_of(x: torch.Tensor, cfg: dict, w: Tensors) -> torch.Tensor:
    """[tokens, d_sae] in f64, on weights as they are stored."""
    x = x.double()
    w = {name: value.double() for name, value in w.items()}
    normalise = cfg.get("normalize_activations") or "none"
    if normalise == "constant_norm_rescale":
        x = x * math.sqrt(WIDTH) / x.norm(dim=1, keepdim=True)
    elif normalise == "layer_norm":
        x = x - x.mean(1, keepdim=True)
        x = x / (x.std(1, keepdim=True) + 1e-5)
    if cfg.get("apply_b_dec_to_input", True):
        x = x - w["b_dec"]
    architecture = cfg.get("architecture", "standard")
    if architecture == "gated":
        magnitude = torch.relu(x @ (w["W_enc"] * w["r_mag"].exp()) + w["b_mag"])
        return torch.where(x @ w["W_enc"] + w["b_gate"] > 0, magnitude, 0)
    pre = x @ w["W_enc"] + w["b_enc"]
    if architecture == "jumprelu":
        return torch.relu(pre) * (pre > w["threshold"])
    if architecture == "topk" or cfg.get("activation_fn_str") == "topk":
        k = cfg["k"] if "k" in cfg else cfg["activation_fn_kwargs"]["k"]
        if cfg.get("rescale_acts_by_decoder_norm"):
            pre = pre * w["W_dec"].norm(dim=1)
        best = pre.topk(k, dim=1)
        return torch.zeros_like(pre).scatter(1, best.indices, best.values.relu())
    return torch.relu(pre)


def saelens(name: str, cfg: dict, w: Tensors, dtype: torch.dtype) -> Tensors:
    folder = ROOT / name
    folder.mkdir(parents=True)
    stored = {key: value.to(dtype) for key, value in w.items()}
    save_file(stored, folder / "sae_weights.safetensors")
    size = {"d_in": WIDTH, "d_sae": w["W_enc"].shape[1], "dtype": str(dtype).removeprefix("torch."), "device": "cpu"}
    (folder / "cfg.json").write_text(json.dumps(size | cfg, indent=1) + "\n")
    return stored


def gemma_scope(name: str, w: Tensors, dtype: type) -> Tensors:
    folder = ROOT / name
    folder.mkdir(parents=True)
    arrays = {key: value.numpy().astype(dtype) for key, value in w.items()}
    np.savez(folder / "params.npz", **arrays)
    return {key: torch.from_numpy(value) for key, value in arrays.items()}


def sparsify(name: str, cfg: dict, w: Tensors, dtype: torch.dtype) -> Tensors:
    folder = ROOT / name
    folder.mkdir(parents=True)
    stored = {key: value.to(dtype) for key, value in w.items()}
    save_file({
        "encoder.weight": stored["W_enc"].T.contiguous(), "encoder.bias": stored["b_enc"], "W_dec": stored["W_dec"],
        "b_dec": stored["b_dec"],
    }, folder / "sae.safetensors")
    (folder / "cfg.json").write_text(json.dumps(cfg | {"d_in": WIDTH}) + "\n")
    return stored


def make(x: torch.Tensor) -> dict[str, torch.Tensor]:
    shutil.rmtree(ROOT, ignore_errors=True)
    made: list[tuple[str, dict, Tensors]] = []

    cfg = {"architecture": "standard", "apply_b_dec_to_input": True, "normalize_activations": "none"} | RECENT
    made.append(("standard-bf16", cfg, saelens("standard-bf16", cfg, weights(1, 64, "b_enc"), torch.bfloat16)))
    # Before version 6: everything at the top, older names, the k an argument of the activation.
    cfg = {
        "activation_fn_str": "topk", "activation_fn_kwargs": {"k": 9}, "apply_b_dec_to_input": True,
        "normalize_activations": False, "finetuning_scaling_factor": False} | OLD
    made.append(("old-topk-f16", cfg, saelens("old-topk-f16", cfg, weights(2, 96, "b_enc"), torch.float16)))
    cfg = {"architecture": "topk", "k": 20, "apply_b_dec_to_input": False, "normalize_activations": "layer_norm",
           "rescale_acts_by_decoder_norm": True, "reshape_activations": "none"} | RECENT
    made.append(("topk-f32", cfg, saelens("topk-f32", cfg, weights(3, 80, "b_enc"), torch.float32)))
    # A batch top-k autoencoder is saved as this: one threshold for all latents.
    batch = weights(4, 64, "b_enc", "threshold")
    batch["threshold"] = torch.full((64,), 0.75)
    cfg = {"architecture": "jumprelu", "apply_b_dec_to_input": True, "normalize_activations": "none"} | RECENT
    made.append(("batchtopk", cfg, saelens("batchtopk", cfg, batch, torch.float32)))
    cfg = {"architecture": "jumprelu", "apply_b_dec_to_input": False, "normalize_activations": "constant_norm_rescale"} | RECENT
    made.append(("jumprelu-f64", cfg, saelens("jumprelu-f64", cfg, weights(5, 48, "b_enc", "threshold"), torch.float64)))
    cfg = {"architecture": "gated", "apply_b_dec_to_input": True, "normalize_activations": "layer_norm"} | RECENT
    made.append(("gated-f32", cfg, saelens("gated-f32", cfg, weights(6, 64, "b_gate", "b_mag", "r_mag"), torch.float32)))

    scope = {"architecture": "jumprelu", "apply_b_dec_to_input": False}
    for name, dtype in (
        ("gemma-scope-2b-pt-res/layer_1/width_64/average_l0_9", np.float32),
        ("gemma-scope-2b-pt-res/layer_1/width_64/average_l0_5", np.float16),
    ):
        made.append((name, scope, gemma_scope(name, weights(len(made), 64, "b_enc", "threshold"), dtype)))

    for name, settings, latents in (
        ("sae-tiny-2x/layers.1", {"expansion_factor": 2, "normalize_decoder": True, "num_latents": 0, "k": 7}, 64),
        ("sae-tiny-2x/layers.1.mlp", {
            "activation": "topk", "expansion_factor": 32, "num_latents": 40, "k": 5, "multi_topk": False,
            "skip_connection": False, "transcode": False}, 40),
    ):
        stored = sparsify(name, settings, weights(len(made), latents, "b_enc"), torch.float32)
        made.append((name, {"architecture": "topk", "k": settings["k"]}, stored))

    found: dict[str, torch.Tensor] = {}
    for name, cfg, stored in made:
        found[f"{name}/index"], found[f"{name}/value"] = top(latents_of(x, cfg, stored))
    return found


def compare_with_packages(x: torch.Tensor, found: dict[str, torch.Tensor]) -> None:
    from sae_lens import SAE
    from sparsify import SparseCoder

    for name in sorted({key.rsplit("/", 1)[0] for key in found}):
        folder = ROOT / name
        if (folder / "sae_weights.safetensors").exists():
            acts = SAE.load_from_disk(folder, dtype="float32").encode(x)
        elif (folder / "sae.safetensors").exists():
            coder = SparseCoder.load_from_disk(folder)
            chosen = coder.encode(x)
            acts = torch.zeros(len(x), coder.num_latents).scatter(1, chosen.top_indices, chosen.top_acts)
        else:
            print(f"{name}: no package reads it from a folder")
            continue
        index, value = top(acts.detach().float())
        worst = float((value - found[f"{name}/value"]).abs().max())
        assert worst < 1e-4 and bool((index == found[f"{name}/index"]).all()), (name, worst)
        print(f"{name}: the package agrees within {worst:.1e}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", action="store_true", help="compare with SAELens and sparsify")
    arguments = parser.parse_args()
    x = torch.from_numpy(load_file(HERE / "expected.safetensors")["tiny/resid_post.1"])
    found = make(x)
    save_file({key: value.contiguous() for key, value in sorted(found.items())}, HERE / "autoencoders.safetensors")
    if arguments.packages:
        compare_with_packages(x, found)


if __name__ == "__main__":
    main()
